import type { HashName } from "../crypto/hashName.ts";
import type { Bytes } from "../wire/bytes.ts";

/** A key that was agreed upon outside of TLS (RFC 9846 §4.3.11), or imported from one that was (RFC 9258). */
export interface ExternalPsk {
  readonly kind: "external" | "imported";
  /** What the server finds the key by: 1 to 65,535 bytes, sent in the clear. */
  readonly identity: Bytes;
  readonly key: Bytes;
  /** The hash that it belongs to: only suites of that hash can use it. */
  readonly hash: HashName;
}
