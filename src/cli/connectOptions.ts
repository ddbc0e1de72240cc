import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { type CheckedOptions, type ClientOptions, checkOptions } from "../connection/options.ts";
import { defaultProvider } from "../crypto/provider/node.ts";
import { tags } from "../der/tags.ts";
import type { ClientIdentity } from "../identity/clientIdentity.ts";
import { createClientIdentity } from "../node/clientIdentity.ts";
import { systemRoots } from "../node/roots.ts";
import { createServerVerifier, trustAnything } from "../trust/serverVerifier.ts";
import { createTrustStore, type TrustStore } from "../trust/trustStore.ts";
import type { ServerVerifier } from "../trust/verifier.ts";
import { TlsError } from "../wire/error.ts";
import { certificateBlocks } from "../x509/pem.ts";
import type { ConnectCommand } from "./arguments.ts";
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

function checked(options: ClientOptions, { servername }: ConnectCommand): CheckedOptions {
  try {
    return checkOptions(options, defaultProvider);
  } catch (error) {
    if (!(error instanceof TlsError && error.code === "invalid_option")) throw error;
    const [, option, words] = /^([\w[\].]+): (.*)$/s.exec(error.message) ?? [];
    if (option === "serverName")
      throw new UsageError(`${servername === undefined ? "HOST" : "--servername"}: ${words}`);
    throw new UsageError(option === undefined ? error.message : `${optionNames[option] ?? option}: ${words}`);
  }
}

/** @throws UsageError on a file that is not there, or holds no certificate */
export function verifierFor({ insecure, caFiles }: ConnectCommand): ServerVerifier {
  if (insecure) return trustAnything();
  const roots = caFiles.length === 0 ? rootsOfSystem() : createTrustStore(caFiles.map(readRoots));
  return createServerVerifier({ roots });
}

/** Who the client is, where a server asks. @throws UsageError on files that can't be read, or do not belong together */
export function identityFor({ certFile, keyFile }: ConnectCommand): ClientIdentity | undefined {
  if (certFile === undefined) {
    if (keyFile !== undefined) throw new UsageError("--key: expected the certificate of that key as --cert");
    return undefined;
  }
  const cert = orUsage(`--cert: can't read ${certFile}`, () => readFileSync(certFile));
  const key =
    keyFile === undefined ? cert : orUsage(`--key: can't read ${keyFile}`, () => readFileSync(keyFile));
  try {
    return createClientIdentity({ cert, key });
  } catch (error) {
    if (!(error instanceof TlsError && error.code === "invalid_option")) throw error;
    if (error.message.startsWith("passphrase: ")) {
      throw new UsageError("--key: it is encrypted; expected one that is not");
    }
    throw new UsageError(error.message.replace(/^(?=\w+: )/, "--"));
  }
}

function rootsOfSystem(): TrustStore {
  try {
    return systemRoots();
  } catch (error) {
    // A file of SSL_CERT_FILE or NODE_EXTRA_CA_CERTS.
    if (error instanceof TlsError && error.code === "invalid_option") throw new UsageError(error.message);
    throw error;
  }
}

function readRoots(file: string): Uint8Array {
  const bytes = orUsage(`--ca: can't read ${file}`, () => readFileSync(file));
  if (!holdsCertificate(bytes)) {
    throw new UsageError(`--ca: ${file} holds no certificate that can be read, in PEM or DER`);
  }
  return bytes;
}

/** One that can be read is enough: bundles are old, and some of what is in them is not to today's rules. */
function holdsCertificate(bytes: Uint8Array): boolean {
  try {
    const store = createTrustStore([bytes]);
    const isDer = bytes[0] === tags.sequence;
    const count = isDer ? 1 : certificateBlocks(new TextDecoder().decode(bytes)).length;
    return store.unreadable().length < count;
  } catch (error) {
    if (error instanceof TlsError) return false;
    throw error;
  }
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

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  EROFS: "the file system is read-only",
};

/** @throws UsageError with `what`, and why, if that fails */
export function orUsage<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${what}: ${reasons[code ?? ""] ?? message}`);
  }
}
