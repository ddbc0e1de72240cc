import { DerCursor } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { dottedForm, objectIdentifier as identifierOf, matches } from "../der/objectIdentifier.ts";
import { constructed, tags } from "../der/tags.ts";
import {
  bitString,
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
} from "../der/writer.ts";
import type { Bytes } from "../wire/bytes.ts";
import { UnsupportedKeyError } from "./parsePublicKey.ts";
import { rsassaPss } from "./pssParameters.ts";
import type { Curve, PublicKey } from "./publicKey.ts";

/** A private key as WebCrypto takes it, with what it tells of its public half. */
export interface PrivateKey {
  /** RSA keys are all under rsaEncryption: WebCrypto takes none under id-RSASSA-PSS. */
  readonly pkcs8: Bytes;
  readonly kind: "rsa" | "ec" | "ed25519";
  /** Undefined for a key of no curve that has a choice. */
  readonly curve: Curve | undefined;
  /** Whether it is the other half of a public key, as far as it tells. */
  readonly fits: (key: PublicKey) => boolean;
}

/** How a private key is written: PKCS#8 (RFC 5958), encrypted or not, SEC 1 (RFC 5915), PKCS#1 (RFC 8017 §A.1.2). */
export type PrivateKeyForm = "pkcs8" | "encrypted" | "sec1" | "pkcs1";

const rsaEncryption = "1.2.840.113549.1.1.1";
const ecPublicKey = "1.2.840.10045.2.1";
const ed25519 = "1.3.101.112";
const rsaIdentifiers = [identifierOf(rsaEncryption), rsassaPss];
const ecIdentifier = identifierOf(ecPublicKey);
const ed25519Identifier = identifierOf(ed25519);

const curves: readonly { readonly curve: Curve; readonly dotted: string }[] = [
  { curve: "P-256", dotted: "1.2.840.10045.3.1.7" },
  { curve: "P-384", dotted: "1.3.132.0.34" },
  { curve: "P-521", dotted: "1.3.132.0.35" },
];

/** Told by what stands first, or second where that is a version. @throws DerError */
export function privateKeyForm(der: Bytes): PrivateKeyForm {
  const fields = new DerCursor(der).enter(tags.sequence);
  if (fields.nextTag === tags.sequence) return "encrypted";
  fields.smallInteger();
  switch (fields.nextTag) {
    case tags.sequence:
      return "pkcs8";
    case tags.octetString:
      return "sec1";
    case tags.integer:
      return "pkcs1";
    default:
      throw fields.error("a private key in none of the forms PKCS#8, SEC 1 and PKCS#1");
  }
}

/** @throws DerError where it is none, UnsupportedKeyError where it is encrypted, or of a kind that can't sign here */
export function parsePrivateKey(der: Bytes): PrivateKey {
  switch (privateKeyForm(der)) {
    case "encrypted":
      throw new UnsupportedKeyError("an encrypted private key is not supported on this runtime");
    case "sec1":
      return ecKey(der, undefined);
    case "pkcs1":
      return rsaKey(der);
    case "pkcs8":
      return pkcs8Key(der);
  }
}

function pkcs8Key(der: Bytes): PrivateKey {
  const cursor = new DerCursor(der);
  const info = cursor.enter(tags.sequence);
  cursor.finish();
  info.smallInteger();
  const algorithm = info.enter(tags.sequence);
  const kind = algorithm.objectIdentifier();
  const { start, end } = info.contents(tags.octetString);
  const key = der.subarray(start, end);
  if (rsaIdentifiers.some((one) => matches(der, kind, one))) return rsaKey(key);
  if (matches(der, kind, ecIdentifier)) {
    const named = algorithm.objectIdentifier();
    return ecKey(key, dottedForm(der, named));
  }
  if (matches(der, kind, ed25519Identifier)) return ed25519Key(key);
  throw new UnsupportedKeyError(`a private key of the kind ${dottedForm(der, kind)} is not supported`);
}

/** RSAPrivateKey */
function rsaKey(der: Bytes): PrivateKey {
  const cursor = new DerCursor(der);
  const numbers = cursor.enter(tags.sequence);
  cursor.finish();
  if (numbers.smallInteger() !== 0)
    throw new UnsupportedKeyError("an RSA key of several primes is not supported");
  const modulus = numbers.unsigned();
  const exponent = numbers.unsigned();
  return {
    pkcs8: sequence(integer(0), sequence(objectIdentifier(rsaEncryption), nullElement()), octetString(der)),
    kind: "rsa",
    curve: undefined,
    fits: (key) =>
      (key.kind === "rsa" || key.kind === "rsa-pss") &&
      matches(der, modulus, key.modulus) &&
      matches(der, exponent, key.exponent),
  };
}

/** ECPrivateKey: in PKCS#8 the curve stands outside, elsewhere inside. */
function ecKey(der: Bytes, outside: string | undefined): PrivateKey {
  const cursor = new DerCursor(der);
  const fields = cursor.enter(tags.sequence);
  cursor.finish();
  fields.smallInteger();
  const secret = fields.contents(tags.octetString);
  const parameters = fields.enterOptional(constructed(0));
  const inside = parameters && dottedForm(der, parameters.objectIdentifier());
  const point = fields.enterOptional(constructed(1))?.bitString();
  const named = outside ?? inside;
  if (named === undefined) throw new DerError("an elliptic curve key that does not name its curve", 0);
  const row = curves.find(({ dotted }) => dotted === named);
  if (row === undefined) throw new UnsupportedKeyError(`a key of the curve ${named} is not supported`);
  const publicPart =
    point === undefined ? [] : [element(constructed(1), bitString(der.subarray(point.start, point.end)))];
  return {
    pkcs8: sequence(
      integer(0),
      sequence(objectIdentifier(ecPublicKey), objectIdentifier(row.dotted)),
      octetString(sequence(integer(1), octetString(der.subarray(secret.start, secret.end)), ...publicPart)),
    ),
    kind: "ec",
    curve: row.curve,
    fits: (key) =>
      key.kind === "ec" && key.curve === row.curve && (point === undefined || matches(der, point, key.point)),
  };
}

/** RFC 8410 §7 */
function ed25519Key(der: Bytes): PrivateKey {
  const cursor = new DerCursor(der);
  const { start, end } = cursor.contents(tags.octetString);
  cursor.finish();
  return {
    pkcs8: sequence(
      integer(0),
      sequence(objectIdentifier(ed25519)),
      octetString(octetString(der.subarray(start, end))),
    ),
    kind: "ed25519",
    curve: undefined,
    fits: (key) => key.kind === "ed25519",
  };
}
