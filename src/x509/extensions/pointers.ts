import type { DerCursor, Span } from "../../der/cursor.ts";
import { constructed, context, tags } from "../../der/tags.ts";
import { readGeneralName, readGeneralNames } from "../generalName.ts";

// Extensions that point elsewhere: read for their form, nothing is fetched.

/** AuthorityInfoAccess and SubjectInfoAccess (RFC 5280 §4.2.2). */
export function readInformationAccess(cursor: DerCursor): undefined {
  const list = cursor.enter(tags.sequence);
  do {
    const description = list.enter(tags.sequence);
    description.objectIdentifier();
    readGeneralName(description);
    description.finish();
  } while (!list.atEnd);
  return undefined;
}

/** CRLDistributionPoints (RFC 5280 §4.2.1.13) and FreshestCRL (§4.2.1.15): where the list stands, with its header. */
export function readDistributionPoints(cursor: DerCursor): Span {
  const start = cursor.offset;
  const list = cursor.enter(tags.sequence);
  do {
    const point = list.enter(tags.sequence);
    const name = point.enterOptional(constructed(0));
    if (name !== undefined) {
      if (name.nextTag === constructed(0)) readGeneralNames(name, constructed(0));
      else name.skipAny(); // nameRelativeToCRLIssuer
      name.finish();
    }
    if (point.nextTag === context(1)) point.namedBits(context(1));
    const hasIssuer = point.nextTag === constructed(2);
    if (hasIssuer) readGeneralNames(point, constructed(2));
    point.finish();
    if (name === undefined && !hasIssuer) throw point.error("a distribution point that says nothing");
  } while (!list.atEnd);
  return { start, end: cursor.offset };
}

/** RFC 5280 §4.2.1.8 */
export function readSubjectDirectoryAttributes(cursor: DerCursor): undefined {
  const list = cursor.enter(tags.sequence);
  do {
    const attribute = list.enter(tags.sequence);
    attribute.objectIdentifier();
    const values = attribute.enter(tags.set);
    do values.skipAny();
    while (!values.atEnd);
    attribute.finish();
  } while (!list.atEnd);
  return undefined;
}
