import type { Hash } from "../crypto/provider.ts";
import type { Bytes } from "../wire/bytes.ts";
import { deriveSecretOfNothing, hkdfExpandLabel } from "./hkdf.ts";

/** RFC 9846 §7.5 */
export interface Exporter {
  /** EXPORTER_SECRET, for the key log. */
  readonly secret: Bytes;
  /** No context computes the same as an empty one. @throws RangeError where label or length don't fit */
  export(label: string, context: Uint8Array, length: number): Bytes;
}

export function startExporter(hash: Hash, secret: Bytes): Exporter {
  return {
    secret,
    export: (label, context, length) => {
      const derived = deriveSecretOfNothing(hash, secret, label);
      return hkdfExpandLabel(hash, derived, "exporter", hash.digest(context), length);
    },
  };
}
