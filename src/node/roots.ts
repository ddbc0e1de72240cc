import { readFileSync } from "node:fs";
import tls from "node:tls";
import { createTrustStore, type TrustStore } from "../trust/trustStore.ts";
import { localError, TlsError } from "../wire/error.ts";

/** Files of more roots: what OpenSSL's programs honour, and what Node does. */
const variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] as const;

let store: TrustStore | undefined;

/**
 * The roots that Node trusts, and those in the files that SSL_CERT_FILE and NODE_EXTRA_CA_CERTS name. Gathered once, when
 * first asked for; the certificates are read when a chain asks for them. Those whose keys are on Mozilla's list are held to
 * the rules of the web and to Mozilla's limits, all others to the rules for private roots.
 *
 * @throws TlsError `invalid_option` for a file that can't be read or holds no certificate
 */
export function systemRoots(): TrustStore {
  store ??= createTrustStore([...nodeRoots(), ...variables.flatMap(extraRoots)]);
  return store;
}

// From Node 22.15 on; with "default", the roots of Node's options (--use-system-ca, --use-openssl-ca) are among them.
const getCACertificates = (tls as { getCACertificates?: (type: "default") => readonly string[] })
  .getCACertificates;

function nodeRoots(): readonly string[] {
  return getCACertificates?.("default") ?? tls.rootCertificates;
}

function extraRoots(variable: (typeof variables)[number]): readonly string[] {
  const file = process.env[variable];
  if (file === undefined || file === "") return [];
  try {
    const text = readFileSync(file, "latin1");
    createTrustStore([text]);
    return [text];
  } catch (error) {
    const why = error instanceof TlsError ? error.message.replace(/^roots: /, "") : (error as Error).message;
    throw localError("invalid_option", `${variable}: can't take roots from ${file}: ${why}`, error);
  }
}
