import type { DerCursor } from "../../der/cursor.ts";
import { latin1 } from "../../der/strings.ts";
import { constructed, tags } from "../../der/tags.ts";
import { type GeneralName, generalNames, readGeneralName } from "../generalName.ts";
import { hostName, mailbox } from "../mailbox.ts";

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

function checkBase(cursor: DerCursor, base: GeneralName): void {
  const { tag, start, end } = base;
  const { bytes } = cursor;
  if (tag === generalNames.iPAddress) {
    const size = (end - start) / 2;
    if (size !== 4 && size !== 16) throw cursor.error("a mask of the wrong length");
    // An address, and a mask whose ones come first (as RFC 4632 writes them).
    let ended = false;
    for (let i = start + size; i < end; i++) {
      const byte = bytes[i] as number;
      if (ended ? byte !== 0 : (byte ^ 0xff) & ((byte ^ 0xff) + 1)) throw cursor.error("a mask with gaps");
      if (byte !== 0xff) ended = true;
    }
  }
  // The forms that are text. What can't be read would match no name, and so exclude nobody. A constraint says by itself that it is for all names
  // below: a wildcard in it has no meaning.
  if (start < end && tag < generalNames.iPAddress) {
    const text = latin1(bytes, base).toLowerCase().replace(/^\./, "");
    const host = text.includes("@") && tag === generalNames.rfc822Name ? mailbox(text).host : text;
    if (!hostName.test(host ?? "") || host?.[0] === "*") throw cursor.error("a name constraint of no host");
  }
}
