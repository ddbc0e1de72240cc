import { type Bytes, concat, fromHex } from "../../wire/bytes.ts";
import type { CurveGroup } from "../groups.ts";
import type { Curve } from "../publicKey.ts";

// How keys are dressed for the runtimes: each takes only some forms, and some of those cost ten times the others.

function tlv(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  const content = concat(...contents);
  const { length } = content;
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >>> 8, length & 0xff];
  return concat(new Uint8Array(head), content);
}

const sequence = (...contents: readonly Uint8Array[]): Bytes => tlv(0x30, ...contents);

// RFC 8017 §A.1: rsaEncryption, with its NULL.
const rsaEncryption = fromHex("300d06092a864886f70d0101010500");

// RFC 5480 §2.1: id-ecPublicKey with the curve, as an AlgorithmIdentifier.
const ecAlgorithm: Readonly<Record<Curve, Bytes>> = {
  "P-256": fromHex("301306072a8648ce3d020106082a8648ce3d030107"),
  "P-384": fromHex("301006072a8648ce3d020106052b81040022"),
  "P-521": fromHex("301006072a8648ce3d020106052b81040023"),
};

const x25519Algorithm = fromHex("300506032b656e");

const bitString = (bytes: Uint8Array): Bytes => tlv(0x03, new Uint8Array(1), bytes);

/** RSAPublicKey (RFC 8017 §A.1.1), written in place: one is made for every key that is imported. */
export function rsaPkcs1(modulus: Uint8Array, exponent: Uint8Array): Bytes {
  const content = elementLength(integerLength(modulus)) + elementLength(integerLength(exponent));
  const encoded = new Uint8Array(elementLength(content));
  const inside = writeHead(encoded, 0, 0x30, content);
  writeInteger(encoded, writeInteger(encoded, inside, modulus), exponent);
  return encoded;
}

/** Where the digits of a magnitude begin: zeros in front of them mean nothing, but of zero one stays. */
function firstDigit(magnitude: Uint8Array): number {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  return start;
}

/** With a zero in front where the first bit would be read as a sign; no bytes are zero. */
function integerLength(magnitude: Uint8Array): number {
  const start = firstDigit(magnitude);
  return magnitude.length - start + ((magnitude[start] ?? 0x80) >= 0x80 ? 1 : 0);
}

const elementLength = (content: number): number => content + (content < 0x80 ? 2 : content < 0x100 ? 3 : 4);

/** @returns where the contents begin */
function writeHead(into: Uint8Array, at: number, tag: number, length: number): number {
  let next = at;
  into[next++] = tag;
  if (length >= 0x100) {
    into[next++] = 0x82;
    into[next++] = length >>> 8;
  } else if (length >= 0x80) into[next++] = 0x81;
  into[next++] = length;
  return next;
}

/** @returns where the integer ends */
function writeInteger(into: Uint8Array, at: number, magnitude: Uint8Array): number {
  const length = integerLength(magnitude);
  const end = writeHead(into, at, 0x02, length) + length;
  const start = firstDigit(magnitude);
  into.set(start === 0 ? magnitude : magnitude.subarray(start), end - (magnitude.length - start));
  return end;
}

/** A SubjectPublicKeyInfo under rsaEncryption, whatever the key was under: WebCrypto takes no other. */
export function rsaSpki(modulus: Uint8Array, exponent: Uint8Array): Bytes {
  return sequence(rsaEncryption, bitString(rsaPkcs1(modulus, exponent)));
}

export function ecSpki(curve: Curve, point: Uint8Array): Bytes {
  return sequence(ecAlgorithm[curve], bitString(point));
}

const zero = fromHex("020100");
const one = fromHex("020101");

/** PKCS#8 without the public key, which RFC 5915 §3 and RFC 8410 §7 leave optional. */
export function pkcs8(group: CurveGroup, privateKey: Uint8Array): Bytes {
  const key = tlv(0x04, privateKey);
  return group === "x25519"
    ? sequence(zero, x25519Algorithm, tlv(0x04, key))
    : sequence(zero, ecAlgorithm[curveOf[group]], tlv(0x04, sequence(one, key)));
}

export type EcGroup = Exclude<CurveGroup, "x25519">;

export const curveOf: Readonly<Record<EcGroup, Curve>> = {
  secp256r1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

export const coordinateLength: Readonly<Record<Curve, number>> = { "P-256": 32, "P-384": 48, "P-521": 66 };
