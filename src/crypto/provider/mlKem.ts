import type { Bytes } from "../../wire/bytes.ts";

/** One side's ephemeral key of ML-KEM (FIPS 203). */
export interface DecapsulationKey {
  /** What the peer encapsulates to. */
  readonly encapsulationKey: Bytes;
  /**
   * 32 bytes, in memory of their own. A ciphertext of the right length always has a secret: of one that nobody made for this
   * key, it is one that the peer doesn't know (FIPS 203 §6.3), and the handshake fails with Finished.
   */
  decapsulate(ciphertext: Bytes): Bytes | Promise<Bytes>;
  /** Overwrites the key where it lies in memory of this program's. */
  wipe?(): void;
}

/** A runtime's ML-KEM, of one parameter set. */
export interface MlKem {
  /** Whether it is a primitive of the runtime's, and cheap; in JavaScript it costs as much as a whole handshake. */
  isNative(): boolean;
  generate(): DecapsulationKey | Promise<DecapsulationKey>;
  /** The key of a seed, d ‖ z, 64 bytes (FIPS 203 §7.1), for replaying recorded handshakes. */
  fromSeed(seed: Bytes): DecapsulationKey | Promise<DecapsulationKey>;
}
