import type { Span } from "../der/cursor.ts";

const hyphen = 0x2d;
const dot = 0x2e;

/**
 * RFC 1034 §3.5 and RFC 1123 §2.1: labels of letters, digits and inner hyphens, and the last of them no number. A wildcard
 * is taken where names with wildcards are. Byte by byte: a pattern would need a text, and costs more than the rest of the rules.
 */
export function isPreferredSyntax(bytes: Uint8Array, { start, end }: Span): boolean {
  let label = bytes[start] === 0x2a && bytes[start + 1] === dot ? start + 2 : start;
  let isNumber = true;
  for (let i = label; ; i++) {
    const byte = i < end ? (bytes[i] as number) : dot;
    if (byte === dot) {
      if (i === label || i - label > 63 || bytes[label] === hyphen || bytes[i - 1] === hyphen) return false;
      if (i === end) return !isNumber && end - start <= 253;
      label = i + 1;
      isNumber = true;
    } else if (byte < 0x30 || byte > 0x39) {
      const lower = byte | 0x20;
      if (byte !== hyphen && (lower < 0x61 || lower > 0x7a)) return false;
      isNumber = false;
    }
  }
}
