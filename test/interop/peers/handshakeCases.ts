import assert from "node:assert/strict";
import { chainOf, groups, hybridGroups, keyTypes, suites } from "../chains.ts";
import { failureOf, secured } from "../talk.ts";
import { type Case, whole } from "./bench.ts";

const handshakes: readonly Case[] = [
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
  ...[...groups, ...hybridGroups].map(
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
  ...[...groups, ...hybridGroups].map(
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

const protocols: readonly Case[] = [
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

export const handshakeCases: readonly Case[] = [...handshakes, ...protocols];
