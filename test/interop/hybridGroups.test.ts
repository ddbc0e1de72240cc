// The hybrid groups of RFC 10024 with node:tls of the Nodes that speak them (OpenSSL 3.5 and newer).
import { afterAll, describe, expect, test } from "vitest";
import { connect } from "../../src/node/index.ts";
import { hybridGroups, usual } from "./chains.ts";
import type { Peer, RunningPeer } from "./peers/peer.ts";
import { runtimes } from "./peers/runtimes.ts";
import { finished, secured, take } from "./talk.ts";

describe.each([22, 24, 26])("node:tls of Node %i", (major) => {
  const peer = runtimes.find(({ name }) => name === `node:tls of Node ${major}`);
  const missing = peer?.version === undefined;
  let running: Promise<RunningPeer> | undefined;
  const server = async () => {
    running ??= Promise.resolve((peer as Peer).start({ chain: usual }));
    return (await running).address() as { readonly host: string; readonly port: number };
  };
  afterAll(async () => (await running)?.close());

  describe.each(hybridGroups)("%s", (group) => {
    test.skipIf(missing).each([
      ["with its share", [group]],
      ["after a retry", []],
    ])("%s", async (_, keyShares) => {
      const trusting = { servername: "localhost", ca: usual.rootPem };
      const socket = connect({ ...(await server()), ...trusting, groups: [group], keyShares });
      await secured(socket);
      expect(socket.info?.group).toBe(group);
      expect(socket.info?.retried).toBe(keyShares.length === 0);
      socket.write("ping");
      expect(String(await take(socket, 4))).toBe("ping");
      await finished(socket);
    });
  });
});
