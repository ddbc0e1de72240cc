import { existsSync } from "node:fs";
import { earlyData, hybrids, lacking, type Peer } from "./peer.ts";
import { build, type Command, find, run, serve, temporaryFolder, versionOf } from "./process.ts";
import { echo } from "./talks.ts";

const compiler = existsSync("/usr/include/wolfssl/options.h") ? find("gcc", "cc") : undefined;

const made = (): string =>
  build("wolfSSL", "wolfssl.c", (source, program) => {
    run([...(compiler as Command), "-O1", "-o", program, source, "-lwolfssl"]);
  });

/** wolfSSL, in a program of ours. */
export const wolfsslPeer: Peer = {
  name: "wolfSSL",
  version:
    compiler === undefined
      ? undefined
      : versionOf(
          ["sed", "-n", "/LIBWOLFSSL_VERSION_STRING/p"],
          ["/usr/include/wolfssl/version.h"],
          /"(.+)"/,
        ),
  about: "the library in programs/wolfssl.c, which sends back what it gets",
  lacks: {
    ...lacking("Debian builds it without early data", ...earlyData),
    ...lacking(
      "this version has no ML-KEM, and answers by a HelloRetryRequest that asks for nothing",
      ...hybrids,
    ),
    "certificate: RSA-PSS":
      "it signs by rsa_pss_rsae_* with a key under id-RSASSA-PSS, against RFC 9846 §4.3.3; we refuse that",
    "client certificate: RSA-PSS": "… and expects the same of us: it refuses rsa_pss_pss_*",
  },
  prepare: made,
  start: async ({ chain, clientRoots, earlyData, psk }) => {
    const program = made();
    const folder = temporaryFolder();
    const { port, close } = await serve(
      [
        program,
        folder.file("chain.pem", chain.chainPem),
        folder.file("key.pem", chain.leafKeyPem),
        clientRoots === undefined ? "-" : folder.file("clients.pem", clientRoots),
        earlyData ? "early" : "-",
        psk?.key ?? "-",
      ],
      /listening on (\d+)\n/,
      { folder },
    );
    return {
      address: () => ({ host: "127.0.0.1", port }),
      talk: echo,
      updateKeys: (socket) => socket.write("**REKEY**\n"),
      close,
    };
  },
};
