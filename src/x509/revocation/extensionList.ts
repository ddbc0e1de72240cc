import type { DerCursor, Span } from "../../der/cursor.ts";
import { matches } from "../../der/objectIdentifier.ts";
import { tags } from "../../der/tags.ts";
import { answerLimits } from "./answerLimits.ts";

/**
 * Reads the Extensions (RFC 5280 §4.1) of a CRL, an entry of one, or an OCSP response: one at least, and none twice. Each
 * goes to `read`, which answers whether it read the value.
 *
 * @returns whether one is critical that was not read: what it is about must not be used then
 */
export function readExtensionList(
  cursor: DerCursor,
  read: (identifier: Span, value: DerCursor, critical: boolean) => boolean,
): boolean {
  const list = cursor.enter(tags.sequence);
  const { bytes } = list;
  const seen: Span[] = [];
  let unread = false;
  do {
    const extension = list.enter(tags.sequence);
    const identifier = extension.objectIdentifier();
    for (const { start, end } of seen) {
      if (matches(bytes, identifier, bytes.subarray(start, end)))
        throw extension.error("an extension that stands twice");
    }
    if (seen.push(identifier) > answerLimits.answerExtensions) {
      throw extension.error(`more than ${answerLimits.answerExtensions} extensions`);
    }
    const critical = extension.booleanOrFalse();
    const value = extension.enter(tags.octetString);
    extension.finish();
    if (read(identifier, value, critical)) value.finish();
    else if (critical) unread = true;
  } while (!list.atEnd);
  return unread;
}
