import { earlyData, externalPsks, hybrids, lacking, type Peer } from "./peer.ts";
import { build, type Command, find, pkcs12, run, serve, temporaryFolder, versionOf } from "./process.ts";
import { echo } from "./talks.ts";

const java = find("java");
const javac = find("javac");

const made = (): string =>
  build("Java", "Echo.java", (source, program) => {
    run([...(javac as Command), "-d", program, source]);
  });

/** Java's own TLS, in a program of ours. */
export const jsse: Peer = {
  name: "Java JSSE",
  version: javac === undefined ? undefined : versionOf(java, ["-version"], /version "([^"]+)"/),
  about:
    "SSLServerSocket in programs/Echo.java, which sends back what it gets, and calls startHandshake() for a KeyUpdate",
  lacks: {
    ...lacking("JSSE has no early data", ...earlyData),
    ...lacking("not in its API", ...externalPsks),
    ...lacking("this version has no ML-KEM", ...hybrids),
  },
  prepare: made,
  start: async ({ chain, clientRoots }) => {
    const program = made();
    const folder = temporaryFolder();
    const args = [pkcs12(folder, chain)];
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
