import type { CipherSuite } from "../crypto/cipherSuites.ts";
import type { Hash } from "../crypto/provider.ts";
import type { Bytes } from "../wire/bytes.ts";
import { type HandshakeStage, startHandshakeStage } from "./handshakeStage.ts";
import { deriveSecretOfNothing, hkdfExtract } from "./hkdf.ts";

/**
 * The first stage of the key schedule (RFC 9846 §7.1):
 *
 *     0 → HKDF-Extract ← PSK, or zeros
 *           = Early Secret → (binders, early traffic, early exporter: with pre_shared_key)
 *           → Derive-Secret(., "derived", "") → handshake stage
 *
 * It belongs to a hash, not to a suite: a PSK has its stage before a suite is chosen.
 */
export interface EarlyStage {
  readonly hash: Hash;
  /** Goes on with the shared secret of the key exchange, and ends this stage. */
  handshake(suite: CipherSuite, sharedSecret: Bytes): HandshakeStage;
}

/** What follows from no PSK is the same for every connection, so it is computed once for each hash object. */
const derivedWithoutPsk = new WeakMap<Hash, Bytes>();

export function startEarlyStage(hash: Hash): EarlyStage {
  let derived = derivedWithoutPsk.get(hash);
  if (derived === undefined) {
    const zeros = new Uint8Array(hash.length);
    const earlySecret = hkdfExtract(hash, zeros, zeros);
    derived = deriveSecretOfNothing(hash, earlySecret, "derived");
    derivedWithoutPsk.set(hash, derived);
  }
  const salt = derived;
  return { hash, handshake: (suite, sharedSecret) => startHandshakeStage(suite, hash, salt, sharedSecret) };
}
