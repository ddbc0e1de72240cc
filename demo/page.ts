import { columns, printable } from "../src/cli/report/style.ts";

const shownHeaders = 6;
const shownLines = 8;

/** The status, and the first lines of the headers and of the page. */
export function firstLines(response: Buffer): readonly string[] {
  const end = response.indexOf("\r\n\r\n");
  if (end === -1) return response.length === 0 ? ["(nothing came)"] : [cut(response.toString("latin1"))];
  const [status = "", ...headers] = response.toString("latin1", 0, end).split("\r\n");
  const rest = response.subarray(end + 4);
  const chunked = headers.some((line) => /^transfer-encoding:.*\bchunked\b/i.test(line));
  const body = chunked ? joinChunks(rest) : rest;
  const lines = body
    .toString("utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  return [
    cut(status),
    ...headers.slice(0, shownHeaders).map(cut),
    ...(headers.length > shownHeaders ? [`… and ${headers.length - shownHeaders} more headers`] : []),
    "",
    ...lines.slice(0, shownLines).map(cut),
    ...(lines.length > shownLines ? [`… and ${lines.length - shownLines} more lines`] : []),
  ];
}

/** RFC 9112 §7.1, as far as it goes: what was cut off is shown up to the cut. */
function joinChunks(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, Math.max(end, at)), 16);
    if (end === -1 || !(size > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

function cut(line: string): string {
  const width = columns - 4;
  const shown = printable(line.replaceAll("\t", "  "));
  return shown.length > width ? `${shown.slice(0, width - 1)}…` : shown;
}
