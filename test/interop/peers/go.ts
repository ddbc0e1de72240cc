import type { Peer } from "./peer.ts";
import { build, type Command, find, run, serve, temporaryFolder, versionOf } from "./process.ts";
import { echo } from "./talks.ts";

/** Go's crypto/tls, in a program of ours. */
export function goPeer(name: string, command: Command | undefined): Peer {
  return {
    name,
    version: versionOf(command, ["version"], /go version go(\S+)/),
    about: "crypto/tls in programs/main.go, which sends back what it gets",
    lacks: {
      "certificate: RSA-PSS": "crypto/x509 reads no keys under id-RSASSA-PSS",
      "0-RTT: accepted": "its servers take early data over QUIC only",
      "0-RTT: rejected": "its servers take early data over QUIC only",
      "client certificate: RSA-PSS": "crypto/x509 reads no keys under id-RSASSA-PSS",
      "KeyUpdate: asked for by the peer": "it only answers",
      "PSK: external": "not in its API",
      "PSK: after HelloRetryRequest": "not in its API",
    },
    start: async ({ chain, clientRoots }) => {
      const program = build("main.go", (source, made) => {
        run([...(command as Command), "build", "-o", made, source]);
      });
      const folder = temporaryFolder();
      const args = [
        ...["-cert", folder.file("chain.pem", chain.chainPem), "-key", folder.file("key.pem", chain.leafKeyPem)],
        ...(clientRoots === undefined ? [] : ["-client-roots", folder.file("clients.pem", clientRoots)]),
      ];
      const { port, close } = await serve([program, ...args], /listening on (\d+)\n/, { folder });
      return { address: () => ({ host: "127.0.0.1", port }), talk: echo, close };
    },
  };
}

export const peers: readonly Peer[] = [goPeer("Go crypto/tls", find("go"))];
