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
  const at = start + yearDigits;
  let year = number(bytes, start, at);
  // §4.1.2.5.1: two digits from 50 stand for the century before.
  if (isUtc) year += year < 50 ? 2000 : 1900;
  const month = number(bytes, at, at + 2);
  const day = number(bytes, at + 2, at + 4);
  const hour = number(bytes, at + 4, at + 6);
  const minute = number(bytes, at + 6, at + 8);
  const second = number(bytes, at + 8, at + 10);
  const leapDay = isLeap(year) ? 1 : 0;
  const days = (monthDays[month - 1] ?? 0) + (month === 2 ? leapDay : 0);
  if (year < 100 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) {
    throw new DerError("a time that no clock shows", start);
  }
  const dayOfYear = (daysBefore[month - 1] as number) + (month > 2 ? leapDay : 0) + day - 1;
  const day1970 = 365 * (year - 1970) + leapYearsBefore(year) - leapYearsBefore(1970) + dayOfYear;
  return ((day1970 * 24 + hour) * 60 + minute) * 60 + second;
}

// The Gregorian calendar by itself: six times are read for every chain, and three calls of Date.UTC each cost more than all else.

const monthDays: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysBefore = monthDays.map((_, month) =>
  monthDays.slice(0, month).reduce((sum, days) => sum + days, 0),
);

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const leapYearsBefore = (year: number): number =>
  Math.floor((year - 1) / 4) - Math.floor((year - 1) / 100) + Math.floor((year - 1) / 400);

function number(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) throw new DerError("a time without digits", i);
    value = value * 10 + digit;
  }
  return value;
}
