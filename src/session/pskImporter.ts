import type { HashName } from "../crypto/hashName.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { hkdfExpandLabel, hkdfExtract } from "../keyschedule/hkdf.ts";
import { encode, opaque, struct, u16 } from "../messages/codec.ts";
import { copyOf, noBytes } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { versions } from "../wire/registry.ts";
import { checkHash, checkKey, type ExternalPsk } from "./externalPsk.ts";

/** A key that was agreed upon outside of TLS, to be imported (RFC 9258 §3). It may serve no other purpose than this. */
export interface PskToImport {
  /** 1 to 65,535 bytes; the context counts, too. */
  readonly identity: Uint8Array;
  /** 16 random bytes at least. */
  readonly key: Uint8Array;
  /** The hash that the key belongs to, SHA-256 or SHA-384. Default: SHA-256. */
  readonly hash?: HashName;
  /**
   * What the key was agreed upon for: the names of client and server, say, so that neither takes its own hello for the
   * other's. Both sides must give the same. It is sent in the clear (RFC 9258 §9). Default: empty.
   */
  readonly context?: Uint8Array;
  /** The hash of the suites that the imported key is for, SHA-256 or SHA-384. Default: SHA-256. */
  readonly targetHash?: HashName;
}

const importedIdentity = struct({
  externalIdentity: opaque(2, 1, 0xffff),
  context: opaque(2, 0, 0xffff),
  targetProtocol: u16,
  targetKdf: u16,
});

/** RFC 9258 §10 */
const hkdfSha256 = 1;
const hkdfSha384 = 2;

/**
 * Makes a PSK for TLS 1.3 and the suites of one hash from a key that was agreed upon outside of TLS (RFC 9258 §5.1).
 * Whoever offers suites of both hashes imports the key for each of them.
 *
 * @throws TlsError `invalid_option`
 */
export function importPsk(psk: PskToImport, provider: CryptoProvider): ExternalPsk {
  const { identity, key, hash = "SHA-256", context = noBytes, targetHash = "SHA-256" } = psk;
  checkKey("", identity, key, hash);
  checkHash("targetHash", targetHash);
  // RFC 9258 §5.1: what is longer can't be an identity. Two lengths, protocol and KDF take eight bytes.
  if (!(context instanceof Uint8Array) || identity.length + context.length + 8 > 0xffff) {
    throw localError("invalid_option", "context: expected bytes, at most 65,527 together with the identity");
  }
  const imported = encode(importedIdentity, {
    externalIdentity: copyOf(identity),
    context: copyOf(context),
    targetProtocol: versions["TLS 1.3"],
    targetKdf: targetHash === "SHA-256" ? hkdfSha256 : hkdfSha384,
  });
  // The hash of the key; the target's only says how long the new one is.
  const keyHash = provider.hashes[hash];
  const extracted = hkdfExtract(keyHash, new Uint8Array(keyHash.length), key);
  const length = provider.hashes[targetHash].length;
  const derived = hkdfExpandLabel(keyHash, extracted, "derived psk", keyHash.digest(imported), length);
  extracted.fill(0);
  return { kind: "imported", identity: imported, key: derived, hash: targetHash };
}
