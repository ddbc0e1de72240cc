import { integer, sequence } from "../../der/writer.ts";
import type { Bytes } from "../../wire/bytes.ts";

/** r ‖ s, as WebCrypto gives it → Ecdsa-Sig-Value. */
export function ecdsaSignatureToDer(raw: Uint8Array): Bytes {
  const half = raw.length / 2;
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}

/**
 * Ecdsa-Sig-Value (RFC 3279 §2.2.3) → r ‖ s, each `size` bytes long, as WebCrypto takes it. DER to the letter: a second
 * spelling of a signature would be a second signature. Undefined for anything else.
 */
export function ecdsaSignatureFromDer(der: Uint8Array, size: number): Bytes | undefined {
  const body = value(der, 0, 0x30);
  if (body === undefined || body.end !== der.length) return undefined;
  const r = value(der, body.start, 0x02);
  if (r === undefined) return undefined;
  const s = value(der, r.end, 0x02);
  if (s === undefined || s.end !== der.length) return undefined;

  const raw = new Uint8Array(2 * size);
  return writeUnsigned(der, r, raw.subarray(0, size)) && writeUnsigned(der, s, raw.subarray(size))
    ? raw
    : undefined;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function value(der: Uint8Array, offset: number, tag: number): Span | undefined {
  if (der[offset] !== tag) return undefined;
  // A signature of the largest curve has fewer than 256 bytes, so a length has one byte, or two that begin with 0x81.
  const long = der[offset + 1] === 0x81;
  const start = offset + (long ? 3 : 2);
  const length = der[start - 1];
  if (length === undefined || length >= 0x80 !== long) return undefined;
  const end = start + length;
  return end <= der.length ? { start, end } : undefined;
}

function writeUnsigned(der: Uint8Array, { start, end }: Span, into: Uint8Array): boolean {
  const first = der[start];
  if (start === end || first === undefined || first >= 0x80) return false; // none, or negative
  const padded = first === 0 && end - start > 1;
  if (padded && (der[start + 1] as number) < 0x80) return false; // not the shortest form
  const digits = der.subarray(padded ? start + 1 : start, end);
  if (digits.length > into.length) return false;
  into.set(digits, into.length - digits.length);
  return true;
}
