// GnuTLS's own server, of several versions.

import { GnutlsServer, hasGnutls } from "../gnutls.ts";
import { hybrids, lacking, type Peer } from "./peer.ts";
import { type Command, find, findInTrixie, versionOf } from "./process.ts";
import { echoLines } from "./talks.ts";

/** What comes early is not sent back. */
const { earlyAnswer: _, ...talk } = echoLines;

function gnutls(name: string, command: Command | undefined, noHybrids: string): Peer {
  return {
    name,
    version: hasGnutls ? versionOf(command, ["--version"], /^gnutls-serv (\S+)/) : undefined,
    about: "gnutls-serv --echo, which sends back what it gets, line by line",
    lacks: {
      ...lacking(noHybrids, ...hybrids),
      // It holds early data to be accepted before it knows that it has to ask for another hello.
      "0-RTT: rejected":
        "after its HelloRetryRequest it does not pass over early data, against RFC 9846 §4.3.10, and says bad_record_mac",
      "KeyUpdate: asked for by the peer": "gnutls-serv has no command for it",
    },
    start: async ({ chain, clientRoots, earlyData, psk }) => {
      const server = await GnutlsServer.start(
        chain,
        (file) => [
          ...["--alpn", "tls13"],
          ...(earlyData ? ["--earlydata"] : []),
          ...(psk === undefined ? [] : ["--pskpasswd", file("psk.txt", `${psk.identity}:${psk.key}\n`)]),
          ...(clientRoots === undefined
            ? ["--disable-client-cert"]
            : [
                "--require-client-cert",
                "--verify-client-cert",
                "--x509cafile",
                file("clients.pem", clientRoots),
              ]),
        ],
        command,
      );
      return {
        address: () => ({ host: "127.0.0.1", port: server.port }),
        talk,
        close: () => server.close(),
      };
    },
  };
}

export const gnutlsPeers: readonly Peer[] = [
  gnutls("GnuTLS of Debian 12", find("gnutls-serv"), "this version has no ML-KEM"),
  gnutls("GnuTLS of Debian 13", findInTrixie("usr/bin/gnutls-serv"), "gnutls-cli --list names none of them"),
];
