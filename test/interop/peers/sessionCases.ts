// Resumption, early data, and keys that were agreed upon elsewhere.

import assert from "node:assert/strict";
import { createSessionCache } from "../../../src/session/memorySessionCache.ts";
import type { SessionCache } from "../../../src/session/sessionCache.ts";
import { fromAscii } from "../../../src/wire/bytes.ts";
import { type Bench, type Case, type Options, whole } from "./bench.ts";
import type { Psk, RunningPeer } from "./peer.ts";

/** A session of each connection, kept in a cache. */
async function session(bench: Bench, server: RunningPeer, options: Options = {}): Promise<SessionCache> {
  const sessions = createSessionCache();
  const { info } = await whole(bench, server, { ...options, sessions });
  assert.equal(info?.resumed, false);
  return sessions;
}

export const sessionCases: readonly Case[] = [
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

export const pskCases: readonly Case[] = [
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
