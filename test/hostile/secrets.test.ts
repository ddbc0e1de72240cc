import { readdirSync, readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { MemoryTransport } from "../../lab/memoryTransport.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { alert, data } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import { TicketStore } from "../../lab/tickets.ts";
import type { TraceEvent } from "../../src/connection/trace.ts";
import { cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { defaultProvider as node } from "../../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../../src/crypto/provider/web.ts";
import { checkFinished } from "../../src/handshake/client/finished.ts";
import { connect } from "../../src/index.ts";
import {
  finishedVerifyData,
  nextTrafficSecret,
  type TrafficSecret,
  trafficKeys,
} from "../../src/keyschedule/trafficSecret.ts";
import { connect as connectNode } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { type Bytes, fromAscii, fromHex } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { replayOpened } from "../connection/replayed.ts";
import { harnessWith } from "../handshake/harness.ts";
import { usual } from "../interop/chains.ts";
import { echo, nodeServer, shown } from "../interop/nodeServer.ts";
import { finished, secured, take } from "../interop/talk.ts";
import { plainRecord } from "../record/keys.ts";
import { secretsIn } from "./reachable.ts";

describe("what is compared in secret takes the same time wherever it differs", () => {
  const secret: TrafficSecret = {
    suite: cipherSuite("TLS_AES_128_GCM_SHA256"),
    hash: node.hashes["SHA-256"],
    secret: new Uint8Array(32).fill(7),
  };
  const transcriptHash = new Uint8Array(32).fill(9);
  const right = finishedVerifyData(secret, transcriptHash);

  /** Which bytes of a Finished are looked at, with one of them wrong. */
  function looksAt(wrong: number): readonly number[] {
    const looks: number[] = [];
    const bytes = right.slice();
    bytes[wrong]! ^= 1;
    const verifyData = new Proxy(bytes, {
      get: (target, property) => {
        if (typeof property === "string" && /^\d+$/.test(property)) looks.push(Number(property));
        return Reflect.get(target, property, target);
      },
    });
    expect(() => checkFinished(secret, transcriptHash, { verifyData })).toThrow(TlsError);
    return looks;
  }

  // A client makes binders and checks none.
  test("Finished: every byte, once, in order [4.5.3/1]", () => {
    const all = Array.from({ length: 32 }, (_, at) => at);
    for (const wrong of all) expect(looksAt(wrong)).toEqual(all);
  });
});

describe.each([
  ["node provider", node],
  ["web provider", web],
] as const)("%s", (_, provider) => {
  test("one error for any record that does not open, whatever is wrong with it [5.2/3]", async () => {
    const flip = (at: number) => (whole: Bytes) => {
      const edited = whole.slice();
      edited[at < 0 ? whole.length + at : at]! ^= 1;
      return edited;
    };
    const short = (length: number) => (): Bytes => plainRecord(23, new Uint8Array(length));
    const ways: readonly (readonly [string, (whole: Bytes) => Bytes])[] = [
      ["the tag's last bit", flip(-1)],
      ["the tag's first byte", flip(-16)],
      ["the type inside", flip(-17)],
      ["the first byte of the content", flip(5)],
      ["the version in the header", flip(1)],
      ["nothing at all", short(0)],
      ["one byte", short(1)],
      ["a tag less a byte", short(15)],
      ["a tag and nothing", short(16)],
      ["zeros", short(40)],
    ];
    const told = new Set<string>();
    for (const [, bend] of ways) {
      const { transport, observer, server } = await replayOpened({ provider });
      transport.deliver(bend(server.record(23, new Uint8Array(30))));
      await observer.closing;
      const { code, message, alert: sent, cause } = observer.error!;
      told.add(inspect({ code, message, sent, cause }));
    }
    expect([...told]).toEqual([expect.stringContaining("bad_record_mac")]);
    expect(told.size).toBe(1);
  });

  const request = fromAscii("GET / HTTP/1.1\r\n\r\n");

  interface Told {
    readonly kind: string;
    /** All that a program can get hold of. */
    readonly things: unknown;
    readonly lab: LabServer;
  }

  const ticketStore = new TicketStore();

  /** A connection of an application that keeps all that it can. */
  async function visit(
    sessions: SessionCache,
    wishes: { early?: boolean; fails?: boolean; keyLog?: (line: string) => void },
  ): Promise<Told> {
    const [near, far] = MemoryTransport.pair();
    const lab = new LabServer(new RecordWire(node, far), {
      provider: node,
      credentials: await harnessWith(node).credentials("P-256"),
      ticketStore,
      tickets: 1,
      ticket: { maxEarlyDataSize: 2 ** 14 },
      earlyData: "accept",
      echo: true,
    });
    const trace: TraceEvent[] = [];
    const connection = connect(near, {
      serverName: "server.example",
      trust: believer,
      provider,
      sessions,
      partition: "one",
      trace: (event) => void trace.push(event),
      ...(wishes.early && { earlyData: request }),
      ...(wishes.keyLog && { keyLog: wishes.keyLog }),
    });
    const info = await connection.opened;
    const writer = connection.writable.getWriter();
    await writer.write(request);
    const first = await connection.readable.getReader().read();
    connection.updateKeys();
    await writer.write(request);
    const whileOpen = inspect({ connection, info, trace, sessions }, everything);
    await lab.perform(wishes.fails ? alert("internal_error") : data(request));
    if (!wishes.fails) connection.close();
    const error: unknown = await connection.closed.catch((failure: unknown) => failure);
    await lab.done;
    const afterwards = inspect({ connection, info, trace, sessions, error }, everything);
    const kind = `${info.authentication} ${info.earlyData?.outcome}`;
    return {
      kind,
      lab,
      things: { connection, info, trace, sessions, error, first, whileOpen, afterwards, near },
    };
  }

  const everything = {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    getters: true,
    maxArrayLength: Number.POSITIVE_INFINITY,
    maxStringLength: Number.POSITIVE_INFINITY,
    breakLength: Number.POSITIVE_INFINITY,
  } as const;

  /** What both sides know and nobody else may. */
  function secretsOf({ context }: LabServer, early: boolean): ReadonlyMap<string, Uint8Array> {
    const { handshakeSecrets: handshake, applicationSecrets: application, resumptionSecret } = context;
    const traffic: readonly (readonly [string, TrafficSecret])[] = [
      ["the client's handshake secret", handshake.client],
      ["the server's handshake secret", handshake.server],
      ["the client's application secret", application.client],
      ["the server's application secret", application.server],
      [
        "the client's next application secret",
        nextTrafficSecret({ ...application.client, secret: application.client.secret.slice() }),
      ],
      [
        "the server's next application secret",
        nextTrafficSecret({ ...application.server, secret: application.server.secret.slice() }),
      ],
      ...(early ? [["the early secret", context.earlySecrets.client] as const] : []),
    ];
    return new Map([
      ...traffic.map(([name, { secret }]) => [name, secret] as const),
      ...traffic.map(([name, one]) => [`the key of ${name}`, trafficKeys(one).key] as const),
      ["the exporter's secret", application.exporter.secret],
      ["the resumption secret", resumptionSecret!],
      ...(early ? [["the early exporter's secret", context.earlySecrets.exporter.secret] as const] : []),
      ...ticketStore.issued.map(({ key }, at) => [`the PSK of ticket ${at}`, key] as const),
    ]);
  }

  test("nothing that an application gets hold of shows a secret: of a full handshake, resumption, early data, a failure", async () => {
    const sessions = createSessionCache();
    const kinds: string[] = [];
    for (const wishes of [{}, {}, { early: true }, { early: true, fails: true }]) {
      const { kind, things, lab } = await visit(sessions, wishes);
      kinds.push(kind);
      const secrets = secretsOf(lab, wishes.early === true);
      expect(secrets.size).toBeGreaterThan(14);
      expect(secretsIn(things, secrets)).toEqual([]);
    }
    expect(kinds).toEqual([
      "certificate undefined",
      "resumption undefined",
      "resumption accepted",
      "resumption accepted",
    ]);
  });

  test("but the key log does, and who looks for secrets finds them there", async () => {
    const lines: string[] = [];
    const sessions = createSessionCache();
    await visit(sessions, {});
    const { things, lab } = await visit(sessions, { early: true, keyLog: (line) => lines.push(line) });
    const secrets = secretsOf(lab, true);
    expect(secretsIn(things, secrets)).toEqual([]);
    expect([...secretsIn(lines, secrets)].sort()).toEqual(
      [
        "the client's handshake secret",
        "the server's handshake secret",
        "the client's application secret",
        "the server's application secret",
        "the early secret",
        "the exporter's secret",
        "the early exporter's secret",
      ].sort(),
    );
    // In bytes as well as in words, however deep.
    const hidden = Object.defineProperty({}, "deep", {
      value: new Map([[1, [lab.context.resumptionSecret]]]),
    });
    expect(secretsIn([hidden], secrets)).toEqual(["the resumption secret"]);
  });
});

test("chance comes from the platform alone: nothing in the sources asks Math for it", () => {
  const sources = readdirSync(new URL("../../src", import.meta.url), {
    recursive: true,
    encoding: "utf8",
  }).filter((name) => name.endsWith(".ts"));
  expect(sources.length).toBeGreaterThan(200);
  for (const name of sources) {
    expect(readFileSync(new URL(`../../src/${name}`, import.meta.url), "utf8"), name).not.toMatch(
      /Math\s*\.\s*random/,
    );
  }
});

test("a Node socket shows none either: not open, not closed, not with a session", async () => {
  const server = await nodeServer(shown(usual), echo);
  const sessions = createSessionCache();
  const trace: TraceEvent[] = [];
  for (const visitor of ["first", "second"]) {
    const before = server.keyLog.length;
    const socket = connectNode({
      host: "127.0.0.1",
      port: server.port,
      servername: "localhost",
      ca: usual.rootPem,
      sessions,
      trace: (event) => void trace.push(event),
    });
    await secured(socket);
    socket.write("a word");
    await take(socket, 6);
    const things = { socket, info: socket.info, trace, sessions };
    const whileOpen = inspect(things, { depth: 12, showHidden: true });
    await finished(socket);
    const lines = server.keyLog.slice(before).map((line) => line.split(" "));
    const secrets = new Map(lines.map(([label = "", , hex = ""]) => [label, fromHex(hex)]));
    expect([...secrets.keys()], visitor).toEqual(
      expect.arrayContaining([
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
      ]),
    );
    expect(socket.info?.resumed, visitor).toBe(visitor === "second");
    expect(secretsIn([things, whileOpen], secrets), visitor).toEqual([]);
  }
  server.close();
});
