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
    throw new DerError(`a time that is not ${isUtc ? "YY" : "YYYY"}MMDDHHMMSSZ`, start);
  }
  let at = start;
  const number = (digits: number): number => {
    let value = 0;
    for (const stop = at + digits; at < stop; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) throw new DerError("a time with something else than digits", at);
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
  if (
    month < 1 ||
    month > 12 ||
    day < 1 ||
    day > daysIn(month, year) ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw new DerError("a time that no clock shows", start);
  }
  return daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function daysIn(month: number, year: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

// The year begins in March here, so that the leap day is its last; a Date would cost more than the rest of the reading.
function daysSince1970(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const monthFromMarch = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + Math.floor((153 * monthFromMarch + 2) / 5) + day - 1 - 719_468;
}
