import type { DerCursor } from "../../der/cursor.ts";

/** RFC 5280 §5.3.1, by their numbers; 7 is not used. */
const reasons = [
  "unspecified",
  "key compromise",
  "compromise of the authority",
  "change of affiliation",
  "superseded",
  "cessation of operation",
  "put on hold",
  undefined,
  "removed from the list",
  "privilege withdrawn",
  "compromise of an attribute authority",
] as const;

/** Stands in delta CRLs only. */
export const removeFromCrl = 8;

const enumerated = 0x0a;

/** A CRLReason. */
export function readReason(cursor: DerCursor): number {
  const reason = cursor.smallInteger(enumerated);
  if (reasons[reason] === undefined)
    throw cursor.error(`a reason for revocation that there is not: ${reason}`);
  return reason;
}

/** OCSPResponseStatus is of the same type. */
export function readEnumerated(cursor: DerCursor): number {
  return cursor.smallInteger(enumerated);
}

/** ` (key compromise)`; nothing where none is given. */
export function reasonInWords(reason: number | undefined): string {
  return reason === undefined || reason === 0 ? "" : ` (${reasons[reason]})`;
}
