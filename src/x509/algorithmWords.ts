import { readPssParameters } from "../crypto/pssParameters.ts";
import { DerCursor, type Span } from "../der/cursor.ts";
import { dottedForm } from "../der/objectIdentifier.ts";
import { tags } from "../der/tags.ts";
import type { Certificate, UnsupportedKey } from "./certificate.ts";
import { bitLength } from "./keyStrength.ts";

/** Kinds of keys and curves that are met and can't be used. */
const keyNames = new Map([
  ["1.2.840.10040.4.1", "DSA"],
  ["1.2.840.10046.2.1", "Diffie-Hellman"],
  ["1.3.101.110", "X25519"],
  ["1.3.101.111", "X448"],
  ["1.3.101.113", "Ed448"],
  ["1.2.840.10045.3.1.1", "the curve P-192"],
  ["1.3.132.0.33", "the curve P-224"],
  ["1.3.132.0.10", "the curve secp256k1"],
  ["1.3.36.3.3.2.8.1.1.7", "the curve brainpoolP256r1"],
  ["1.3.36.3.3.2.8.1.1.11", "the curve brainpoolP384r1"],
  ["1.3.36.3.3.2.8.1.1.13", "the curve brainpoolP512r1"],
  ["2.16.840.1.101.3.4.3.17", "ML-DSA-44"],
  ["2.16.840.1.101.3.4.3.18", "ML-DSA-65"],
  ["2.16.840.1.101.3.4.3.19", "ML-DSA-87"],
]);

const signatureNames = new Map([
  ["1.2.840.113549.1.1.2", "RSA with MD2"],
  ["1.2.840.113549.1.1.4", "RSA with MD5"],
  ["1.2.840.113549.1.1.5", "RSA with SHA-1"],
  ["1.3.14.3.2.29", "RSA with SHA-1"],
  ["1.2.840.113549.1.1.11", "RSA PKCS#1 v1.5 with SHA-256"],
  ["1.2.840.113549.1.1.12", "RSA PKCS#1 v1.5 with SHA-384"],
  ["1.2.840.113549.1.1.13", "RSA PKCS#1 v1.5 with SHA-512"],
  ["1.2.840.113549.1.1.14", "RSA with SHA-224"],
  ["1.2.840.10045.4.1", "ECDSA with SHA-1"],
  ["1.2.840.10045.4.3.1", "ECDSA with SHA-224"],
  ["1.2.840.10045.4.3.2", "ECDSA with SHA-256"],
  ["1.2.840.10045.4.3.3", "ECDSA with SHA-384"],
  ["1.2.840.10045.4.3.4", "ECDSA with SHA-512"],
  ["1.2.840.10040.4.3", "DSA with SHA-1"],
  ["2.16.840.1.101.3.4.3.1", "DSA with SHA-224"],
  ["2.16.840.1.101.3.4.3.2", "DSA with SHA-256"],
  ["1.3.101.112", "Ed25519"],
  ["1.3.101.113", "Ed448"],
  ["2.16.840.1.101.3.4.3.17", "ML-DSA-44"],
  ["2.16.840.1.101.3.4.3.18", "ML-DSA-65"],
  ["2.16.840.1.101.3.4.3.19", "ML-DSA-87"],
]);
const rsassaPss = "1.2.840.113549.1.1.10";

/** `ECDSA with SHA-256`, `RSASSA-PSS with SHA-1`. */
export function signatureInWords({ der, signatureAlgorithmSpan }: Certificate): string {
  const algorithm = algorithmAt(der, signatureAlgorithmSpan);
  const dotted = dottedForm(der, algorithm.objectIdentifier());
  if (dotted !== rsassaPss) return signatureNames.get(dotted) ?? `the algorithm ${dotted}`;
  const parameters = readPssParameters(algorithm);
  if (parameters.hash !== null) {
    const { hash, saltLength } = parameters;
    const isUsual = Number(hash.slice(4)) === 8 * saltLength;
    return `RSASSA-PSS with ${hash}${isUsual ? "" : ` and ${saltLength} bytes of salt`}`;
  }
  const [hash, maskHash] = parameters.hashes;
  const inWords = (one: string): string => (one === "another" ? "another hash" : one);
  const mask = maskHash === hash ? "" : ` and MGF1 over ${inWords(maskHash)}`;
  return `RSASSA-PSS with ${inWords(hash)}${mask}`;
}

function algorithmAt(der: Uint8Array, { start, end }: Span): DerCursor {
  return new DerCursor(der, start, end).enter(tags.sequence);
}

/** `EC P-256`, `RSA 2048`. */
export function keyInWords(key: Certificate["publicKey"]): string {
  switch (key.kind) {
    case "ec":
      return `EC ${key.curve}`;
    case "ed25519":
      return "Ed25519";
    case "rsa":
      return `RSA ${bitLength(key.modulus)}`;
    case "rsa-pss":
      return `RSASSA-PSS ${bitLength(key.modulus)}`;
    case "unsupported":
      return unsupportedInWords(key);
  }
}

function unsupportedInWords({ says, identifier }: UnsupportedKey): string {
  if (identifier === undefined) return says;
  const dotted = dottedForm(identifier, { start: 0, end: identifier.length });
  return `keys of ${keyNames.get(dotted) ?? `the kind ${dotted}`} are not supported`;
}
