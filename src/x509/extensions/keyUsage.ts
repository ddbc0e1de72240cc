import type { DerCursor } from "../../der/cursor.ts";

/** RFC 5280 §4.2.1.3, as flags. */
export const keyUsages = {
  digitalSignature: 1 << 0,
  contentCommitment: 1 << 1,
  keyEncipherment: 1 << 2,
  dataEncipherment: 1 << 3,
  keyAgreement: 1 << 4,
  keyCertSign: 1 << 5,
  cRLSign: 1 << 6,
  encipherOnly: 1 << 7,
  decipherOnly: 1 << 8,
} as const;

/** One bit at least is set. */
export function readKeyUsage(cursor: DerCursor): number {
  const usage = cursor.namedBits();
  if (usage === 0) throw cursor.error("a key usage that says nothing");
  return usage;
}
