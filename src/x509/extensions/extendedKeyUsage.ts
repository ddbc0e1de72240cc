import type { DerCursor } from "../../der/cursor.ts";
import { matches, objectIdentifier } from "../../der/objectIdentifier.ts";
import { tags } from "../../der/tags.ts";

/** Those of RFC 5280 §4.2.1.12 that somebody here asks for, as flags. */
export const purposes = {
  any: 1 << 0,
  serverAuth: 1 << 1,
  clientAuth: 1 << 2,
  emailProtection: 1 << 3,
  ocspSigning: 1 << 4,
} as const;

const identifiers = [
  { flag: purposes.serverAuth, identifier: objectIdentifier("1.3.6.1.5.5.7.3.1") },
  { flag: purposes.clientAuth, identifier: objectIdentifier("1.3.6.1.5.5.7.3.2") },
  { flag: purposes.any, identifier: objectIdentifier("2.5.29.37.0") },
  { flag: purposes.emailProtection, identifier: objectIdentifier("1.3.6.1.5.5.7.3.4") },
  { flag: purposes.ocspSigning, identifier: objectIdentifier("1.3.6.1.5.5.7.3.9") },
];

/** One purpose at least; those without a flag count for nothing. */
export function readExtendedKeyUsage(cursor: DerCursor): number {
  const list = cursor.enter(tags.sequence);
  let flags = 0;
  do {
    const span = list.objectIdentifier();
    for (const { flag, identifier } of identifiers) {
      if (matches(list.bytes, span, identifier)) {
        flags |= flag;
        break;
      }
    }
  } while (!list.atEnd);
  return flags;
}
