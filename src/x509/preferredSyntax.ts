import type { Span } from "../der/cursor.ts";

const hyphen = 0x2d;
const dot = 0x2e;
const asterisk = 0x2a;
const mostBytes = 253;
const mostBytesOfALabel = 63;

/**
 * RFC 1034 §3.5 and RFC 1123 §2.1: labels of letters, digits and inner hyphens, and the last of them no number. A wildcard
 * is taken where names with wildcards are. Byte by byte: a pattern would need a text, and costs more than the rest of the rules.
 */
export function isPreferredSyntax(bytes: Uint8Array, { start, end }: Span): boolean {
  if (end - start > mostBytes) return false;
  let label = bytes[start] === asterisk && bytes[start + 1] === dot ? start + 2 : start;
  let isNumber = true;
  for (let i = label; i <= end; i++) {
    const byte = i < end ? (bytes[i] as number) : dot;
    if (byte !== dot) {
      if (isLetter(byte) || byte === hyphen) isNumber = false;
      else if (!isDigit(byte)) return false;
      continue;
    }
    if (i === label || i - label > mostBytesOfALabel) return false;
    if (bytes[label] === hyphen || bytes[i - 1] === hyphen) return false;
    if (i === end) break;
    label = i + 1;
    isNumber = true;
  }
  return !isNumber;
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
