import { sha1 as compute } from "@noble/hashes/legacy.js";
import type { Bytes } from "../wire/bytes.ts";

/**
 * SHA-1, for the names of things only: an OCSP response says by it which issuer it is about (RFC 6960 §4.1.1). It is
 * broken, so no signature counts that is made over it, and no provider has it.
 */
export function sha1(bytes: Uint8Array): Bytes {
  return compute(bytes);
}
