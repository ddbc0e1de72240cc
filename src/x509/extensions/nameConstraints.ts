import type { DerCursor } from "../../der/cursor.ts";
import { constructed, tags } from "../../der/tags.ts";
import { type GeneralName, generalNames, readGeneralName } from "../generalName.ts";

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** RFC 5280 §4.2.1.10 */
export function readNameConstraints(cursor: DerCursor): NameConstraints {
  const fields = cursor.enter(tags.sequence);
  if (fields.atEnd) throw fields.error("name constraints that say nothing");
  const permitted = readSubtrees(fields, constructed(0));
  const excluded = readSubtrees(fields, constructed(1));
  fields.finish();
  return { permitted, excluded };
}

function readSubtrees(cursor: DerCursor, tag: number): readonly GeneralName[] {
  const list = cursor.enterOptional(tag);
  if (list === undefined) return [];
  const bases: GeneralName[] = [];
  do {
    const subtree = list.enter(tags.sequence);
    const base = readGeneralName(subtree);
    checkBase(subtree, base);
    // The minimum is 0, which DER leaves out as the default, and there is no maximum.
    subtree.finish();
    bases.push(base);
  } while (!list.atEnd);
  return bases;
}

function checkBase(cursor: DerCursor, { tag, start, end }: GeneralName): void {
  const { bytes } = cursor;
  if (tag === generalNames.iPAddress) {
    const size = (end - start) / 2;
    if (size !== 4 && size !== 16) throw cursor.error("an address with a mask of the wrong length");
    // An address, and a mask whose ones come first (as RFC 4632 writes them).
    let ended = false;
    for (let i = start + size; i < end; i++) {
      const byte = bytes[i] as number;
      if (ended ? byte !== 0 : (byte ^ 0xff) & ((byte ^ 0xff) + 1)) throw cursor.error("a mask with gaps");
      if (byte !== 0xff) ended = true;
    }
  }
  // A constraint says by itself that it is for all names below: a wildcard in it has no meaning.
  if (tag === generalNames.dNSName) {
    for (let i = start; i < end; i++)
      if (bytes[i] === 0x2a) throw cursor.error("a wildcard in a name constraint");
  }
}
