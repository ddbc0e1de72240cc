import type { Bytes } from "../wire/bytes.ts";
import type { HashName } from "./hashName.ts";

export type Curve = "P-256" | "P-384" | "P-521";

/** What RSASSA-PSS parameters in a key restrict its signatures to (RFC 4055 §3.1). */
export interface PssRestriction {
  readonly hash: HashName;
  /** The least salt length, in bytes. */
  readonly saltLength: number;
}

/** A SubjectPublicKeyInfo, taken apart: providers import each kind of key the way that is cheapest for them. */
export type PublicKey = { readonly spki: Bytes } & (
  | { readonly kind: "rsa"; readonly modulus: Bytes; readonly exponent: Bytes }
  | {
      readonly kind: "rsa-pss";
      readonly modulus: Bytes;
      readonly exponent: Bytes;
      readonly restriction: PssRestriction | undefined;
    }
  | { readonly kind: "ec"; readonly curve: Curve; readonly point: Bytes }
  | { readonly kind: "ed25519"; readonly key: Bytes }
);
