import type { Bytes } from "./bytes.ts";

// By character code, and by hand, because what the runtimes have differs, or is slower.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values = new Int8Array(128).fill(-1);
for (const [value, character] of [...alphabet].entries()) values[character.charCodeAt(0)] = value;

/** RFC 4648 §4, padded and without a break in it; undefined for anything else, the empty text included. */
export function decodeBase64(text: string): Bytes | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4) - padding);
  let bits = text.length % 4 === 0 && text.length > 0 ? 0 : -1;
  let offset = 0;
  for (let i = 0; i < text.length - padding && bits >= 0; i++) {
    const value = values[text.charCodeAt(i)] ?? -1;
    bits = value < 0 ? -1 : ((bits & 0xffff) << 6) | value;
    // Of each four characters, all but the first complete a byte.
    if (i % 4 !== 0) bytes[offset++] = bits >> (6 - 2 * (i % 4));
  }
  return bits < 0 ? undefined : bytes;
}

/** RFC 4648 §4, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const characters = Math.min(4, bytes.length - i + 1);
    for (let j = 0; j < characters; j++) text += alphabet[(bits >> (18 - 6 * j)) & 63];
    text += "=".repeat(4 - characters);
  }
  return text;
}
