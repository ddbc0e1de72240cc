// What `authorized` says, of the first connection and of the ones that resume it.

import { describe, expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { TicketStore } from "../../lab/tickets.ts";
import { type ConnectOptions, connect, type ServerVerifier, trustAnything } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { labBehind } from "../adapters/labBehind.ts";
import { serverName } from "../cases/meeting.ts";
import { happens } from "../interop/talk.ts";

const psk = {
  kind: "external",
  identity: fromAscii("a client"),
  key: new Uint8Array(32),
  hash: "SHA-256",
} as const;
const verifying: ServerVerifier = async (presented) => ({ ...(await believer(presented)), verified: true });

describe("authorized", () => {
  test.each<readonly [string, Partial<ConnectOptions>, boolean]>([
    ["a certificate that was verified", { verifier: verifying }, true],
    ["a certificate that nobody verified", { verifier: trustAnything() }, false],
    ["an external PSK", { verifier: trustAnything(), psks: [psk] }, true],
  ])("says of %s the same when it is resumed", async (_, options, expected) => {
    const ticketStore = new TicketStore();
    const sessions = createSessionCache();
    for (const resumed of [false, true, true]) {
      const server = { tickets: 1, ticketStore, psks: options.psks === undefined ? [] : [psk] };
      const { near } = await labBehind(server);
      const socket = connect({ socket: near, servername: serverName, sessions, ...options });
      await happens(socket, "secureConnect");
      expect(socket.info?.resumed).toBe(resumed);
      expect(socket.authorized).toBe(expected);
      const closed = happens(socket, "close");
      socket.end();
      socket.resume();
      await closed;
    }
  });
});
