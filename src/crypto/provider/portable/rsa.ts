import { type Bytes, concat, equal, fromHex, toHex } from "../../../wire/bytes.ts";
import type { HashName } from "../../hashName.ts";
import type { Hash } from "../../provider.ts";
import type { SignatureAlgorithm } from "../../signatureSchemes.ts";
import { portableHashes } from "./hashes.ts";

// RSA signatures, verified with BigInt where there is no WebCrypto: no @noble package has RSA. Everything here is public (key,
// message, signature), so that nothing is lost where the time that it takes tells them.

type RsaAlgorithm = Extract<SignatureAlgorithm, { kind: "rsa-pss" | "rsa-pkcs1" }>;

/** A stranger's key must not keep us busy: the runtimes, too, refuse larger ones. Bytes. */
const longestModulus = 2048;
const longestExponent = 8;

/** RFC 8017 §8.1.2 and §8.2.2; MGF1 runs over the hash of the signature. */
export function portableRsaVerify(
  algorithm: RsaAlgorithm,
  modulus: Uint8Array,
  exponent: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const n = toInteger(modulus);
  const bits = n.toString(2).length;
  const length = Math.ceil(bits / 8);
  if (n < 3n || length > longestModulus || exponent.length > longestExponent) return false;
  const s = toInteger(signature);
  if (signature.length !== length || s >= n) return false;
  const encoded = toBytes(power(s, toInteger(exponent), n), length);
  const hash = portableHashes[algorithm.hash];
  const digest = hash.digest(message);
  return algorithm.kind === "rsa-pkcs1"
    ? equal(encoded, pkcs1Encoding(algorithm.hash, digest, length))
    : isPssEncoding(encoded, bits - 1, digest, hash, algorithm.saltLength);
}

/** RFC 8017 §9.2 note 1: DigestInfo up to the digest. */
const digestInfo: Readonly<Record<HashName, Bytes>> = {
  "SHA-256": fromHex("3031300d060960864801650304020105000420"),
  "SHA-384": fromHex("3041300d060960864801650304020205000430"),
  "SHA-512": fromHex("3051300d060960864801650304020305000440"),
};

/** RFC 8017 §9.2: made anew and compared, so that there is nothing to parse and one encoding only. */
function pkcs1Encoding(hash: HashName, digest: Uint8Array, length: number): Bytes {
  const info = concat(digestInfo[hash], digest);
  // Eight bytes of padding at least; where they do not fit, no signature is as long as this.
  const padding = new Uint8Array(Math.max(8, length - info.length - 3)).fill(0xff);
  return concat(new Uint8Array([0, 1]), padding, new Uint8Array(1), info);
}

/** RFC 8017 §9.1.2 */
function isPssEncoding(
  encoded: Uint8Array,
  bits: number,
  digest: Uint8Array,
  hash: Hash,
  saltLength: number,
): boolean {
  const length = Math.ceil(bits / 8);
  // The modulus may begin a byte earlier than its greatest encoding.
  if (encoded.length > length && encoded[0] !== 0) return false;
  const em = encoded.subarray(encoded.length - length);
  const dbLength = length - hash.length - 1;
  const zeros = dbLength - saltLength - 1;
  if (zeros < 0 || em[length - 1] !== 0xbc) return false;
  const expected = em.subarray(dbLength, length - 1);
  const mask = mgf1(expected, dbLength, hash);
  const db = em.slice(0, dbLength).map((byte, i) => byte ^ (mask[i] as number));
  const unusedBits = 8 * length - bits;
  const highest = 0xff >> unusedBits;
  if (((em[0] as number) & ~highest) !== 0) return false;
  db[0] = (db[0] as number) & highest;
  if (db.subarray(0, zeros).some((byte) => byte !== 0) || db[zeros] !== 1) return false;
  const salt = db.subarray(zeros + 1);
  return equal(hash.digest(concat(new Uint8Array(8), digest, salt)), expected);
}

/** RFC 8017 §B.2.1 */
function mgf1(seed: Uint8Array, length: number, hash: Hash): Bytes {
  const parts: Bytes[] = [];
  for (let counter = 0; counter * hash.length < length; counter++) {
    // A modulus of 2048 bytes asks for fewer than 256 parts.
    parts.push(hash.digest(concat(seed, new Uint8Array([0, 0, 0, counter]))));
  }
  return concat(...parts).subarray(0, length);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % modulus) {
    if (rest & 1n) result = (result * square) % modulus;
  }
  return result;
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x0${toHex(bytes)}`);
}

function toBytes(value: bigint, length: number): Bytes {
  return fromHex(value.toString(16).padStart(2 * length, "0"));
}
