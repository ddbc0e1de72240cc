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
  let isRight = end - start === (isUtc ? 13 : 15) && bytes[end - 1] === 0x5a;
  for (let i = start; i < end - 1; i++) {
    if ((bytes[i] as number) < 0x30 || (bytes[i] as number) > 0x39) isRight = false;
  }
  if (!isRight) throw new DerError("a time in another form than (YY)YYMMDDHHMMSSZ", start);
  /** The pair of digits that many pairs before the last. */
  const pair = (back: number): number => {
    const at = end - 3 - 2 * back;
    return 10 * (bytes[at] as number) + (bytes[at + 1] as number) - 11 * 0x30;
  };
  // §4.1.2.5.1: two digits from 50 stand for the century before.
  const century = isUtc ? (pair(5) < 50 ? 20 : 19) : pair(6);
  const year = 100 * century + pair(5);
  const month = pair(4);
  const day = pair(3);
  const hour = pair(2);
  const minute = pair(1);
  const second = pair(0);
  const first = firstDay(year, month);
  // A month ends where the next begins; the thirteenth is January.
  if (
    year < 100 ||
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > firstDay(year, month + 1) - first ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw new DerError("a time that no clock shows", start);
  }
  return (((first + day - 1) * 24 + hour) * 60 + minute) * 60 + second;
}

/**
 * The first day of a month in days since 1970, by years that begin in March, so that a leap day is their last. Six times are read
 * for every chain, and calls of Date.UTC cost more than all else.
 */
function firstDay(year: number, month: number): number {
  const y = month > 2 ? year : year - 1;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + Math.floor((153 * ((month + 9) % 12) + 2) / 5) - 719_468;
}
