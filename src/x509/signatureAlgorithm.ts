import type { HashName } from "../crypto/hashName.ts";
import { readPssParameters, rsassaPss } from "../crypto/pssParameters.ts";
import type { SignatureAlgorithm } from "../crypto/signatureSchemes.ts";
import type { DerCursor } from "../der/cursor.ts";
import { dottedForm, matches, objectIdentifier } from "../der/objectIdentifier.ts";
import { tags } from "../der/tags.ts";
import type { Bytes } from "../wire/bytes.ts";

/** What a certificate was signed with. */
export interface CertificateSignature {
  /** Undefined where no such signature may count. */
  readonly algorithm: SignatureAlgorithm | undefined;
  /** For people. */
  readonly name: string;
  /** Whether it is one that can be forged (RFC 9846 §4.5.1.3), and not just one that is unknown here. */
  readonly broken: boolean;
}

interface Row extends CertificateSignature {
  readonly identifier: Bytes;
  /** Whether NULL has to stand, may stand, or may not stand as parameters. */
  readonly parameters: "null or absent" | "absent";
}

const hashLengths: Readonly<Record<HashName, number>> = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };

const rsa = (dotted: string, hash: HashName): Row => ({
  identifier: objectIdentifier(dotted),
  // RFC 4055 §5: NULL, and implementations take its absence too.
  parameters: "null or absent",
  algorithm: { kind: "rsa-pkcs1", hash },
  name: `RSA PKCS#1 v1.5 with ${hash}`,
  broken: false,
});

const ecdsa = (dotted: string, hash: HashName): Row => ({
  identifier: objectIdentifier(dotted),
  // RFC 5758 §3.2
  parameters: "absent",
  algorithm: { kind: "ecdsa", hash },
  name: `ECDSA with ${hash}`,
  broken: false,
});

/** A new algorithm is a row here, and one in the providers. */
const rows: readonly Row[] = [
  rsa("1.2.840.113549.1.1.11", "SHA-256"),
  ecdsa("1.2.840.10045.4.3.2", "SHA-256"),
  ecdsa("1.2.840.10045.4.3.3", "SHA-384"),
  rsa("1.2.840.113549.1.1.12", "SHA-384"),
  rsa("1.2.840.113549.1.1.13", "SHA-512"),
  ecdsa("1.2.840.10045.4.3.4", "SHA-512"),
  {
    identifier: objectIdentifier("1.3.101.112"),
    // RFC 8410 §3
    parameters: "absent",
    algorithm: { kind: "ed25519" },
    name: "Ed25519",
    broken: false,
  },
];

const pss = (hash: HashName): CertificateSignature => ({
  algorithm: { kind: "rsa-pss", hash, saltLength: hashLengths[hash] },
  name: `RSASSA-PSS with ${hash}`,
  broken: false,
});
const pssSignatures: Readonly<Record<HashName, CertificateSignature>> = {
  "SHA-256": pss("SHA-256"),
  "SHA-384": pss("SHA-384"),
  "SHA-512": pss("SHA-512"),
};

const refused = (name: string, broken: boolean): CertificateSignature => ({
  algorithm: undefined,
  name,
  broken,
});

/** RFC 9846 §4.3.3 and §4.5.1.3: none of these ever counts. */
const refusedSignatures = new Map([
  ["1.2.840.113549.1.1.2", refused("RSA with MD2", true)],
  ["1.2.840.113549.1.1.4", refused("RSA with MD5", true)],
  ["1.2.840.113549.1.1.5", refused("RSA with SHA-1", true)],
  ["1.3.14.3.2.29", refused("RSA with SHA-1", true)],
  ["1.2.840.10045.4.1", refused("ECDSA with SHA-1", true)],
  ["1.2.840.10040.4.3", refused("DSA with SHA-1", true)],
  ["1.2.840.113549.1.1.14", refused("RSA with SHA-224", false)],
  ["1.2.840.10045.4.3.1", refused("ECDSA with SHA-224", false)],
  ["2.16.840.1.101.3.4.3.1", refused("DSA with SHA-224", false)],
  ["2.16.840.1.101.3.4.3.2", refused("DSA with SHA-256", false)],
  ["1.3.101.113", refused("Ed448", false)],
  ["2.16.840.1.101.3.4.3.17", refused("ML-DSA-44", false)],
  ["2.16.840.1.101.3.4.3.18", refused("ML-DSA-65", false)],
  ["2.16.840.1.101.3.4.3.19", refused("ML-DSA-87", false)],
]);

/** An AlgorithmIdentifier of a signature. Known ones have exactly the parameters that their RFC allows. */
export function readSignatureAlgorithm(cursor: DerCursor): CertificateSignature {
  const algorithm = cursor.enter(tags.sequence);
  const { bytes } = algorithm;
  const identifier = algorithm.objectIdentifier();
  for (const row of rows) {
    if (!matches(bytes, identifier, row.identifier)) continue;
    if (row.parameters === "null or absent" && !algorithm.atEnd) algorithm.null();
    algorithm.finish();
    return row;
  }
  if (matches(bytes, identifier, rsassaPss)) {
    // RFC 4055 §3.1: in a signature the parameters have to be there.
    const parameters = readPssParameters(algorithm);
    algorithm.finish();
    const { hash } = parameters;
    if (hash === null) {
      return refused(`RSASSA-PSS with ${parameters.says}`, parameters.says.startsWith("SHA-1"));
    }
    // RFC 9846 §4.3.3: TLS knows of salts as long as the digest only.
    return parameters.saltLength === hashLengths[hash]
      ? pssSignatures[hash]
      : refused(`RSASSA-PSS with ${hash} and ${parameters.saltLength} bytes of salt`, false);
  }
  if (!algorithm.atEnd) algorithm.skipAny();
  algorithm.finish();
  const dotted = dottedForm(bytes, identifier);
  return refusedSignatures.get(dotted) ?? refused(`the algorithm ${dotted}`, false);
}
