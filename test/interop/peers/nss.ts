// NSS's own server: a GET of a file, and then it ends.

import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { drink, finished, Source, take, textOf } from "../talk.ts";
import { hybrids, lacking, type Peer, type Talk } from "./peer.ts";
import {
  type Command,
  type Folder,
  find,
  freePort,
  pkcs12,
  run,
  serve,
  temporaryFolder,
  versionOf,
} from "./process.ts";

const page = "served by NSS\n";

function talkWith(folder: Folder): Talk {
  const request = (path: string): string => `GET ${path} HTTP/1.0\r\n\r\n`;
  const small = folder.file("page.txt", page);
  const answer: Talk["exchange"] = async (socket) => {
    const said = await textOf(socket);
    if (!said.endsWith(page)) throw new Error(`it said ${JSON.stringify(said)}`);
  };
  return {
    exchange: async (socket) => {
      socket.write(request(small));
      await answer(socket);
    },
    once: true,
    download: async (socket, length) => {
      const source = new Source(length, 8);
      const path = join(folder.path, "bulk");
      const file = openSync(path, "w");
      for (let chunk = source.next(); chunk !== undefined; chunk = source.next()) writeSync(file, chunk);
      closeSync(file);
      socket.write(request(path));
      let head = "";
      while (!head.endsWith("\r\n\r\n")) head += String(await take(socket, 1));
      if ((await drink(socket, length)) !== source.hash.digest("hex")) throw new Error("other bytes came");
    },
    finish: async (socket) => {
      if (!socket.destroyed) await finished(socket);
    },
    // It answers and hangs up as soon as it has heard it all, even before our Finished.
    early: Buffer.from(request(small).slice(0, -2)),
    earlyAnswer: async (socket) => {
      socket.write("\r\n");
      await answer(socket);
    },
  };
}

interface Tools {
  readonly selfserv: Command | undefined;
  readonly certutil: Command | undefined;
  readonly pk12util: Command | undefined;
}

function nss(name: string, version: string | undefined, { selfserv, certutil, pk12util }: Tools): Peer {
  return {
    name,
    version,
    about: "selfserv, which sends a file and ends",
    protocol: "http/1.1",
    lacks: {
      "certificate: RSA-PSS":
        "pk12util imports the key for plain RSA, which fits none of its certificate's schemes",
      ...lacking("this version has no ML-KEM", ...hybrids),
      "certificate: Ed25519": "this version has no Ed25519 keys",
      ...lacking(
        "NSS does not ask for such signatures, so none is shown",
        "client certificate: RSA-PSS",
        "client certificate: Ed25519",
      ),
      ...lacking("selfserv takes ten kilobytes at most", "bulk: up", "bulk: both ways at once"),
      "KeyUpdate: asked for by the peer": "it only answers",
    },
    start: async ({ chain, clientRoots, earlyData, psk }) => {
      const folder = temporaryFolder();
      const database = `sql:${folder.path}`;
      run([...(certutil as Command), "-N", "-d", database, "--empty-password"]);
      const file = pkcs12(folder, chain);
      run([...(pk12util as Command), "-i", file, "-d", database, "-W", "password"]);
      if (clientRoots !== undefined) {
        const roots = folder.file("clients.pem", clientRoots);
        run([...(certutil as Command), "-A", "-d", database, "-n", "clients", "-t", "CT,,", "-i", roots]);
      }
      const port = await freePort();
      const { close } = await serve(
        [
          ...(selfserv as Command),
          ...["-d", database, "-n", "server", "-p", String(port), "-V", "tls1.3:tls1.3", "-v", "-u", "-Q"],
          ...["-I", "x25519,P256,P384,P521"],
          ...(earlyData ? ["-Z"] : []),
          ...(clientRoots === undefined ? [] : ["-r", "-r"]),
          // A key is known only to sockets that are made from the model.
          ...(psk === undefined ? [] : ["-m", "-z", `0x${psk.key}:${psk.identity}`]),
        ],
        /About to call accept/,
        { folder },
      );
      // RFC 9846 §8.2: it can't know what was said to it before it ran, so it rejects early data for one window of ten seconds.
      if (earlyData) await setTimeout(10_500);
      return { address: () => ({ host: "127.0.0.1", port }), talk: talkWith(folder), close };
    },
  };
}

const debian12 = find("selfserv");
export const nssPeers: readonly Peer[] = [
  nss("NSS of Debian 12", versionOf(find("dpkg-query"), ["-W", "libnss3"], /\t(?:\d+:)?([\d.]+)/), {
    selfserv: debian12,
    certutil: find("certutil"),
    pk12util: find("pk12util"),
  }),
];
