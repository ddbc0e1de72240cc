import type { Bytes } from "../../src/wire/bytes.ts";

/** The bytes in pieces, cut at these places (taken modulo the length). Pieces may be empty. */
export function splitAt(bytes: Bytes, cuts: readonly number[]): Bytes[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.slice(places[i], end));
}
