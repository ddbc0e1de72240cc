// The columns of docs/interop.md: what each peer is asked. A case throws where it does not come out as it should.

import assert from "node:assert/strict";
import type { connect, TlsSocket, TraceEvent } from "../../../src/node/index.ts";
import { createSessionCache } from "../../../src/session/memorySessionCache.ts";
import type { SessionCache } from "../../../src/session/sessionCache.ts";
import { fromAscii } from "../../../src/wire/bytes.ts";
import { type Chain, type KeyType, makeChain } from "../../certificates.ts";
import { chainOf, groups, keyTypes, suites, usual } from "../chains.ts";
import { failureOf, secured } from "../talk.ts";
import type { Peer, Psk, RunningPeer, Wishes } from "./peer.ts";

export const columns = [
  "suite",
  "group",
  "certificate",
  "HelloRetryRequest",
  "ALPN",
  "resumption",
  "0-RTT",
  "client certificate",
  "KeyUpdate",
  "PSK",
  "bulk",
  "abrupt close",
] as const;
export type Column = (typeof columns)[number];

export type CaseName =
  | `suite: ${(typeof suites)[number]}`
  | `group: ${(typeof groups)[number]}`
  | `certificate: ${KeyType}`
  | `HelloRetryRequest: ${(typeof groups)[number]}`
  | `ALPN: ${"agreed" | "nothing in common"}`
  | `resumption: ${"once" | "twice" | "after HelloRetryRequest"}`
  | `0-RTT: ${"accepted" | "rejected"}`
  | `client certificate: ${KeyType | "none"}`
  | `KeyUpdate: ${"asked for by us" | "asked for by the peer"}`
  | `PSK: ${"external" | "after HelloRetryRequest"}`
  | `bulk: ${"up" | "down" | "both ways at once"}`
  | `abrupt close: ${"by the peer" | "by us"}`;

type Options = Omit<Parameters<typeof connect>[0], "host" | "port" | "socket">;

/** What a case works with; all that it opened is closed when it is over. */
export interface Bench {
  readonly peer: Peer;
  /** A server that other cases may have used. */
  server(wishes?: Partial<Wishes>): Promise<RunningPeer>;
  /** One of this case's own. */
  ownServer(wishes?: Partial<Wishes>): Promise<RunningPeer>;
  /** A connection that is trusted. */
  open(server: RunningPeer, options?: Options): Promise<TlsSocket>;
  start(server: RunningPeer, options?: Options): TlsSocket;
  /** Bytes each way. */
  readonly bulk: number;
}

export interface Case {
  readonly column: Column;
  readonly name: CaseName;
  run(bench: Bench): Promise<void>;
}

/** A full handshake, an exchange, a clean end. */
async function whole(bench: Bench, server: RunningPeer, options: Options): Promise<TlsSocket> {
  const socket = await bench.open(server, options);
  await server.talk.exchange(socket);
  await server.talk.finish(socket);
  return socket;
}

const handshakes: Case[] = [
  ...suites.map(
    (suite): Case => ({
      column: "suite",
      name: `suite: ${suite}`,
      run: async (bench) => {
        const { info } = await whole(bench, await bench.server(), { cipherSuites: [suite] });
        assert.equal(info?.cipherSuite, suite);
      },
    }),
  ),
  ...groups.map(
    (group): Case => ({
      column: "group",
      name: `group: ${group}`,
      run: async (bench) => {
        const { info } = await whole(bench, await bench.server(), { groups: [group] });
        assert.equal(info?.group, group);
        assert.equal(info?.retried, false);
      },
    }),
  ),
  ...keyTypes.map(
    (type): Case => ({
      column: "certificate",
      name: `certificate: ${type}`,
      run: async (bench) => {
        const chain = chainOf(type);
        const { info } = await whole(bench, await bench.server({ chain }), { ca: chain.rootPem });
        assert.equal(info?.identity?.verified, true);
        assert.deepEqual(info?.certificates[0], chain.leafDer);
        assert.equal(info?.identity?.path?.length, 3);
      },
    }),
  ),
  ...groups.map(
    (group): Case => ({
      column: "HelloRetryRequest",
      name: `HelloRetryRequest: ${group}`,
      run: async (bench) => {
        const { info } = await whole(bench, await bench.server(), { groups: [group], keyShares: [] });
        assert.equal(info?.group, group);
        assert.equal(info?.retried, true);
      },
    }),
  ),
];

const protocols: Case[] = [
  {
    column: "ALPN",
    name: "ALPN: agreed",
    run: async (bench) => {
      const protocol = bench.peer.protocol ?? "tls13";
      const { info } = await whole(bench, await bench.server(), { ALPNProtocols: ["unheard-of", protocol] });
      assert.equal(info?.alpn, protocol);
    },
  },
  {
    column: "ALPN",
    name: "ALPN: nothing in common",
    // RFC 7301 §3.2 asks for the alert; some go on without a protocol, and both are well.
    run: async (bench) => {
      const server = await bench.server();
      const socket = bench.start(server, { ALPNProtocols: ["unheard-of"] });
      const failure = failureOf(socket).catch(() => undefined);
      try {
        await secured(socket);
      } catch {
        assert.equal((await failure)?.alert?.name, "no_application_protocol");
        return;
      }
      assert.equal(socket.info?.alpn, undefined);
      await server.talk.exchange(socket);
    },
  },
];

/** A session of each connection, kept in a cache. */
async function session(bench: Bench, server: RunningPeer, options: Options = {}): Promise<SessionCache> {
  const sessions = createSessionCache();
  const { info } = await whole(bench, server, { ...options, sessions });
  assert.equal(info?.resumed, false);
  return sessions;
}

const resumptions: Case[] = [
  {
    column: "resumption",
    name: "resumption: once",
    run: async (bench) => {
      const server = await bench.server();
      const sessions = await session(bench, server);
      const { info } = await whole(bench, server, { sessions });
      assert.equal(info?.authentication, "resumption");
      assert.equal(info?.identity?.verified, true);
    },
  },
  {
    column: "resumption",
    name: "resumption: twice",
    run: async (bench) => {
      const server = await bench.server();
      const sessions = await session(bench, server);
      for (const _ of [1, 2]) {
        const { info } = await whole(bench, server, { sessions });
        assert.equal(info?.resumed, true);
      }
    },
  },
  {
    column: "resumption",
    name: "resumption: after HelloRetryRequest",
    run: async (bench) => {
      const server = await bench.server();
      const sessions = await session(bench, server);
      const { info } = await whole(bench, server, { sessions, keyShares: [] });
      assert.equal(info?.retried, true);
      assert.equal(info?.resumed, true);
    },
  },
  {
    column: "0-RTT",
    name: "0-RTT: accepted",
    run: async (bench) => {
      const server = await bench.server({ earlyData: true });
      const sessions = await session(bench, server);
      const { early, earlyAnswer } = server.talk;
      const socket = await bench.open(server, { sessions, earlyData: early });
      const report = socket.info?.earlyData;
      assert.equal(report?.outcome, "accepted");
      assert.equal(report?.taken, early.length);
      await earlyAnswer?.(socket);
      if (server.talk.once !== true) await server.talk.exchange(socket);
      await server.talk.finish(socket);
    },
  },
  {
    column: "0-RTT",
    name: "0-RTT: rejected",
    // RFC 9846 §4.3.10: a retry rejects early data, and the server passes it over.
    run: async (bench) => {
      const server = await bench.server({ earlyData: true });
      const sessions = await session(bench, server);
      const { early } = server.talk;
      const socket = await bench.open(server, { sessions, earlyData: early, keyShares: [] });
      assert.equal(socket.info?.retried, true);
      assert.equal(socket.info?.earlyData?.outcome, "rejected");
      assert.deepEqual(Buffer.from(socket.info?.earlyData?.returned ?? []), Buffer.from(early));
      await server.talk.exchange(socket);
      await server.talk.finish(socket);
    },
  },
];

function client(keyType: KeyType): Chain {
  return makeChain({ keyType, label: "Clients", names: ["client.example"], purposes: ["clientAuth"] });
}

const authentications: Case[] = [
  ...keyTypes.map(
    (type): Case => ({
      column: "client certificate",
      name: `client certificate: ${type}`,
      run: async (bench) => {
        const { chainPem, leafKeyPem, rootPem, sent } = client(type);
        const server = await bench.server({ clientRoots: rootPem });
        const { info } = await whole(bench, server, { cert: chainPem, key: leafKeyPem });
        assert.equal(info?.certificateRequested, true);
        assert.deepEqual(info?.clientCertificates, sent);
      },
    }),
  ),
  {
    column: "client certificate",
    name: "client certificate: none",
    run: async (bench) => {
      const server = await bench.server({ clientRoots: client("P-256").rootPem });
      const socket = bench.start(server);
      const failure = failureOf(socket).catch((error: Error) => error);
      await assert.rejects(secured(socket).then(() => server.talk.exchange(socket)));
      assert.equal(socket.info?.certificateRequested, true);
      socket.destroy();
      const error = await failure;
      if ("alert" in error) assert.equal(error.alert?.direction ?? "received", "received");
    },
  },
];

/** Counts KeyUpdates as they pass, and waits for them. */
function keyUpdates(): {
  trace(event: TraceEvent): void;
  came: Promise<void>;
  readonly counts: { in: number; out: number };
} {
  const counts = { in: 0, out: 0 };
  let tell: () => void = () => {};
  const came = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const trace = (event: TraceEvent): void => {
    if (event.kind !== "message" || event.name !== "KeyUpdate") return;
    counts[event.direction]++;
    if (event.direction === "in") tell();
  };
  return { trace, came, counts };
}

const keys: Case[] = [
  {
    column: "KeyUpdate",
    name: "KeyUpdate: asked for by us",
    run: async (bench) => {
      const { trace, came, counts } = keyUpdates();
      const server = await bench.server();
      const socket = await bench.open(server, { trace });
      const rounds = server.talk.once ? 1 : 3;
      for (let round = 0; round < rounds; round++) {
        socket.updateKeys();
        await server.talk.exchange(socket);
      }
      await came;
      await server.talk.finish(socket);
      assert.equal(counts.out, rounds);
    },
  },
  {
    column: "KeyUpdate",
    name: "KeyUpdate: asked for by the peer",
    run: async (bench) => {
      const { trace, came } = keyUpdates();
      const server = await bench.server();
      assert.ok(server.updateKeys, "there is no way to make it ask");
      const socket = await bench.open(server, { trace });
      await server.talk.exchange(socket);
      server.updateKeys(socket);
      await came;
      await server.talk.exchange(socket);
      await server.talk.finish(socket);
    },
  },
  ...([undefined, []] as const).map(
    (keyShares): Case => ({
      column: "PSK",
      name: keyShares === undefined ? "PSK: external" : "PSK: after HelloRetryRequest",
      run: async (bench) => {
        const psk: Psk = { identity: "a_client", key: "00112233445566778899aabbccddeeff" };
        const server = await bench.server({ psk });
        const { info } = await whole(bench, server, {
          ca: [],
          psks: [{ identity: fromAscii(psk.identity), key: Buffer.from(psk.key, "hex") }],
          ...(keyShares === undefined ? {} : { keyShares }),
        });
        assert.equal(info?.authentication, "external_psk");
        assert.equal(info?.retried, keyShares !== undefined);
      },
    }),
  ),
];

const bulks: Case[] = (
  [
    ["bulk: up", "upload"],
    ["bulk: down", "download"],
    ["bulk: both ways at once", "both"],
  ] as const
).map(([name, way]) => ({
  column: "bulk",
  name,
  run: async (bench) => {
    const server = await bench.server();
    const move = server.talk[way] ?? server.talk.both;
    assert.ok(move, "there is no way to make it take so much");
    const socket = await bench.open(server);
    await move(socket, bench.bulk);
    await server.talk.finish(socket);
  },
}));

const ends: Case[] = [
  {
    column: "abrupt close",
    name: "abrupt close: by the peer",
    run: async (bench) => {
      const server = await bench.ownServer();
      const socket = await bench.open(server);
      if (server.talk.once !== true) await server.talk.exchange(socket);
      const failure = failureOf(socket);
      server.close();
      assert.match((await failure).code, /^(truncated|transport_failed)$/);
    },
  },
  {
    column: "abrupt close",
    name: "abrupt close: by us",
    run: async (bench) => {
      const server = await bench.server();
      const socket = await bench.open(server);
      socket.write(Buffer.alloc(100_000, "a line that has no end"));
      socket.destroy();
      await whole(bench, server, {});
    },
  },
];

export const cases: readonly Case[] = [
  ...handshakes,
  ...protocols,
  ...resumptions,
  ...authentications,
  ...keys,
  ...bulks,
  ...ends,
];

export const trusting: Options = { servername: "localhost", ca: usual.rootPem };
