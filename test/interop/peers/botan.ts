import { echoLines } from "./talks.ts";
import type { Peer } from "./peer.ts";
import { type Command, findInTrixie, serve, temporaryFolder, versionOf } from "./process.ts";

const botan = findInTrixie("usr/bin/botan");

export const botanPeer: Peer = {
  name: "Botan",
  version: versionOf(botan, ["--version"], /^(\S+)/),
  about: "botan tls_server, which sends back what it gets, line by line",
  protocol: "echo/0.1",
  lacks: {},
  start: async ({ chain, psk }) => {
    const folder = temporaryFolder();
    const { port, close } = await serve(
      [
        ...(botan as Command),
        "tls_server",
        folder.file("chain.pem", chain.chainPem),
        folder.file("key.pem", chain.leafKeyPem),
        "--port=0",
        ...(psk === undefined ? [] : [`--psk=${psk.key}`, `--psk-identity=${psk.identity}`]),
      ],
      /Listening for new connections/,
      { folder },
    );
    return { address: () => ({ host: "127.0.0.1", port }), talk: echoLines, close };
  },
};
