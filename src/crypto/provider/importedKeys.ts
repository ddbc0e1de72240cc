import type { Bytes } from "../../wire/bytes.ts";
import type { PublicKey } from "../publicKey.ts";

/** Chains have few keys, and servers are met again: intermediate certificates more than any. */
const capacity = 64;

/**
 * Imported public keys by what they were imported from: an import costs as much as a verification. The least recently
 * used goes first, so that what a peer sends can't grow it.
 */
export function importedKeys<K>(): (key: PublicKey, variant: string, importKey: () => K) => K {
  const kept = new Map<string, K>();
  return (key, variant, importKey) => {
    const id = `${variant}:${identity(key)}`;
    let imported = kept.get(id);
    if (imported === undefined) {
      imported = importKey();
      if (kept.size >= capacity) kept.delete(kept.keys().next().value as string);
    } else {
      kept.delete(id);
    }
    kept.set(id, imported);
    return imported;
  };
}

// The fields that the import reads, not the SPKI around them: a PublicKey made by hand, whose SPKI is wrong or empty, must
// never be answered with another's key.
function identity(key: PublicKey): string {
  switch (key.kind) {
    case "rsa":
    case "rsa-pss":
      return `rsa:${key.exponent.length}:${latin1(key.exponent)}${latin1(key.modulus)}`;
    case "ec":
      return `${key.curve}:${latin1(key.point)}`;
    case "ed25519":
      return `ed25519:${latin1(key.key)}`;
  }
}

// In pieces, because a call takes only so many arguments; one by one, characters cost as much as a cheap import.
function latin1(bytes: Bytes): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 4096) {
    text += String.fromCharCode.apply(null, bytes.subarray(start, start + 4096) as unknown as number[]);
  }
  return text;
}
