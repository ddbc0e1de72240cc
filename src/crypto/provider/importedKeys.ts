import { type Bytes, copyOf, equal, noBytes } from "../../wire/bytes.ts";
import type { PublicKey } from "../publicKey.ts";

/** Chains have few keys, and servers are met again: intermediate certificates more than any. */
const capacity = 64;

interface Entry<K> {
  /** What the import reads, not the SPKI around it: a PublicKey made by hand may have a wrong or empty one. */
  readonly kind: string;
  readonly bytes: Bytes;
  readonly exponent: Bytes;
  readonly variant: string;
  readonly imported: K;
}

/**
 * Imported public keys by what they were imported from: an import costs as much as a verification. The least recently
 * used goes first, so that what a peer sends can't grow it.
 */
export function importedKeys<K>(): (key: PublicKey, variant: string, importKey: () => K) => K {
  // Found by some of their bytes and compared in full: who makes keys alike shares one place.
  const kept = new Map<number, Entry<K>>();
  return (key, variant, importKey) => {
    const kind = kindOf(key);
    const bytes = bytesOf(key);
    const exponent = exponentOf(key);
    const slot = slotOf(bytes, variant);
    let entry = kept.get(slot);
    const isKept =
      entry !== undefined &&
      entry.kind === kind &&
      entry.variant === variant &&
      equal(entry.bytes, bytes) &&
      equal(entry.exponent, exponent);
    if (entry === undefined || !isKept) {
      const imported = importKey();
      entry = {
        kind,
        bytes: copyOf(bytes),
        exponent: exponent === noBytes ? noBytes : copyOf(exponent),
        variant,
        imported,
      };
    }
    if (!kept.delete(slot) && kept.size >= capacity) kept.delete(kept.keys().next().value as number);
    kept.set(slot, entry);
    return entry.imported;
  };
}

/** RSA keys are imported as such, whatever they are for. */
function kindOf(key: PublicKey): string {
  return key.kind === "ec" ? key.curve : key.kind === "rsa-pss" ? "rsa" : key.kind;
}

function bytesOf(key: PublicKey): Bytes {
  return key.kind === "ec" ? key.point : key.kind === "ed25519" ? key.key : key.modulus;
}

function exponentOf(key: PublicKey): Bytes {
  return key.kind === "rsa" || key.kind === "rsa-pss" ? key.exponent : noBytes;
}

/** The last bytes of a modulus, a point or a key are as good as random. */
function slotOf(bytes: Bytes, variant: string): number {
  let slot = variant.length;
  for (let i = Math.max(0, bytes.length - 5); i < bytes.length; i++) {
    slot = (slot * 33 + (bytes[i] as number)) >>> 0;
  }
  return slot;
}
