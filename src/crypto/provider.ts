import type { Bytes } from "../wire/bytes.ts";
import type { AeadName } from "./cipherSuites.ts";
import type { GroupName } from "./groups.ts";
import type { HashName } from "./hashName.ts";
import type { PublicKey } from "./publicKey.ts";
import type { SignatureAlgorithm } from "./signatureSchemes.ts";

/** A hash that is fed piece by piece. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** The hash of what was fed until now; more may be fed afterwards. */
  digest(): Bytes;
  /** Another one that was fed the same. */
  copy(): RunningHash;
}

/** Synchronous on every runtime: a transcript needs a hash that can be read while it runs, which WebCrypto lacks. */
export interface Hash {
  readonly name: HashName;
  /** Bytes in a digest. */
  readonly length: number;
  start(): RunningHash;
  digest(bytes: Uint8Array): Bytes;
  hmac(key: Uint8Array, message: Uint8Array): Bytes;
}

/**
 * A key of one direction, of a provider whose ciphers answer at once. Nonces are 12 bytes, tags 16. The caller never
 * uses a nonce twice, and may reuse the buffers that it hands in as soon as the call is over.
 */
export interface SyncAeadKey {
  /** The plaintext, in memory of its own; undefined where the tag is wrong. `sealed` is ciphertext and tag. */
  open(nonce: Uint8Array, additionalData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Seals `content` followed by `trailer`; ciphertext and tag are written into `into` from `offset`. */
  seal(
    nonce: Uint8Array,
    additionalData: Uint8Array,
    content: Uint8Array,
    trailer: Uint8Array,
    into: Uint8Array,
    offset: number,
  ): void;
}

/** The same where the runtime's ciphers are asynchronous. What is handed in stays untouched until the answer. */
export interface AsyncAeadKey {
  /** The plaintext, in memory of its own. Never rejects because of what was received: a wrong tag is undefined. */
  open(nonce: Bytes, additionalData: Bytes, sealed: Bytes): Promise<Uint8Array | undefined>;
  /** Ciphertext and tag. */
  seal(nonce: Bytes, additionalData: Bytes, plaintext: Bytes): Promise<Uint8Array>;
}

export type Aead =
  | { readonly name: AeadName; readonly sync: true; importKey(key: Bytes): SyncAeadKey }
  | { readonly name: AeadName; readonly sync: false; importKey(key: Bytes): Promise<AsyncAeadKey> };

/** What is wrong with a peer's share: its length or form, its point, or the all-zero secret that it leads to. */
export type ShareFault = "length" | "point" | "zero";

export type Agreement =
  | { readonly ok: true; readonly secret: Bytes }
  | { readonly ok: false; readonly fault: ShareFault };

/** One side's ephemeral key: what is sent, and what is made of the answer. Used for one handshake. */
export interface KeyShare {
  /**
   * The bytes of `key_exchange`: 32 for x25519, an uncompressed point for the other curves (RFC 9846 §4.3.8.2); of a hybrid group
   * the client's half, with ML-KEM's encapsulation key (RFC 10024).
   */
  readonly publicKey: Bytes;
  /** Never rejects because of what the peer sent. */
  agree(peerPublicKey: Bytes): Agreement | Promise<Agreement>;
  /** Overwrites what lies in memory of this program's; nothing can be agreed upon afterwards. Left out where nothing does. */
  wipe?(): void;
}

export interface KeyExchange {
  readonly name: GroupName;
  /**
   * True where only who names the group gets it: it costs more than the rest of a handshake, or servers that prefer it would
   * ask for its share with a retry. Default: false.
   */
  readonly onRequest?: boolean;
  generate(): KeyShare | Promise<KeyShare>;
  /** A share with a given private key, for replaying recorded handshakes. */
  fromPrivateKey(privateKey: Bytes): KeyShare | Promise<KeyShare>;
}

/**
 * The primitives of a runtime. What a provider lacks it leaves out, and is then not offered. Clock and random are part
 * of it, so that a recorded handshake can be replayed byte for byte.
 */
export interface CryptoProvider {
  readonly name: string;
  /** @throws whatever the platform throws; a failure of the random generator ends the connection. */
  random(length: number): Bytes;
  /** Milliseconds since 1970. */
  now(): number;
  readonly hashes: Readonly<Record<HashName, Hash>>;
  /** Fastest on this machine first. */
  aeads(): readonly Aead[];
  readonly keyExchanges: readonly KeyExchange[];
  /** False for a wrong signature, whatever is wrong with it; never throws because of its arguments' bytes. */
  verify(
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): boolean | Promise<boolean>;
}
