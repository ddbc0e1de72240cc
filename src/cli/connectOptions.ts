import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { type CheckedOptions, type ClientOptions, checkOptions } from "../connection/options.ts";
import { defaultProvider } from "../crypto/provider/node.ts";
import { systemRoots } from "../node/roots.ts";
import { createServerVerifier, trustAnything } from "../trust/serverVerifier.ts";
import { createTrustStore } from "../trust/trustStore.ts";
import type { ServerVerifier } from "../trust/verifier.ts";
import { TlsError } from "../wire/error.ts";
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
};

export type Offer = Pick<
  ClientOptions,
  "alpn" | "cipherSuites" | "groups" | "keyShares" | "signatureSchemes"
>;

/** What is offered: the lists that were given, checked before anything is sent. @throws UsageError */
export function offerOptions(command: ConnectCommand, verifier: ServerVerifier): Offer {
  const { alpn, cipherSuites, groups, keyShares, signatureSchemes } = command;
  const given = Object.entries({ alpn, cipherSuites, groups, keyShares, signatureSchemes });
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
    const [, option, words] = /^(\w+): (.*)$/s.exec(error.message) ?? [];
    if (option === "serverName")
      throw new UsageError(`${servername === undefined ? "HOST" : "--servername"}: ${words}`);
    throw new UsageError(option === undefined ? error.message : `${optionNames[option] ?? option}: ${words}`);
  }
}

/** @throws UsageError on a file that is not there, or holds no certificate */
export function verifierFor({ insecure, caFiles }: ConnectCommand): ServerVerifier {
  if (insecure) return trustAnything();
  if (caFiles.length === 0) return createServerVerifier({ roots: systemRoots() });
  return createServerVerifier({ roots: createTrustStore(caFiles.flatMap(readRoots)) });
}

const dash = 0x2d;

function readRoots(file: string): readonly (string | Uint8Array<ArrayBuffer>)[] {
  const bytes = new Uint8Array(orUsage(`--ca: can't read ${file}`, () => readFileSync(file)));
  const text = new TextDecoder().decode(bytes);
  // PEM files may begin with a comment.
  const root = bytes[0] === dash || text.includes("-----BEGIN ") ? text : bytes;
  try {
    createTrustStore([root]);
  } catch {
    throw new UsageError(`--ca: ${file} holds no certificate that can be read, in PEM or DER`);
  }
  return [root];
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

function orUsage<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${what}: ${reasons[code ?? ""] ?? message}`);
  }
}
