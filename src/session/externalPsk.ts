import type { HashName } from "../crypto/hashName.ts";
import { type Bytes, copyOf, equal } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";

/** A key that was agreed upon outside of TLS (RFC 9846 §4.3.11), or imported from one that was (RFC 9258). */
export interface ExternalPsk {
  readonly kind: "external" | "imported";
  /** What the server finds the key by: 1 to 65,535 bytes, sent in the clear. */
  readonly identity: Bytes;
  readonly key: Bytes;
  /** The hash that it belongs to: only suites of that hash can use it. */
  readonly hash: HashName;
}

/**
 * An external PSK, as a caller gives it.
 *
 * - The key proves both sides to each other. It is for one client and one server that never change roles: whoever else
 *   has it can stand in for either (RFC 9257 §4.1). The importer's context can name the two (`importPsk`).
 * - It is random, and no password: who records one handshake can try keys on it for as long as they like, so less than
 *   128 bits are refused (RFC 9257 §6).
 * - The identity is sent in the clear with every connection, and tells observers that they belong together (RFC 9257 §7).
 */
export interface ExternalPskOptions {
  /** What the server finds the key by, compared byte by byte: 1 to 65,535 bytes; those of a hello, 48 KiB together. */
  readonly identity: Uint8Array;
  /** 16 bytes at least. */
  readonly key: Uint8Array;
  /** SHA-256 or SHA-384. Default: SHA-256 (RFC 9846 §4.3.11/2). */
  readonly hash?: HashName;
  /** Default: "external". What `importPsk` answers with is "imported". */
  readonly kind?: "external" | "imported";
}

const minKeyLength = 16;
const maxIdentityLength = 0xffff;

/** Identities and binders, with their lengths, of all PSKs of a hello: its other extensions need room, too. Bytes. */
export const maxPskOffer = 49_152;

/** What a PSK takes of that: two lengths, an age, and a binder of so many bytes beside its identity (RFC 9846 §4.3.11). */
export function offerLength(identity: Bytes, binderLength: number): number {
  return 2 + identity.length + 4 + 1 + binderLength;
}

/** @throws TlsError `invalid_option`, which names the option `psks` */
export function checkExternalPsks(given: readonly ExternalPskOptions[]): readonly ExternalPsk[] {
  if (!Array.isArray(given)) throw invalid("psks", "a list", lengthOf(given));
  const psks = given.map((psk: ExternalPskOptions, i) => checkExternalPsk(`psks[${i}]`, psk));
  let size = 0;
  for (const [i, { identity, key, hash }] of psks.entries()) {
    // RFC 9846 §4.3.11: whoever wants to offer both imports the key for each (RFC 9258).
    if (psks.some((other) => other.hash !== hash && equal(other.key, key))) {
      throw invalid(`psks[${i}].hash`, "each key with one hash", "one that stands with two");
    }
    // The server could not tell which of them is meant.
    if (psks.some((other, j) => j < i && equal(other.identity, identity))) {
      throw invalid(`psks[${i}].identity`, "each identity once", "one that stands before it");
    }
    size += offerLength(identity, hash === "SHA-256" ? 32 : 48);
  }
  if (size > maxPskOffer)
    throw invalid("psks", `${maxPskOffer} bytes of identities and binders at most`, `${size}`);
  return psks;
}

function checkExternalPsk(option: string, given: ExternalPskOptions): ExternalPsk {
  if (typeof given !== "object" || given === null) throw invalid(option, "an object", lengthOf(given));
  const { identity, key, hash = "SHA-256", kind = "external" } = given;
  checkKey(`${option}.`, identity, key, hash);
  if (kind !== "external" && kind !== "imported") {
    throw invalid(`${option}.kind`, "external or imported", String(kind));
  }
  return { kind, identity: copyOf(identity), key: copyOf(key), hash };
}

/**
 * @param prefix what stands before the names of the options in messages
 * @throws TlsError `invalid_option`
 */
export function checkKey(prefix: string, identity: Uint8Array, key: Uint8Array, hash: HashName): void {
  if (!(identity instanceof Uint8Array) || identity.length === 0 || identity.length > maxIdentityLength) {
    throw invalid(`${prefix}identity`, `1 to ${maxIdentityLength} bytes`, lengthOf(identity));
  }
  // Its bytes are nobody's business: not even an error tells them.
  if (!(key instanceof Uint8Array) || key.length < minKeyLength) {
    throw invalid(`${prefix}key`, `${minKeyLength} random bytes at least`, lengthOf(key));
  }
  checkHash(`${prefix}hash`, hash);
}

/** The hashes that a suite may have. @throws TlsError `invalid_option` */
export function checkHash(option: string, hash: HashName): void {
  if (hash !== "SHA-256" && hash !== "SHA-384") throw invalid(option, "SHA-256 or SHA-384", String(hash));
}

function lengthOf(value: unknown): string {
  if (value === null) return "null";
  return value instanceof Uint8Array ? `${value.length} bytes` : `something of type ${typeof value}`;
}

function invalid(option: string, expected: string, got: string): Error {
  return localError("invalid_option", `${option}: expected ${expected}, got ${got}`);
}
