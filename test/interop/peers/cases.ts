// The columns of docs/interop.md: what each peer is asked. A case throws where it does not come out as it should.

import assert from "node:assert/strict";
import type { TraceEvent } from "../../../src/node/index.ts";
import { type Chain, type KeyType, makeChain } from "../../certificates.ts";
import { keyTypes } from "../chains.ts";
import { failureOf, secured } from "../talk.ts";
import { type Case, whole } from "./bench.ts";
import { handshakeCases } from "./handshakeCases.ts";
import { pskCases, sessionCases } from "./sessionCases.ts";

function client(keyType: KeyType): Chain {
  return makeChain({ keyType, label: "Clients", names: ["client.example"], purposes: ["clientAuth"] });
}

const authentications: readonly Case[] = [
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

const keys: readonly Case[] = [
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
];

const bulks: readonly Case[] = (
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

const ends: readonly Case[] = [
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
  ...handshakeCases,
  ...sessionCases,
  ...authentications,
  ...keys,
  ...pskCases,
  ...bulks,
  ...ends,
];
