import { type Bytes, concat, fromAscii } from "../wire/bytes.ts";
import { objectIdentifier as encodeObjectIdentifier } from "./objectIdentifier.ts";
import { tags } from "./tags.ts";

// DER is written from the inside out: each function makes one element of finished contents. What it writes is small and
// rare (keys, requests), so clarity counts for more than copies.

/** Any element. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Bytes {
  let { length } = concat(...contents);
  const head: number[] = [];
  if (length >= 0x80) {
    for (; length > 0; length = Math.floor(length / 256)) head.unshift(length % 256);
    head.unshift(0x80 | head.length);
  } else head.push(length);
  return concat(new Uint8Array([tag, ...head]), ...contents);
}

export const sequence = (...contents: readonly Uint8Array[]): Bytes => element(tags.sequence, ...contents);

/** X.690 §11.6: a SET OF is sorted by its elements' bytes. */
export function setOf(...elements: readonly Uint8Array[]): Bytes {
  return element(tags.set, ...[...elements].sort(compareBytes));
}

/** The order of X.690 §11.6, in which the shorter of two is padded with zeros. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export const boolean = (value: boolean): Bytes => element(tags.boolean, new Uint8Array([value ? 0xff : 0]));

export const nullElement = (): Bytes => element(tags.null);

/** An INTEGER that is not negative, from a number or from a magnitude of any length. */
export function integer(value: number | Uint8Array): Bytes {
  const magnitude = typeof value === "number" ? magnitudeOf(value) : value;
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const sign = (magnitude[start] ?? 0x80) >= 0x80 ? [0] : [];
  return element(tags.integer, new Uint8Array(sign), magnitude.subarray(start));
}

function magnitudeOf(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`expected a whole number, got ${value}`);
  const bytes: number[] = [];
  for (let left = value; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return new Uint8Array(bytes.length === 0 ? [0] : bytes);
}

export const objectIdentifier = (dotted: string): Bytes =>
  element(tags.objectIdentifier, encodeObjectIdentifier(dotted));

export const octetString = (...contents: readonly Uint8Array[]): Bytes =>
  element(tags.octetString, ...contents);

/** A BIT STRING of whole bytes. */
export const bitString = (...contents: readonly Uint8Array[]): Bytes =>
  element(tags.bitString, new Uint8Array(1), ...contents);

/** A BIT STRING with named bits, given by their numbers (X.690 §11.2.2: without zeros at its end). */
export function namedBits(...numbers: readonly number[]): Bytes {
  const highest = Math.max(-1, ...numbers);
  const bytes = new Uint8Array((highest + 8) >> 3);
  for (const bit of numbers) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7));
  return element(tags.bitString, new Uint8Array([bytes.length * 8 - highest - 1]), bytes);
}

export const utf8String = (text: string): Bytes => element(tags.utf8String, new TextEncoder().encode(text));

export const printableString = (text: string): Bytes => element(tags.printableString, fromAscii(text));

export const ia5String = (text: string): Bytes => element(tags.ia5String, fromAscii(text));

/** A Time (RFC 5280 §4.1.2.5): UTCTime until 2049, GeneralizedTime from 2050. */
export function time(seconds: number): Bytes {
  const digits = new Date(seconds * 1000).toISOString().replace(/\.\d+|[-:T]/g, "");
  return digits < "2050"
    ? element(tags.utcTime, fromAscii(digits.slice(2)))
    : element(tags.generalizedTime, fromAscii(digits));
}
