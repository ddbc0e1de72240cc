import { systemRoots } from "../node/roots.ts";
import { createTrustStore, type TrustStore } from "../trust/trustStore.ts";
import type { Bytes } from "../wire/bytes.ts";
import { TlsError } from "../wire/error.ts";
import type { PathCheck } from "../x509/pathCheck.ts";
import { certificateBlocks } from "../x509/pem.ts";
import { isDer, textOf } from "../x509/pemOrDer.ts";
import { crls } from "../x509/revocation/index.ts";
import { readInput } from "./files.ts";
import { UsageError } from "./usageError.ts";

/** The roots of the files of --ca; without any, the system's. @throws UsageError */
export function rootsFrom(caFiles: readonly string[]): TrustStore {
  return caFiles.length === 0 ? rootsOfSystem() : createTrustStore(caFiles.map(readRoots));
}

function rootsOfSystem(): TrustStore {
  try {
    return systemRoots();
  } catch (error) {
    // A file of SSL_CERT_FILE or NODE_EXTRA_CA_CERTS.
    if (isInvalidOption(error)) throw new UsageError(error.message);
    throw error;
  }
}

function readRoots(file: string): Bytes {
  const bytes = readInput("--ca", file);
  if (!holdsCertificate(bytes)) {
    throw new UsageError(`--ca: ${file} holds no certificate that can be read, in PEM or DER`);
  }
  return bytes;
}

/** One that can be read is enough: bundles are old, and some of what is in them is not to today's rules. */
function holdsCertificate(bytes: Bytes): boolean {
  try {
    const store = createTrustStore([bytes]);
    const count = isDer(bytes) ? 1 : certificateBlocks(textOf(bytes)).length;
    return store.unreadable().length < count;
  } catch (error) {
    if (error instanceof TlsError) return false;
    throw error;
  }
}

/** The lists of the files of --crl as a check; without any, none. @throws UsageError */
export function crlChecks(crlFiles: readonly string[]): readonly PathCheck[] {
  if (crlFiles.length === 0) return [];
  const lists = crlFiles.map(readCrl);
  // Together, so that those of one issuer make up for each other.
  return [crls(lists)];
}

function readCrl(file: string): Bytes {
  const bytes = readInput("--crl", file);
  try {
    crls([bytes]);
    return bytes;
  } catch (error) {
    if (!isInvalidOption(error)) throw error;
    throw new UsageError(`--crl: ${file}: ${error.message.replace(/^crls: /, "")}`);
  }
}

function isInvalidOption(error: unknown): error is TlsError {
  return error instanceof TlsError && error.code === "invalid_option";
}
