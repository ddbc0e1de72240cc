// OpenSSL's own server, of several versions. It prints what it gets, and sends what is typed in.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsSocket } from "../../../src/node/index.ts";
import { groups, hybridGroups } from "../chains.ts";
import { OpensslServer } from "../openssl.ts";
import { drink, finished, happens, pour, Source, take } from "../talk.ts";
import { hybrids, type Lacks, lacking, type Peer, type Talk } from "./peer.ts";
import { type Command, find, findInTrixie, versionOf } from "./process.ts";

function talkWith(server: OpensslServer): Talk {
  /** Waits for so many bytes, or for the end of the connection. */
  const heard = (socket: TlsSocket, length: number): Promise<unknown> =>
    Promise.race([server.until(() => server.received >= length), happens(socket, "close").then(gone)]);
  const upload: Talk["upload"] = async (socket, length) => {
    server.forget();
    // Bytes over 0x7f are known for the client's.
    const sent = await pour(new Source(length, 7, "high"), socket);
    same(await server.hashOf(length), sent);
  };
  const download: Talk["download"] = async (socket, length) => {
    const received = drink(socket, length);
    same(await pour(new Source(length, 6, "high"), server.stdin), await received);
  };
  const early = Buffer.alloc(200, 0xee);
  return {
    exchange: async (socket) => {
      server.forget();
      const line = Buffer.alloc(20, 0x99);
      socket.write(line);
      await heard(socket, line.length);
      server.type("understood\n");
      same(String(await take(socket, 11)), "understood\n");
    },
    upload,
    download,
    both: async (socket, length) => {
      await Promise.all([upload(socket, length), download(socket, length)]);
    },
    finish: async (socket) => {
      await finished(socket);
      server.forget();
    },
    early,
    earlyAnswer: async (socket) => {
      await heard(socket, early.length);
    },
  };
}

function gone(): never {
  throw new Error("the connection is closed");
}

function same(got: string, expected: string): void {
  if (got !== expected) throw new Error(`${got} came for ${expected}`);
}

/** @param options.groups what it takes, where that is not what it takes unasked */
function openssl(
  name: string,
  command: Command | undefined,
  { lacks = {}, groups: taken = [] }: { readonly lacks?: Lacks; readonly groups?: readonly string[] },
): Peer {
  return {
    name,
    version: versionOf(command, ["version"], /^OpenSSL (\S+)/),
    about: "s_server, which prints what it gets and sends what is typed in",
    lacks,
    start: async ({ chain, clientRoots, earlyData, psk }) => {
      const server = await OpensslServer.start(
        chain,
        (folder) => {
          const clients = join(folder, "clients.pem");
          if (clientRoots !== undefined) writeFileSync(clients, clientRoots);
          return [
            ...["-tls1_3", "-alpn", "tls13"],
            ...(taken.length === 0 ? [] : ["-groups", taken.join(":")]),
            ...(earlyData ? ["-early_data"] : []),
            ...(psk === undefined ? [] : ["-psk", psk.key, "-psk_identity", psk.identity]),
            ...(clientRoots === undefined
              ? []
              : ["-CAfile", clients, "-Verify", "3", "-verify_return_error"]),
          ];
        },
        command,
      );
      return {
        address: () => ({ host: "127.0.0.1", port: server.port }),
        talk: talkWith(server),
        updateKeys: () => server.type("K\n"),
        close: () => server.close(),
      };
    },
  };
}

export const opensslPeers: readonly Peer[] = [
  openssl("OpenSSL of Debian 12", find("openssl"), {
    lacks: lacking("OpenSSL has ML-KEM from 3.5 on", ...hybrids),
  }),
  // Of the hybrid groups it takes X25519MLKEM768 unasked.
  openssl("OpenSSL of Debian 13", findInTrixie("usr/bin/openssl"), { groups: [...groups, ...hybridGroups] }),
];
