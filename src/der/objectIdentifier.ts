import type { Bytes } from "../wire/bytes.ts";
import type { Span } from "./cursor.ts";

/** The contents of an OBJECT IDENTIFIER (X.690 §8.19) from its dotted form. */
export function objectIdentifier(dotted: string): Bytes {
  const parts = dotted.split(".").map(Number);
  const [first, second, ...rest] = parts;
  if (first === undefined || second === undefined || !parts.every(Number.isSafeInteger)) {
    throw new RangeError(`not an object identifier: ${dotted}`);
  }
  const bytes: number[] = [];
  for (const part of [40 * first + second, ...rest]) {
    const groups = [part % 128];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left % 128));
    bytes.push(...groups);
  }
  return new Uint8Array(bytes);
}

/** Longer ones name nothing, and decimal digits cost the square of their number. */
const longest = 128;

/** The dotted form of the contents of an OBJECT IDENTIFIER that a cursor has found to be one; of a long one only its size. */
export function dottedForm(bytes: Uint8Array, { start, end }: Span): string {
  if (end - start > longest) return `(${end - start} bytes)`;
  const parts: bigint[] = [];
  let value = 0n;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    if (parts.length === 0) {
      const first = value < 80n ? value / 40n : 2n;
      parts.push(first, value - 40n * first);
    } else parts.push(value);
    value = 0n;
  }
  return parts.join(".");
}

/** Whether a part of `bytes` is `wanted`: what was read is compared in place. */
export function matches(bytes: Uint8Array, { start, end }: Span, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}
