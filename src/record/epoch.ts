import type { Aead, AsyncAeadKey, CryptoProvider, SyncAeadKey } from "../crypto/provider.ts";
import { type TrafficSecret, trafficKeys } from "../keyschedule/trafficSecret.ts";
import type { Bytes } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";

/** What a record is protected with: nothing, or the traffic keys of a stage (RFC 9846 §7.3). */
export type EpochName = "early" | "handshake" | "application";

/** The keys of one direction, from one traffic secret, with the sequence number of their next record. */
export type Epoch = {
  readonly name: EpochName;
  /** How many KeyUpdates stand behind these keys. */
  readonly generation: number;
  readonly iv: Bytes;
  /** Records that may be sealed (RFC 9846 §5.5). */
  readonly recordLimit: number;
  /** RFC 9846 §5.3/1: each key begins with 0. */
  sequence: number;
} & (
  | { readonly sync: true; readonly key: SyncAeadKey }
  | { readonly sync: false; readonly key: Promise<AsyncAeadKey> }
);

export function aeadOf(provider: CryptoProvider, secret: TrafficSecret): Aead {
  const aead = provider.aeads().find(({ name }) => name === secret.suite.aead);
  if (aead === undefined)
    throw localError("no_common_parameters", `the provider has no ${secret.suite.aead}`);
  return aead;
}

export function openEpoch(
  provider: CryptoProvider,
  name: EpochName,
  generation: number,
  secret: TrafficSecret,
): Epoch {
  const aead = aeadOf(provider, secret);
  const { key: keyBytes, iv } = trafficKeys(secret);
  const { recordLimit } = secret.suite;
  // Written out twice: objects that are spread into others have no shape of their own, and every use of them is slow.
  if (aead.sync) {
    const key = aead.importKey(keyBytes);
    keyBytes.fill(0);
    return { name, generation, iv, recordLimit, sequence: 0, sync: true, key };
  }
  const key = aead.importKey(keyBytes).finally(() => keyBytes.fill(0));
  // Whoever awaits the key hears of its failure; until then it is not unhandled.
  key.catch(() => {});
  return { name, generation, iv, recordLimit, sequence: 0, sync: false, key };
}
