import { sameBytes } from "./certificate.ts";
import type { AnchorSource } from "./path.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

/** A few anchors to look for paths to. For hundreds there are trust stores, which read and index them when they are needed. */
export function anchorSource(anchors: Iterable<TrustAnchor>): AnchorSource {
  const list = [...anchors];
  return {
    named: (bytes, name) => list.filter(({ der, subject }) => sameBytes(der, subject, bytes, name)),
  };
}
