// node:tls of several versions of Node (OpenSSL), Bun (BoringSSL) and Deno (rustls).

import {
  clientCertificates,
  earlyData,
  externalPsks,
  groupCases,
  hybrids,
  type Lacks,
  lacking,
  type Peer,
  rareHybrids,
} from "./peer.ts";
import { type Command, findInstalled, programSource, serve, temporaryFolder, versionOf } from "./process.ts";
import { echo } from "./talks.ts";

interface Runtime {
  readonly name: string;
  readonly command: Command | undefined;
  readonly version: RegExp;
  /** What comes before the program. */
  readonly args?: readonly string[];
  readonly program: string;
  readonly about: string;
  readonly lacks: Lacks;
}

function runtime({ name, command, version, args = [], program, about, lacks }: Runtime): Peer {
  return {
    name,
    version: versionOf(command, ["--version"], version),
    about: `${about} in programs/${program}, which sends back what it gets`,
    lacks,
    start: async ({ chain, clientRoots, psk }) => {
      const folder = temporaryFolder();
      const files = [
        folder.file("chain.pem", chain.chainPem),
        folder.file("key.pem", chain.leafKeyPem),
        clientRoots === undefined ? "-" : folder.file("clients.pem", clientRoots),
        psk === undefined ? "-" : `${psk.identity}:${psk.key}`,
      ];
      const { port, close } = await serve(
        [...(command as Command), ...args, programSource(program), ...files],
        /listening on (\d+)\n/,
        { folder },
      );
      return { address: () => ({ host: "127.0.0.1", port }), talk: echo, close };
    },
  };
}

function node(major: number, command: Command | undefined, lacks: Lacks = {}): Peer {
  return runtime({
    name: `node:tls of Node ${major}`,
    command,
    version: /^v(\S+)/,
    program: "node.mjs",
    about: "node:tls, which is OpenSSL,",
    lacks: {
      ...lacking("not in its API", ...earlyData, "KeyUpdate: asked for by the peer"),
      ...lacks,
    },
  });
}

export const runtimes: readonly Peer[] = [
  node(
    20,
    process.version.startsWith("v20.") ? [process.execPath] : undefined,
    lacking("its OpenSSL is 3.0, which has no ML-KEM", ...hybrids),
  ),
  ...[22, 24, 26].map((major) => node(major, findInstalled(`node${major}/bin/node`))),
  runtime({
    name: "Bun",
    command: findInstalled("@oven/bun-linux-x64/bin/bun"),
    version: /^(\S+)/,
    program: "bun.mjs",
    about: "Bun.listen, which is BoringSSL,",
    lacks: {
      ...lacking("not in its API", ...earlyData, ...externalPsks, "KeyUpdate: asked for by the peer"),
      ...lacking("not among the groups that it takes", ...groupCases("secp521r1")),
      ...lacking("BoringSSL has X25519MLKEM768 alone of these", ...rareHybrids),
      "certificate: RSA-PSS": "BoringSSL reads no keys under id-RSASSA-PSS",
      "client certificate: RSA-PSS": "BoringSSL does not ask for rsa_pss_pss_*, so none is shown",
    },
  }),
  runtime({
    name: "Deno",
    command: findInstalled("@deno/linux-x64-glibc/deno"),
    version: /^deno (\S+)/,
    args: ["run", "--allow-net", "--allow-read", "--no-config"],
    program: "deno.mjs",
    about: "Deno.listenTls, which is rustls,",
    lacks: {
      ...lacking(
        "not in its API",
        ...earlyData,
        ...externalPsks,
        ...clientCertificates,
        "KeyUpdate: asked for by the peer",
      ),
      ...lacking("rustls has no secp521r1", ...groupCases("secp521r1")),
      ...lacking("not among the groups that it takes", ...rareHybrids),
      "certificate: RSA-PSS": "rustls reads no keys under id-RSASSA-PSS",
    },
  }),
];
