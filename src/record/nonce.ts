import type { Bytes } from "../wire/bytes.ts";

/**
 * RFC 9846 §5.3: the sequence number, added to the static IV. It is kept in a double: exact up to 2^53 - 1, which is out
 * of reach, and where it ends rather than wraps.
 */
export function writeNonce(iv: Bytes, sequence: number, into: Bytes): void {
  const high = Math.floor(sequence / 2 ** 32);
  const low = sequence % 2 ** 32;
  into.set(iv);
  into[4] = (iv[4] as number) ^ (high >>> 24);
  into[5] = (iv[5] as number) ^ ((high >>> 16) & 0xff);
  into[6] = (iv[6] as number) ^ ((high >>> 8) & 0xff);
  into[7] = (iv[7] as number) ^ (high & 0xff);
  into[8] = (iv[8] as number) ^ (low >>> 24);
  into[9] = (iv[9] as number) ^ ((low >>> 16) & 0xff);
  into[10] = (iv[10] as number) ^ ((low >>> 8) & 0xff);
  into[11] = (iv[11] as number) ^ (low & 0xff);
}

export function nonce(iv: Bytes, sequence: number): Bytes {
  const bytes = new Uint8Array(12);
  writeNonce(iv, sequence, bytes);
  return bytes;
}
