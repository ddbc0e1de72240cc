import type { HashName } from "../crypto/hashName.ts";
import { readPssParameters, rsassaPss } from "../crypto/pssParameters.ts";
import type { SignatureAlgorithm } from "../crypto/signatureSchemes.ts";
import type { DerCursor } from "../der/cursor.ts";
import { matches, objectIdentifier } from "../der/objectIdentifier.ts";
import { tags } from "../der/tags.ts";
import type { Bytes } from "../wire/bytes.ts";

/** What a certificate was signed with. */
export interface CertificateSignature {
  /** Undefined where no such signature may count. */
  readonly algorithm: SignatureAlgorithm | undefined;
  /** Whether it is one that can be forged (RFC 9846 §4.5.1.3), and not just one that is unknown here. */
  readonly broken: boolean;
}

interface Row extends CertificateSignature {
  readonly identifier: Bytes;
  /** Whether NULL may stand as parameters; else there are none. */
  readonly mayHaveNull: boolean;
}

const hashLengths: Readonly<Record<HashName, number>> = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };

function row(dotted: string, algorithm: SignatureAlgorithm): Row {
  return {
    identifier: objectIdentifier(dotted),
    // RFC 4055 §5: NULL for RSA, and implementations take its absence too; RFC 5758 §3.2, RFC 8410 §3: none for others.
    mayHaveNull: algorithm.kind === "rsa-pkcs1",
    algorithm,
    broken: false,
  };
}

/** A new algorithm is a row here, and one in the providers. */
const rows: readonly Row[] = [
  row("1.2.840.113549.1.1.11", { kind: "rsa-pkcs1", hash: "SHA-256" }),
  row("1.2.840.10045.4.3.2", { kind: "ecdsa", hash: "SHA-256" }),
  row("1.2.840.10045.4.3.3", { kind: "ecdsa", hash: "SHA-384" }),
  row("1.2.840.113549.1.1.12", { kind: "rsa-pkcs1", hash: "SHA-384" }),
  row("1.2.840.113549.1.1.13", { kind: "rsa-pkcs1", hash: "SHA-512" }),
  row("1.2.840.10045.4.3.4", { kind: "ecdsa", hash: "SHA-512" }),
  row("1.3.101.112", { kind: "ed25519" }),
];

const pss = (hash: HashName): CertificateSignature => ({
  algorithm: { kind: "rsa-pss", hash, saltLength: hashLengths[hash] },
  broken: false,
});
const pssSignatures: Readonly<Record<HashName, CertificateSignature>> = {
  "SHA-256": pss("SHA-256"),
  "SHA-384": pss("SHA-384"),
  "SHA-512": pss("SHA-512"),
};

const unknown: CertificateSignature = { algorithm: undefined, broken: false };
const forgeable: CertificateSignature = { algorithm: undefined, broken: true };

/** RSA with MD2, MD5 and SHA-1 (twice), ECDSA and DSA with SHA-1 (RFC 9846 §4.5.1.3). */
const brokenOnes = [
  "1.2.840.113549.1.1.2",
  "1.2.840.113549.1.1.4",
  "1.2.840.113549.1.1.5",
  "1.3.14.3.2.29",
  "1.2.840.10045.4.1",
  "1.2.840.10040.4.3",
].map(objectIdentifier);

/** An AlgorithmIdentifier of a signature. Known ones have exactly the parameters that their RFC allows. */
export function readSignatureAlgorithm(cursor: DerCursor): CertificateSignature {
  const algorithm = cursor.enter(tags.sequence);
  const { bytes } = algorithm;
  const identifier = algorithm.objectIdentifier();
  for (const row of rows) {
    if (!matches(bytes, identifier, row.identifier)) continue;
    if (row.mayHaveNull && !algorithm.atEnd) algorithm.null();
    algorithm.finish();
    return row;
  }
  if (matches(bytes, identifier, rsassaPss)) {
    // RFC 4055 §3.1: in a signature the parameters have to be there.
    const parameters = readPssParameters(algorithm);
    algorithm.finish();
    if (parameters.hash === null) return parameters.hashes[0] === "SHA-1" ? forgeable : unknown;
    // RFC 9846 §4.3.3: TLS knows of salts as long as the digest only.
    const { hash, saltLength } = parameters;
    return saltLength === hashLengths[hash] ? pssSignatures[hash] : unknown;
  }
  if (!algorithm.atEnd) algorithm.skipAny();
  algorithm.finish();
  return brokenOnes.some((one) => matches(bytes, identifier, one)) ? forgeable : unknown;
}
