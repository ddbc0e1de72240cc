import type { Io } from "../io.ts";

/** The width that everything is laid out for. */
export const columns = 100;

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export type Style = { readonly [K in keyof typeof codes]: (text: string) => string };

/** Colours on a terminal only, and not where NO_COLOR (no-color.org) asks for none. */
export function styleFor(output: { readonly isTTY?: boolean }, env: Io["env"]): Style {
  const coloured = output.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const entries = Object.entries(codes).map(([name, [on, off]]) => [
    name,
    coloured ? (text: string) => `\x1b[${on}m${text}\x1b[${off}m` : (text: string) => text,
  ]);
  return Object.fromEntries(entries) as Style;
}

/**
 * Text that came from a server, safe to show: names in certificates and lines of dialogues must not move the cursor,
 * change the colours or turn the direction of what is read.
 */
export function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`,
  );
}

/** Breaks text at spaces; what has none is broken where the line ends. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    while (word.length > width) {
      lines.push(word.slice(0, width));
      word = word.slice(width);
    }
    line = word;
  }
  return line === "" && lines.length > 0 ? lines : [...lines, line];
}

/** Offsets, bytes, characters: sixteen bytes a line. */
export function hexDump(bytes: Uint8Array): readonly string[] {
  const digits = bytes.length > 0x10000 ? 6 : 4;
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) => {
    const row = [...bytes.subarray(16 * line, 16 * line + 16)];
    const hex = row.map((byte, i) => `${i === 8 ? " " : ""}${byte.toString(16).padStart(2, "0")}`).join(" ");
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    return `${(16 * line).toString(16).padStart(digits, "0")}  ${hex.padEnd(48)}  ${text}`;
  });
}

export function ms(time: number): string {
  return `${time.toFixed(time < 100 ? 1 : 0)} ms`;
}
