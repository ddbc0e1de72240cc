import type { DerCursor, Span } from "./cursor.ts";
import { DerError } from "./error.ts";
import { tagName, tags } from "./tags.ts";

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

const wrongCharacters = (tag: number, { start }: Span): DerError =>
  new DerError(`characters that ${tagName(tag)} lacks`, start);

/** UTF-8 as text. @throws DerError where it is none */
function fromUtf8(bytes: Uint8Array, span: Span): string {
  if (isAscii(bytes, span)) return latin1(bytes, span);
  try {
    return utf8.decode(bytes.subarray(span.start, span.end));
  } catch {
    throw wrongCharacters(tags.utf8String, span);
  }
}

const bytesOf = (characters: RegExp): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, code) => +characters.test(String.fromCharCode(code)));
const any = bytesOf(/^/);

/** Which bytes each type of string may hold. */
const contents = new Map([
  [tags.utf8String, any],
  // X.680 §41.4, table 10
  [tags.printableString, bytesOf(/[A-Za-z0-9 '()+,\-./:=?]/)],
  [tags.ia5String, bytesOf(/[\0-\x7f]/)],
  [tags.numericString, bytesOf(/[0-9 ]/)],
  [tags.visibleString, bytesOf(/[ -~]/)],
  [tags.teletexString, any],
  [tags.bmpString, any],
  [tags.universalString, any],
] as [number, Uint8Array][]);

/** Whether a tag is that of a string that {@link checkString} and {@link stringOf} know. */
export const isString = (tag: number): boolean => contents.has(tag);

/** Steps over a string of any type, and refuses characters that its type does not have. */
export function checkString(cursor: DerCursor): Span {
  const tag = cursor.nextTag;
  const { bytes } = cursor;
  const span = cursor.contents(tag);
  const allowed = contents.get(tag);
  let isRight = (span.end - span.start) % widthOf(tag) === 0;
  for (let i = span.start; i < span.end; i++) if (!allowed?.[bytes[i] as number]) isRight = false;
  if (!isRight) throw wrongCharacters(tag, span);
  if (tag === tags.utf8String && !isAscii(bytes, span)) fromUtf8(bytes, span);
  return span;
}

/** Bytes of a character; UTF-8 is told apart before. */
const widthOf = (tag: number): number => (tag === tags.bmpString ? 2 : tag === tags.universalString ? 4 : 1);

/** The text of the contents of a string that was checked. TeletexString is read as Latin-1, which is what is found in it. */
export function stringOf(bytes: Uint8Array, tag: number, span: Span): string {
  if (tag === tags.utf8String) return fromUtf8(bytes, span);
  const size = widthOf(tag);
  let text = "";
  for (let i = span.start; i + size <= span.end; i += size) {
    let code = 0;
    for (let j = 0; j < size; j++) code = code * 256 + (bytes[i + j] as number);
    text += code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  }
  return text;
}
