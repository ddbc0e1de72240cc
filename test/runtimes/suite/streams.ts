// connect() over web streams in memory, with the lab at the other end: errors, cancellation, backpressure.

import { believer } from "../../../lab/leafKey.ts";
import { byteByByte, pieces, randomPieces } from "../../../lab/memoryTransport.ts";
import { RecordWire } from "../../../lab/recordWire.ts";
import { alert, data, end, record } from "../../../lab/script.ts";
import { LabServer } from "../../../lab/server.ts";
import { webStreamTransport } from "../../../src/adapters/webStreams.ts";
import { type ConnectOptions, connect, type TlsConnection, type Transport } from "../../../src/index.ts";
import { fromAscii } from "../../../src/wire/bytes.ts";
import { contentTypes } from "../../../src/wire/registry.ts";
import { type Case, expect, expectEqual, type Harness, rejection, within } from "../../cases/case.ts";
import { success } from "../../cases/meeting.ts";

interface Pair {
  readonly tls: TlsConnection;
  /** Of the lab's end. */
  readonly far: Transport;
  readonly lab: LabServer;
}

async function open(harness: Harness, options: Partial<ConnectOptions> = {}): Promise<Pair> {
  const [there, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
  const far = webStreamTransport({ readable: there.readable, writable: back.writable });
  const lab = new LabServer(new RecordWire(harness.labProvider, far), {
    provider: harness.labProvider,
    credentials: await harness.credentials("P-256"),
  });
  const near = { readable: back.readable, writable: there.writable };
  const { provider } = harness;
  const tls = connect(near, { serverName: "server.example", trust: believer, provider, ...options });
  return { tls, far, lab };
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown }).code;

/** Every promise and both streams reject with one error of this code. */
async function failsWith({ tls }: Pair, code: string, opens = true): Promise<void> {
  const error = await within("it has failed", rejection(tls.closed));
  expectEqual(codeOf(error), code, "the error");
  const read = await within("the reader is told", rejection(drained(tls)));
  const written = await within(
    "the writer is told",
    rejection(tls.writable.getWriter().write(new Uint8Array(1))),
  );
  expect(read === error && written === error, "the streams have another error");
  if (!opens) expect((await rejection(tls.opened)) === error, "opened has another error");
}

async function drained({ readable }: TlsConnection): Promise<void> {
  const reader = readable.getReader();
  while (!(await reader.read()).done);
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

const streams: Readonly<Record<string, (harness: Harness) => Promise<void>>> = {
  "a verifier that refuses": async (harness) => {
    const pair = await open(harness, {
      trust: () => {
        throw new Error("no");
      },
    });
    await failsWith(pair, "internal_error", false);
  },
  "a record that was changed": async (harness) => {
    const pair = await open(harness);
    await within("it is open", pair.tls.opened);
    const tamper = (bytes: Uint8Array<ArrayBuffer>) => bytes.fill(0, 9, 10);
    await pair.lab.perform(
      record({ type: contentTypes.application_data, content: fromAscii("text"), tamper }),
    );
    await failsWith(pair, "bad_record_mac");
  },
  "an alert of the server's": async (harness) => {
    const pair = await open(harness);
    await within("it is open", pair.tls.opened);
    await pair.lab.perform(alert("internal_error"));
    await failsWith(pair, "alert_received");
  },
  "an end without close_notify": async (harness) => {
    const pair = await open(harness);
    await within("it is open", pair.tls.opened);
    await pair.lab.perform(end);
    await failsWith(pair, "truncated");
  },
  "a signal that was given before": async (harness) => {
    await failsWith(await open(harness, { signal: AbortSignal.abort(new Error("stop")) }), "aborted", false);
  },
  "a signal during the handshake": async (harness) => {
    const controller = new AbortController();
    const trust = () => {
      controller.abort(new Error("stop"));
      return new Promise<never>(() => {});
    };
    await failsWith(await open(harness, { signal: controller.signal, trust }), "aborted", false);
  },
  "a signal on an open connection": async (harness) => {
    const controller = new AbortController();
    const pair = await open(harness, { signal: controller.signal });
    await within("it is open", pair.tls.opened);
    controller.abort(new Error("stop"));
    await failsWith(pair, "aborted");
  },
  "a handshake that takes too long": async (harness) => {
    const trust = () => new Promise<never>(() => {});
    await failsWith(await open(harness, { trust, handshakeTimeout: 30 }), "timeout", false);
  },
  "cancelling the readable": async (harness) => {
    const { tls } = await open(harness);
    await within("it is open", tls.opened);
    await within("it is cancelled", tls.readable.cancel("enough"));
    await within("it is closed", tls.closed);
  },
  "aborting the writable": async (harness) => {
    const { tls } = await open(harness);
    await within("it is open", tls.opened);
    await within("it is aborted", tls.writable.abort("enough"));
    await within("it is closed", tls.closed);
  },
  "close() with a reader that waits": async (harness) => {
    const { tls } = await open(harness);
    await within("it is open", tls.opened);
    const reading = rejection(tls.readable.getReader().read());
    tls.close();
    await within("it is closed", tls.closed);
    expectEqual(codeOf(await within("the reader is told", reading)), "closed", "the reader's error");
  },
  "a clean end of both, before what came is read": async (harness) => {
    const { tls, lab } = await open(harness);
    await within("it is open", tls.opened);
    await tls.writable.close();
    await lab.perform(data(fromAscii("the last words")));
    await within("it is closed", Promise.race([tls.closed, lab.done.then(turn).then(turn)]));
    const reader = tls.readable.getReader();
    const { value } = await within("the words have come", reader.read());
    expectEqual(new TextDecoder().decode(value), "the last words", "the words");
    await within("the end has come", reader.read());
    await within("it is closed", tls.closed);
  },
  "backpressure: what nobody takes is not written": async (harness) => {
    // The far end never reads.
    const { tls, far, lab } = await open(harness);
    await within("it is open", tls.opened);
    await within("the server is open", lab.outcome);
    far.pause();
    const writer = tls.writable.getWriter();
    let taken = 0;
    const writing = (async () => {
      for (; taken < 64; taken++) await writer.write(new Uint8Array(2 ** 18));
    })();
    for (let i = 0; i < 20; i++) await turn();
    const before = taken;
    for (let i = 0; i < 20; i++) await turn();
    expectEqual(taken, before, "what was taken while nobody reads");
    expect(taken < 64, "all was taken though nobody reads");
    far.resume();
    await within("all is written", writing, 12_000);
    tls.close();
    await within("it is closed", tls.closed);
  },
  "backpressure: what nobody reads is kept, and comes in order": async (harness) => {
    const { tls, lab } = await open(harness);
    await within("it is open", tls.opened);
    const count = 64;
    const sending = lab.perform(
      ...Array.from({ length: count }, (_, i) => data(new Uint8Array(2 ** 14).fill(i))),
    );
    for (let i = 0; i < 10; i++) await turn();
    const reader = tls.readable.getReader();
    let length = 0;
    while (length < count * 2 ** 14) {
      const { value } = await within("more has come", reader.read());
      if (value === undefined) break;
      expect(value[0] === Math.floor(length / 2 ** 14), "out of order");
      length += value.length;
    }
    expectEqual(length, count * 2 ** 14, "what has come");
    await within("all was sent", sending);
    tls.close();
    await within("it is closed", tls.closed);
  },
};

export const streamCases: readonly Case[] = Object.entries(streams).map(([name, run]) => ({
  name,
  rules: [],
  run,
}));

/** Whole connections, the server's bytes cut anywhere. */
export const splitCases: readonly Case[] = [
  success({ name: "a byte at a time", rules: [], chunking: byteByByte }),
  ...[2, 3, 5, 7, 1460].map((length) =>
    success({ name: `${length} bytes at a time`, rules: [], chunking: pieces(length) }),
  ),
  ...Array.from({ length: 30 }, (_, seed) =>
    success({
      name: `random pieces, seed ${seed}`,
      rules: [],
      chunking: randomPieces(seed, 1 + 40 * (seed % 7)),
      packing: { fragments: randomPieces(seed + 1000), padding: seed },
    }),
  ),
];
