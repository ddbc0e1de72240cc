import { DerCursor, type Span } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { matches, objectIdentifier } from "../der/objectIdentifier.ts";
import { tags } from "../der/tags.ts";
import type { Bytes } from "../wire/bytes.ts";
import { readPssParameters, rsassaPss } from "./pssParameters.ts";
import type { Curve, PublicKey } from "./publicKey.ts";

/** A public key that is well written, and of a kind that nothing here can use. */
export class UnsupportedKeyError extends Error {
  override readonly name = "UnsupportedKeyError";
  /** The contents of the object identifier of its kind, or of its curve; undefined where that is not what is wrong. */
  readonly identifier: Bytes | undefined;

  constructor(message: string, identifier?: Bytes) {
    super(message);
    this.identifier = identifier;
  }
}

const rsaEncryption = objectIdentifier("1.2.840.113549.1.1.1");
const ecPublicKey = objectIdentifier("1.2.840.10045.2.1");
const ed25519 = objectIdentifier("1.3.101.112");

/** RFC 5480 §2.1.1.1, with the bytes of a coordinate. */
const curves: readonly { readonly curve: Curve; readonly identifier: Bytes; readonly size: number }[] = [
  { curve: "P-256", identifier: objectIdentifier("1.2.840.10045.3.1.7"), size: 32 },
  { curve: "P-384", identifier: objectIdentifier("1.3.132.0.34"), size: 48 },
  { curve: "P-521", identifier: objectIdentifier("1.3.132.0.35"), size: 66 },
];

/**
 * Takes a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) apart; the parts are views of it. How long an RSA key must be, and
 * whether a point is on its curve, is not decided here.
 *
 * @throws DerError where it is not what the RFCs say, UnsupportedKeyError where it is, but of another kind
 */
export function parsePublicKey(spki: Bytes): PublicKey {
  const cursor = new DerCursor(spki);
  const key = readPublicKey(cursor);
  cursor.finish();
  return key;
}

/** The same at the place where a cursor stands, which has to be one over {@link Bytes}. */
export function readPublicKey(cursor: DerCursor): PublicKey {
  const bytes = cursor.bytes as Bytes;
  const start = cursor.offset;
  const info = cursor.enter(tags.sequence);
  const algorithm = info.enter(tags.sequence);
  const kind = algorithm.objectIdentifier();
  // Read before the parameters are judged, so that an element that is broken is called that.
  const key = info.bitString();
  info.finish();
  const spki = bytes.subarray(start, cursor.offset);

  if (matches(bytes, kind, rsaEncryption)) {
    // RFC 4055 §1.2: NULL, which is not the same as nothing.
    algorithm.null();
    algorithm.finish();
    return { kind: "rsa", spki, ...readRsaKey(bytes, key) };
  }
  if (matches(bytes, kind, ecPublicKey)) return readEcKey(bytes, algorithm, key, spki);
  if (matches(bytes, kind, ed25519)) {
    // RFC 8410 §3: no parameters.
    algorithm.finish();
    if (key.end - key.start !== 32) throw new DerError("an Ed25519 key not of 32 bytes", key.start);
    return { kind: "ed25519", spki, key: bytes.subarray(key.start, key.end) };
  }
  if (matches(bytes, kind, rsassaPss)) {
    const parameters = algorithm.atEnd ? undefined : readPssParameters(algorithm);
    algorithm.finish();
    const numbers = readRsaKey(bytes, key);
    if (parameters?.hash === null) {
      throw new UnsupportedKeyError("RSASSA-PSS key for such parameters");
    }
    return { kind: "rsa-pss", spki, ...numbers, restriction: parameters };
  }
  if (!algorithm.atEnd) algorithm.skipAny();
  algorithm.finish();
  throw unsupported(bytes, kind);
}

/** RSAPublicKey (RFC 8017 §A.1.1): both numbers are positive. */
function readRsaKey(bytes: Bytes, key: Span): { readonly modulus: Bytes; readonly exponent: Bytes } {
  const cursor = new DerCursor(bytes, key.start, key.end);
  const numbers = cursor.enter(tags.sequence);
  cursor.finish();
  const modulus = numbers.unsigned();
  const exponent = numbers.unsigned();
  numbers.finish();
  if (bytes[modulus.start] === 0 || bytes[exponent.start] === 0) {
    throw new DerError("an RSA key of zero", modulus.start);
  }
  return {
    modulus: bytes.subarray(modulus.start, modulus.end),
    exponent: bytes.subarray(exponent.start, exponent.end),
  };
}

/** RFC 5480 §2.1.1: a named curve, and no other form of parameters. */
function readEcKey(bytes: Bytes, algorithm: DerCursor, key: Span, spki: Bytes): PublicKey {
  if (algorithm.nextTag === tags.sequence) {
    throw new UnsupportedKeyError("a curve spelled out");
  }
  const named = algorithm.objectIdentifier();
  algorithm.finish();
  const row = curves.find(({ identifier }) => matches(bytes, named, identifier));
  if (row === undefined) throw unsupported(bytes, named);
  // RFC 5480 §2.2: the first byte tells the form; the compressed ones are optional, and not for TLS (RFC 9846 §4.3.8.2).
  const form = bytes[key.start];
  if ((form === 2 || form === 3) && key.end - key.start === 1 + row.size) {
    throw new UnsupportedKeyError("a compressed point");
  }
  if (form !== 4 || key.end - key.start !== 1 + 2 * row.size) {
    throw new DerError(`no uncompressed point of ${row.curve}`, key.start);
  }
  return { kind: "ec", spki, curve: row.curve, point: bytes.subarray(key.start, key.end) };
}

function unsupported(bytes: Bytes, { start, end }: Span): UnsupportedKeyError {
  return new UnsupportedKeyError("keys of this kind are not supported", bytes.subarray(start, end));
}
