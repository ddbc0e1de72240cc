import { DerCursor } from "../../der/cursor.ts";
import { DerError } from "../../der/error.ts";
import { matches, objectIdentifier } from "../../der/objectIdentifier.ts";
import { constructed, tags } from "../../der/tags.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { parseTimestampList } from "./timestamp.ts";

const timestampList = objectIdentifier("1.3.6.1.4.1.11129.2.4.5");
const enumerated = 0x0a;

/**
 * The timestamps that stand in a stapled OCSP response (RFC 6962 §3.3), whatever it is worth otherwise: each is signed by
 * its log, so neither who signed the response nor which certificate it is about has to be known. Undefined where the
 * response or a list in it can't be read.
 */
export function stapledTimestamps(response: Bytes): readonly Bytes[] | undefined {
  try {
    return read(response);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return undefined;
  }
}

/** RFC 6960 §4.2.1: OCSPResponse, BasicOCSPResponse, ResponseData, SingleResponse, singleExtensions. */
function read(response: Bytes): readonly Bytes[] | undefined {
  const outer = new DerCursor(response);
  const fields = outer.enter(tags.sequence);
  outer.finish();
  fields.skip(enumerated);
  // A refusal to answer has nothing more.
  if (fields.atEnd) return [];
  const basic = fields.enter(constructed(0)).enter(tags.sequence);
  basic.objectIdentifier();
  const responses = basic.enter(tags.octetString).enter(tags.sequence).enter(tags.sequence);
  // version, responderID and producedAt are not judged here.
  while (responses.nextTag !== tags.sequence) responses.skip(responses.nextTag);
  const list = responses.enter(tags.sequence);
  const found: Bytes[] = [];
  while (!list.atEnd) {
    const single = list.enter(tags.sequence);
    // certID, certStatus, thisUpdate
    for (let i = 0; i < 3; i++) single.skip(single.nextTag);
    if (single.nextTag === constructed(0)) single.skip(constructed(0));
    if (single.atEnd) continue;
    const extensions = single.enter(constructed(1)).enter(tags.sequence);
    while (!extensions.atEnd) {
      const extension = extensions.enter(tags.sequence);
      const identifier = extension.objectIdentifier();
      if (!matches(response, identifier, timestampList)) continue;
      extension.booleanOrFalse();
      const { start, end } = extension.enter(tags.octetString).contents(tags.octetString);
      const timestamps = parseTimestampList(response.subarray(start, end));
      if (timestamps === undefined) return undefined;
      found.push(...timestamps);
    }
  }
  return found;
}
