import { join } from "node:path";
import { earlyData, externalPsks, hybrids, type Lacks, lacking, type Peer, rareHybrids } from "./peer.ts";
import {
  build,
  type Command,
  find,
  findInFolder,
  run,
  serve,
  temporaryFolder,
  trixie,
  versionOf,
} from "./process.ts";
import { echo } from "./talks.ts";

/** Go's crypto/tls, in a program of ours. */
function goPeer(
  name: string,
  command: Command | undefined,
  { env = process.env, lacks }: { readonly env?: NodeJS.ProcessEnv; readonly lacks: Lacks },
): Peer {
  const made = (): string =>
    build(name, "main.go", (source, program) => {
      run([...(command as Command), "build", "-o", program, source], { env });
    });
  return {
    name,
    version: versionOf(command, ["version"], /go version go(\S+)/),
    about: "crypto/tls in programs/main.go, which sends back what it gets",
    lacks: {
      ...lacking(
        "crypto/x509 reads no keys under id-RSASSA-PSS",
        "certificate: RSA-PSS",
        "client certificate: RSA-PSS",
      ),
      ...lacking("its servers take early data over QUIC only", ...earlyData),
      ...lacking("not in its API", ...externalPsks),
      "KeyUpdate: asked for by the peer": "it only answers",
      ...lacks,
    },
    prepare: made,
    start: async ({ chain, clientRoots }) => {
      const program = made();
      const folder = temporaryFolder();
      const args = [
        ...[
          "-cert",
          folder.file("chain.pem", chain.chainPem),
          "-key",
          folder.file("key.pem", chain.leafKeyPem),
        ],
        ...(clientRoots === undefined ? [] : ["-client-roots", folder.file("clients.pem", clientRoots)]),
      ];
      const { port, close } = await serve([program, ...args], /listening on (\d+)\n/, { folder });
      return { address: () => ({ host: "127.0.0.1", port }), talk: echo, close };
    },
  };
}

const root = join(trixie, "usr/lib/go-1.24");
const debian13 = findInFolder(join(root, "bin"), "go");

export const goPeers: readonly Peer[] = [
  goPeer("Go crypto/tls of Debian 12", find("go"), {
    lacks: lacking("Go has X25519MLKEM768 from 1.24 on, and the others from 1.26 on", ...hybrids),
  }),
  goPeer("Go crypto/tls of Debian 13", debian13, {
    env: { ...process.env, GOROOT: root, GOTOOLCHAIN: "local" },
    lacks: lacking("Go has these two from 1.26 on", ...rareHybrids),
  }),
];
