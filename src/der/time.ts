import type { DerCursor } from "./cursor.ts";
import { DerError } from "./error.ts";
import { tags } from "./tags.ts";

const firstOf2050 = 2_524_608_000;

/**
 * A Time in seconds since 1970 (RFC 5280 §4.1.2.5): UTCTime until 2049, GeneralizedTime from 2050, both with seconds, in
 * UTC, and without a fraction.
 */
export function readTime(cursor: DerCursor): number {
  const start = cursor.offset;
  const isUtc = cursor.nextTag === tags.utcTime;
  const seconds = readLooseTime(cursor);
  if (!isUtc && seconds < firstOf2050) throw new DerError("a GeneralizedTime before 2050", start);
  return seconds;
}

/** The same, for certificates that are not judged: either type for any year that it can write. */
export function readLooseTime(cursor: DerCursor): number {
  const isUtc = cursor.nextTag === tags.utcTime;
  const { bytes } = cursor;
  const { start, end } = cursor.contents(isUtc ? tags.utcTime : tags.generalizedTime);
  const yearDigits = isUtc ? 2 : 4;
  if (end - start !== yearDigits + 11 || bytes[end - 1] !== 0x5a) {
    throw new DerError("a time in another form than (YY)YYMMDDHHMMSSZ", start);
  }
  let at = start;
  const number = (digits: number): number => {
    let value = 0;
    for (const stop = at + digits; at < stop; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) throw new DerError("a time without digits", at);
      value = value * 10 + digit;
    }
    return value;
  };
  let year = number(yearDigits);
  // §4.1.2.5.1: two digits from 50 stand for the century before.
  if (isUtc) year += year < 50 ? 2000 : 1900;
  const month = number(2);
  const day = number(2);
  const hour = number(2);
  const minute = number(2);
  const second = number(2);
  // Days beyond a month's end are those of the next, for Date.UTC. It takes years below 100 for those of the last century.
  const days = (Date.UTC(year, month) - Date.UTC(year, month - 1)) / 86_400_000;
  if (
    year < 100 ||
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > days ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw new DerError("a time that no clock shows", start);
  }
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
