import { believer } from "../../lab/leafKey.ts";
import { tappedProvider } from "../../lab/tapped.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import { type Bytes, concat } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { contentTypes, handshakeTypes } from "../../src/wire/registry.ts";
import { type Replayed, replayStarted } from "../../test/connection/replayed.ts";
import { plainRecord, Sealer } from "../../test/record/keys.ts";
import { Activity } from "../activity.ts";
import { mutateBytes } from "../mutate.ts";
import type { Random } from "../random.ts";
import { codecs } from "./codecs.ts";
import type { CoverageTarget } from "./target.ts";

/** What an input can ask for, by its first byte; the second and third are a length, and so many bytes belong to it. */
const operations = [
  "hello",
  "flight",
  "plain handshake",
  "plain",
  "sealed handshake",
  "sealed",
  "data",
  "after",
  "raw",
  "end",
  "break",
  "write",
  "close",
  "update keys",
  "half close",
  "pause and resume",
] as const;
type Operation = (typeof operations)[number];

const piece = (operation: Operation, content: Uint8Array = new Uint8Array(0)): Bytes =>
  concat(
    new Uint8Array([operations.indexOf(operation), content.length >> 8, content.length & 0xff]),
    content,
  );

function* parse(input: Bytes): Generator<readonly [Operation, Bytes]> {
  for (let at = 0; at + 3 <= input.length; ) {
    const operation = operations[(input[at] as number) % operations.length] as Operation;
    const length = ((input[at + 1] as number) << 8) | (input[at + 2] as number);
    const content = input.slice(at + 3, at + 3 + length);
    yield [operation, content];
    at += 3 + content.length;
  }
}

/** Steps left out, doubled, moved, taken from another program, or with other bytes. */
function changeSteps(random: Random, input: Bytes, others: readonly Bytes[]): Bytes {
  const steps = [...parse(input)];
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(steps.length + 1);
    const own = steps[at];
    const strangers = [...parse(random.pick(others))];
    switch (random.below(5)) {
      case 0:
        steps.splice(at, 1);
        break;
      case 1:
        if (own !== undefined) steps.splice(at, 0, own);
        break;
      case 2:
        if (own !== undefined) steps.splice(random.below(steps.length), 0, ...steps.splice(at, 1));
        break;
      case 3:
        if (strangers.length > 0) steps.splice(at, 0, random.pick(strangers));
        break;
      default:
        if (own !== undefined) steps[at] = [own[0], mutateBytes(random, own[1], others)];
    }
  }
  return concat(...steps.map(([operation, content]) => piece(operation, content)));
}

/** Of an honest server's flight, recorded once, under keys that are always the same. */
interface Server {
  readonly handshake: Sealer;
  readonly application: Sealer;
}

function serverOf({ trace }: Replayed): Server {
  const { suite } = trace;
  const hash = defaultProvider.hashes[suite.hash];
  return {
    handshake: new Sealer({ suite, hash, secret: trace.secret("serverHandshakeTrafficSecret") }),
    application: new Sealer({ suite, hash, secret: trace.secret("serverApplicationTrafficSecret") }),
  };
}

function perform(replayed: Replayed, server: Server, operation: Operation, content: Bytes): void {
  const { transport, connection, trace } = replayed;
  const [type = 0, ...rest] = content;
  const { handshake, application_data: applicationData } = contentTypes;
  switch (operation) {
    case "hello":
      return transport.deliver(trace.bytes("recordServerHello"));
    case "flight":
      return transport.deliver(trace.bytes("recordServerHandshakeMessages"));
    case "plain handshake":
      return transport.deliver(plainRecord(handshake, content));
    case "plain":
      return transport.deliver(plainRecord(type, new Uint8Array(rest)));
    case "sealed handshake":
      return transport.deliver(server.handshake.record(handshake, content));
    case "sealed":
      return transport.deliver(server.handshake.inner(content));
    case "data":
      return transport.deliver(server.application.record(applicationData, content));
    case "after":
      transport.deliver(server.application.inner(content));
      // What is sealed next is under the keys that a KeyUpdate leads to.
      if (content[0] === handshakeTypes.key_update && content.at(-1) === handshake)
        server.application.update();
      return;
    case "raw":
      return transport.deliver(content);
    case "end":
      return transport.deliverEnd();
    case "break":
      return transport.break(new Error("broken"));
    case "write":
      return connection.write(content, () => {});
    case "close":
      return connection.close();
    case "half close":
      return connection.end();
    case "pause and resume":
      connection.pause();
      return connection.resume();
    case "update keys":
      try {
        connection.updateKeys();
      } catch (error) {
        if (!(error instanceof TlsError)) throw error;
      }
  }
}

/** A whole connection: it comes to an end, with one error of its own kind at most, and tells nothing out of order. */
export const connections: CoverageTarget = {
  name: "connections",
  change: changeSteps,
  seeds: async () => {
    const opened = concat(piece("hello"), piece("flight"));
    const handshakeMessages = (await codecs.seeds()).map((message) =>
      concat(message, new Uint8Array([contentTypes.handshake])),
    );
    return [
      concat(
        opened,
        piece("data", new Uint8Array(9)),
        piece("write", new Uint8Array(9)),
        piece("half close"),
        piece("after", new Uint8Array([1, 0, 21])),
      ),
      concat(opened, piece("update keys"), piece("after", new Uint8Array([24, 0, 0, 1, 0, 22]))),
      concat(piece("plain", new Uint8Array([20, 1])), opened, piece("pause and resume"), piece("break")),
      concat(piece("plain", new Uint8Array([21, 2, 40])), piece("close")),
      concat(
        piece("hello"),
        piece("sealed", new Uint8Array([8, 0, 0, 2, 0, 0, 22])),
        piece("sealed handshake", new Uint8Array([11, 0, 0, 4, 0, 0, 0, 0])),
        piece("end"),
      ),
      ...handshakeMessages.flatMap((message) => [
        concat(opened, piece("after", message)),
        concat(piece("hello"), piece("sealed", message)),
        piece("plain handshake", message.slice(0, -1)),
      ]),
    ];
  },
  run: async (input) => {
    const activity = new Activity();
    const replayed = await replayStarted({
      provider: tappedProvider(defaultProvider, activity.tap),
      verifier: believer,
      options: { postHandshakeAuthentication: true, sessions: createSessionCache() },
    });
    const { observer, transport, connection } = replayed;
    observer.onTold = (told) => {
      if (told === "ended") connection.end();
    };
    const server = serverOf(replayed);
    let steps = 0;
    for (const [operation, content] of parse(input)) {
      if (++steps > 40 || transport.calls.some((call) => call === "close" || call === "abort")) break;
      perform(replayed, server, operation, content);
      await new Promise((resolve) => setImmediate(resolve));
    }
    transport.deliverEnd();
    await activity.settled();
    // What is left is for the application to end.
    if (!observer.told.includes("closed")) connection.close();
    await activity.settled();
    const { error, told } = observer;
    if (error?.code === "internal_error") throw error;
    const order = told.filter((one, at) => one !== told[at - 1]).join();
    if (!/^(opened,)?(data,)?(ended,)?(failed,)?closed$/.test(order))
      throw new Error(`told in this order: ${order}`);
  },
};
