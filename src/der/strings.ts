import type { DerCursor, Span } from "./cursor.ts";
import { DerError } from "./error.ts";
import { tags } from "./tags.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function isAscii(bytes: Uint8Array, { start, end }: Span): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] as number) >= 0x80) return false;
  return true;
}

/** The text of a part of some bytes, each the character of its value. */
export function latin1(bytes: Uint8Array, { start, end }: Span): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/** UTF-8 as text. @throws DerError where it is none */
function fromUtf8(bytes: Uint8Array, span: Span): string {
  if (isAscii(bytes, span)) return latin1(bytes, span);
  try {
    return utf8.decode(bytes.subarray(span.start, span.end));
  } catch {
    throw new DerError("a UTF8String that is not UTF-8", span.start);
  }
}

// X.680 §41.4, table 10, as flags by code: A-Z a-z 0-9 space ' ( ) + , - . / : = ?
const printable = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?") {
  printable[character.charCodeAt(0)] = 1;
}

/** Whether a tag is that of a string that {@link checkString} and {@link stringOf} know. */
export function isString(tag: number): boolean {
  switch (tag) {
    case tags.utf8String:
    case tags.printableString:
    case tags.ia5String:
    case tags.numericString:
    case tags.visibleString:
    case tags.teletexString:
    case tags.bmpString:
    case tags.universalString:
      return true;
    default:
      return false;
  }
}

/** Steps over a string of any type, and refuses characters that its type does not have. */
export function checkString(cursor: DerCursor): Span {
  const tag = cursor.nextTag;
  const { bytes } = cursor;
  const span = cursor.contents(tag);
  const { start, end } = span;
  switch (tag) {
    case tags.printableString:
      for (let i = start; i < end; i++) {
        if (printable[bytes[i] as number] === 0)
          throw new DerError("a character that PrintableString lacks", i);
      }
      break;
    case tags.utf8String:
      if (!isAscii(bytes, span)) fromUtf8(bytes, span);
      break;
    case tags.ia5String:
      if (!isAscii(bytes, span)) throw new DerError("a character that IA5String lacks", start);
      break;
    case tags.numericString:
      for (let i = start; i < end; i++) {
        const byte = bytes[i] as number;
        if (byte !== 0x20 && (byte < 0x30 || byte > 0x39))
          throw new DerError("a character that NumericString lacks", i);
      }
      break;
    case tags.visibleString:
      for (let i = start; i < end; i++) {
        const byte = bytes[i] as number;
        if (byte < 0x20 || byte > 0x7e) throw new DerError("a character that VisibleString lacks", i);
      }
      break;
    case tags.bmpString:
      if ((end - start) % 2 !== 0) throw new DerError("a BMPString of half characters", start);
      break;
    case tags.universalString:
      if ((end - start) % 4 !== 0) throw new DerError("a UniversalString of broken characters", start);
      break;
  }
  return span;
}

/** The text of the contents of a string that was checked. TeletexString is read as Latin-1, which is what is found in it. */
export function stringOf(bytes: Uint8Array, tag: number, span: Span): string {
  switch (tag) {
    case tags.utf8String:
      return fromUtf8(bytes, span);
    case tags.bmpString:
      return wide(bytes, span, 2);
    case tags.universalString:
      return wide(bytes, span, 4);
    default:
      return latin1(bytes, span);
  }
}

function wide(bytes: Uint8Array, { start, end }: Span, size: 2 | 4): string {
  let text = "";
  for (let i = start; i + size <= end; i += size) {
    let code = 0;
    for (let j = 0; j < size; j++) code = code * 256 + (bytes[i + j] as number);
    text += code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  }
  return text;
}
