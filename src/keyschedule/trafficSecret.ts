import type { CipherSuite } from "../crypto/cipherSuites.ts";
import type { Hash } from "../crypto/provider.ts";
import { type Bytes, noBytes } from "../wire/bytes.ts";
import { deriveSecret, hkdfExpandLabel } from "./hkdf.ts";

/** A secret from which the keys of one direction come (RFC 9846 §7.3), with the suite that they are for. */
export interface TrafficSecret {
  readonly suite: CipherSuite;
  readonly hash: Hash;
  readonly secret: Bytes;
}

export interface TrafficKeys {
  readonly key: Bytes;
  /** 12 bytes, to which each record's sequence number is added (§5.3). */
  readonly iv: Bytes;
}

/** RFC 9846 §7.3 */
export function trafficKeys({ suite, hash, secret }: TrafficSecret): TrafficKeys {
  return {
    key: hkdfExpandLabel(hash, secret, "key", noBytes, suite.keyLength),
    iv: hkdfExpandLabel(hash, secret, "iv", noBytes, 12),
  };
}

/** RFC 9846 §7.2: the next generation. The old secret is overwritten (§7.2/1), so it can't be asked for twice. */
export function nextTrafficSecret({ suite, hash, secret }: TrafficSecret): TrafficSecret {
  const next = hkdfExpandLabel(hash, secret, "traffic upd", noBytes, hash.length);
  secret.fill(0);
  return { suite, hash, secret: next };
}

/** RFC 9846 §4.5.3: the verify_data of the side whose handshake traffic secret this is. */
export function finishedVerifyData({ hash, secret }: TrafficSecret, transcriptHash: Uint8Array): Bytes {
  const finishedKey = hkdfExpandLabel(hash, secret, "finished", noBytes, hash.length);
  const verifyData = hash.hmac(finishedKey, transcriptHash);
  finishedKey.fill(0);
  return verifyData;
}

/** A traffic secret of a suite, derived as §7.1's diagram has it. */
export function deriveTrafficSecret(
  suite: CipherSuite,
  hash: Hash,
  stageSecret: Bytes,
  label: string,
  transcriptHash: Bytes,
): TrafficSecret {
  return { suite, hash, secret: deriveSecret(hash, stageSecret, label, transcriptHash) };
}
