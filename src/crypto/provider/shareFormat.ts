import { type Bytes, equalInConstantTime } from "../../wire/bytes.ts";
import { type CurveGroup, groups } from "../groups.ts";
import type { Agreement, ShareFault } from "../provider.ts";

export function shareFault(fault: ShareFault): Agreement {
  return { ok: false, fault };
}

/**
 * RFC 9846 §4.3.8.2: a share has the length of its group, and a point is uncompressed. Looked at here because runtimes
 * differ: some take compressed points, the hybrid form or the point at infinity where a raw public key may stand.
 */
export function hasShareFormat(group: CurveGroup, share: Uint8Array): boolean {
  return share.length === groups[group].shareLength && (group === "x25519" || share[0] === 4);
}

/** RFC 9846 §7.4.2: an X25519 secret of zeros means that the peer's value did not contribute. */
export function x25519Agreement(secret: Bytes): Agreement {
  return equalInConstantTime(secret, new Uint8Array(secret.length))
    ? shareFault("zero")
    : { ok: true, secret };
}
