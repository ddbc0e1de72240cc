import { join } from "node:path";
import { earlyData, externalPsks, lacking, type Peer } from "./peer.ts";
import { build, type Command, find, run, serve, temporaryFolder, versionOf } from "./process.ts";
import { echo } from "./talks.ts";

const java = find("java");
const javac = find("javac");

/** Java's own TLS, in a program of ours. */
export const jsse: Peer = {
  name: "Java JSSE",
  version: javac === undefined ? undefined : versionOf(java, ["-version"], /version "([^"]+)"/),
  about:
    "SSLServerSocket in programs/Echo.java, which sends back what it gets, and calls startHandshake() for a KeyUpdate",
  lacks: {
    ...lacking("JSSE has no early data", ...earlyData),
    ...lacking("not in its API", ...externalPsks),
  },
  start: async ({ chain, clientRoots }) => {
    const program = build("Java", "Echo.java", (source, made) => {
      run([...(javac as Command), "-d", made, source]);
    });
    const folder = temporaryFolder();
    const args = [pkcs12(folder, chain.chainPem, chain.leafKeyPem, "password")];
    if (clientRoots !== undefined) args.push(folder.file("clients.pem", clientRoots));
    const { port, close } = await serve(
      [...(java as Command), "-XX:+UseSerialGC", "-cp", program, "Echo", ...args],
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

/** A file of a certificate chain and its key, by openssl. */
export function pkcs12(
  folder: ReturnType<typeof temporaryFolder>,
  chainPem: string,
  keyPem: string,
  password: string,
): string {
  const made = join(folder.path, "server.p12");
  run([
    ...["openssl", "pkcs12", "-export", "-name", "server", "-out", made, "-passout", `pass:${password}`],
    ...["-in", folder.file("chain.pem", chainPem), "-inkey", folder.file("key.pem", keyPem)],
  ] as unknown as Command);
  return made;
}
