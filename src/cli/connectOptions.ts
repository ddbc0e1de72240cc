import { closeSync, openSync, writeSync } from "node:fs";
import { type ClientOptions, checkOptions } from "../connection/options.ts";
import { defaultProvider } from "../crypto/provider/node.ts";
import type { ClientIdentity } from "../identity/clientIdentity.ts";
import { createClientIdentity } from "../node/clientIdentity.ts";
import { createServerVerifier, trustAnything } from "../trust/serverVerifier.ts";
import type { PresentedCertificates, ServerVerifier } from "../trust/verifier.ts";
import { TlsError } from "../wire/error.ts";
import { parseReferenceName, type ReferenceName } from "../x509/names.ts";
import { stapledOcsp } from "../x509/revocation/index.ts";
import type { ConnectCommand } from "./connectArguments.ts";
import { firstLine, orUsage, readInput } from "./files.ts";
import { type Judgement, judge } from "./judgement.ts";
import { crlChecks, rootsFrom } from "./trustOptions.ts";
import { UsageError } from "./usageError.ts";

/** The library's names for what the command line calls otherwise. */
const optionNames: Readonly<Record<string, string>> = {
  alpn: "--alpn",
  cipherSuites: "--ciphers",
  groups: "--groups",
  keyShares: "--key-shares",
  signatureSchemes: "--sigalgs",
  handshakeTimeout: "--timeout",
  psks: "--psk",
  "psks[0].identity": "--psk-identity",
  "psks[0].key": "--psk",
};

export type Offer = Pick<
  ClientOptions,
  "alpn" | "cipherSuites" | "groups" | "keyShares" | "signatureSchemes" | "psks"
>;

/** What is offered: the lists that were given, checked before anything is sent. @throws UsageError */
export function offerOptions(command: ConnectCommand, verifier: ServerVerifier): Offer {
  const { alpn, cipherSuites, groups, keyShares, signatureSchemes } = command;
  const psks = command.psk && [command.psk];
  const given = Object.entries({ alpn, cipherSuites, groups, keyShares, signatureSchemes, psks });
  // The names are checked by the library, which knows what there is.
  const lists = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Offer;
  checked({ ...lists, serverName: command.servername ?? command.host, verifier }, command);
  return lists;
}

function checked(options: ClientOptions, { servername }: ConnectCommand): void {
  try {
    checkOptions(options, defaultProvider);
  } catch (error) {
    if (!(error instanceof TlsError && error.code === "invalid_option")) throw error;
    const [, option, words] = /^([\w[\].]+): (.*)$/s.exec(error.message) ?? [];
    if (option === "serverName")
      throw new UsageError(`${servername === undefined ? "HOST" : "--servername"}: ${words}`);
    throw new UsageError(option === undefined ? error.message : `${optionNames[option] ?? option}: ${words}`);
  }
}

/** A verifier that can tell of what it refused more than an error holds. */
export type ExplainingVerifier = ServerVerifier & {
  /** The last verdict anew, as data; undefined where nothing was judged. */
  readonly explain?: () => Promise<Judgement | undefined>;
};

/** @throws UsageError on a file that is not there, or does not hold what it should */
export function verifierFor(command: ConnectCommand): ExplainingVerifier {
  const { insecure, caFiles, crlFiles, profile } = command;
  if (insecure) return trustAnything();
  const roots = rootsFrom(caFiles);
  const checks = [stapledOcsp(), ...crlChecks(crlFiles)];
  const verify = createServerVerifier({ roots, profile, checks });
  let last: PresentedCertificates | undefined;
  const verifier: ServerVerifier = (presented) => {
    last = presented;
    return verify(presented);
  };
  const explain = async (): Promise<Judgement | undefined> => {
    if (last === undefined) return undefined;
    const { chain, serverName, time, ocspResponse, signedCertificateTimestamps } = last;
    return judge({
      chain,
      question: {
        time: Math.floor(time / 1000),
        // A connection has begun only with a name that can be read.
        wanted: parseReferenceName(serverName) as ReferenceName,
        purpose: "server",
        profile,
        maxIntermediates: undefined,
      },
      roots,
      checks,
      evidence: { ocspResponse, signedCertificateTimestamps },
      caFiles,
    });
  };
  return Object.assign(verifier, { explain });
}

export interface KeyLogFile {
  readonly log: (line: string) => void;
  readonly close: () => void;
}

/** Appends to the file of --keylog. @throws UsageError if that can't be */
export function openKeyLog(option: string, file: string): KeyLogFile {
  // Whoever can read it can read the connection.
  const descriptor = orUsage(`${option}: can't write ${file}`, () => openSync(file, "a", 0o600));
  return {
    log: (line) => {
      writeSync(descriptor, `${line}\n`);
    },
    close: () => closeSync(descriptor),
  };
}

/** Who the client is, where a server asks. @throws UsageError on files that can't be read, or do not belong together */
export function identityFor({
  certFile,
  keyFile,
  passphraseFile,
}: ConnectCommand): ClientIdentity | undefined {
  if (certFile === undefined) {
    if (keyFile !== undefined) throw new UsageError("--key: expected the certificate of that key as --cert");
    if (passphraseFile !== undefined) throw new UsageError("--passphrase-file goes with --cert and --key");
    return undefined;
  }
  const cert = readInput("--cert", certFile);
  const key = keyFile === undefined ? cert : readInput("--key", keyFile);
  const passphrase =
    passphraseFile === undefined ? undefined : firstLine("--passphrase-file", passphraseFile);
  try {
    return createClientIdentity({ cert, key, passphrase });
  } catch (error) {
    if (!(error instanceof TlsError && error.code === "invalid_option")) throw error;
    if (error.message.startsWith("passphrase: ")) {
      throw new UsageError("--key: it is encrypted; expected its passphrase as --passphrase-file");
    }
    throw new UsageError(error.message.replace(/^(?=\w+: )/, "--"));
  }
}
