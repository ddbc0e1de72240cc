import type { DerCursor } from "../../der/cursor.ts";
import { tags } from "../../der/tags.ts";
import { readLooseTime } from "../../der/time.ts";

/** A GeneralizedTime of any year, in seconds since 1970 (RFC 6960 §4.2.2.1, RFC 5280 §5.3.2): to the second, and in UTC. */
export function readGeneralizedTime(cursor: DerCursor): number {
  if (cursor.nextTag === tags.utcTime) throw cursor.error("a UTCTime where a GeneralizedTime has to stand");
  return readLooseTime(cursor);
}
