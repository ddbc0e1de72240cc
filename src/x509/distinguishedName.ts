import { DerCursor, type Span } from "../der/cursor.ts";
import { dottedForm, matches, objectIdentifier } from "../der/objectIdentifier.ts";
import { checkString, isString, stringOf } from "../der/strings.ts";
import { tags } from "../der/tags.ts";
import { compareBytes } from "../der/writer.ts";
import { toHex } from "../wire/bytes.ts";

/** Steps over a Name (RFC 5280 §4.1.2.4), with its header, and refuses what is none. */
export function readName(cursor: DerCursor): Span {
  const start = cursor.offset;
  const rdns = cursor.enter(tags.sequence);
  while (!rdns.atEnd) readRelativeName(rdns);
  return { start, end: cursor.offset };
}

function readRelativeName(cursor: DerCursor): void {
  const rdn = cursor.enter(tags.set);
  let previous: Span | undefined;
  do {
    const start = rdn.offset;
    const attribute = rdn.enter(tags.sequence);
    attribute.objectIdentifier();
    if (isString(attribute.nextTag)) checkString(attribute);
    else attribute.skipAny();
    attribute.finish();
    const { bytes, offset: end } = rdn;
    // X.690 §11.6: a SET OF is sorted.
    if (
      previous !== undefined &&
      compareBytes(bytes.subarray(previous.start, previous.end), bytes.subarray(start, end)) > 0
    ) {
      throw rdn.error("a set that is not sorted");
    }
    previous = { start, end };
  } while (!rdn.atEnd);
}

/** Whether a Name, with its header, has nothing in it. */
export const isEmptyName = ({ start, end }: Span): boolean => end - start === 2;

/** One attribute of a Name: where its type stands, and its value with the tag of its string. */
export interface NameAttribute {
  readonly type: Span;
  readonly tag: number;
  readonly value: Span;
  /** The whole value, with its header. */
  readonly element: Span;
}

/** The RDNs of a Name that was checked, each a list of attributes. */
export function relativeNames(bytes: Uint8Array, name: Span): readonly (readonly NameAttribute[])[] {
  const rdns = new DerCursor(bytes, name.start, name.end).enter(tags.sequence);
  const list: NameAttribute[][] = [];
  while (!rdns.atEnd) {
    const rdn = rdns.enter(tags.set);
    const attributes: NameAttribute[] = [];
    while (!rdn.atEnd) {
      const attribute = rdn.enter(tags.sequence);
      const type = attribute.objectIdentifier();
      const tag = attribute.nextTag;
      const start = attribute.offset;
      const value = attribute.contents(tag);
      attributes.push({ type, tag, value, element: { start, end: value.end } });
    }
    list.push(attributes);
  }
  return list;
}

/** RFC 4514 §3, and those that people know by name. */
const shortNames = new Map<string, string>([
  ["2.5.4.3", "CN"],
  ["2.5.4.4", "SN"],
  ["2.5.4.5", "serialNumber"],
  ["2.5.4.6", "C"],
  ["2.5.4.7", "L"],
  ["2.5.4.8", "ST"],
  ["2.5.4.9", "STREET"],
  ["2.5.4.10", "O"],
  ["2.5.4.11", "OU"],
  ["2.5.4.12", "title"],
  ["2.5.4.15", "businessCategory"],
  ["2.5.4.17", "postalCode"],
  ["2.5.4.42", "givenName"],
  ["2.5.4.97", "organizationIdentifier"],
  ["0.9.2342.19200300.100.1.1", "UID"],
  ["0.9.2342.19200300.100.1.25", "DC"],
  ["1.2.840.113549.1.9.1", "emailAddress"],
]);

const emailAddress = objectIdentifier("1.2.840.113549.1.9.1");
const commonName = objectIdentifier("2.5.4.3");

/** A Name as RFC 4514 writes it: the last part first, `CN=a.example,O=Example,C=NL`. */
export function nameToString(bytes: Uint8Array, name: Span): string {
  return relativeNames(bytes, name)
    .map((rdn) => rdn.map((attribute) => attributeToString(bytes, attribute)).join("+"))
    .reverse()
    .join(",");
}

function attributeToString(bytes: Uint8Array, { type, tag, value, element }: NameAttribute): string {
  const dotted = dottedForm(bytes, type);
  const short = shortNames.get(dotted);
  // RFC 4514 §2.4: what has no short name, or no text, is written as its bytes.
  if (short === undefined || !isString(tag)) {
    return `${short ?? dotted}=#${toHex(bytes.subarray(element.start, element.end))}`;
  }
  return `${short}=${escapeValue(stringOf(bytes, tag, value))}`;
}

// RFC 4514 §2.4. Characters that would steer a terminal or turn the text's direction are written as their bytes too.
function escapeValue(text: string): string {
  return text
    .replace(/["+,;<>\\]/g, "\\$&")
    .replace(/^[ #]| $/g, "\\$&")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
      [...new TextEncoder().encode(character)].map((byte) => `\\${toHex(new Uint8Array([byte]))}`).join(""),
    );
}

/** The subject's emailAddress attributes, text or not, which name constraints hold for too (RFC 5280 §4.2.1.10). */
export function emailAddresses(bytes: Uint8Array, name: Span): readonly NameAttribute[] {
  return attributesOf(bytes, name, emailAddress);
}

export function commonNames(bytes: Uint8Array, name: Span): readonly string[] {
  return attributesOf(bytes, name, commonName)
    .filter(({ tag }) => isString(tag))
    .map(({ tag, value }) => stringOf(bytes, tag, value));
}

function attributesOf(bytes: Uint8Array, name: Span, wanted: Uint8Array): readonly NameAttribute[] {
  return relativeNames(bytes, name)
    .flat()
    .filter(({ type }) => matches(bytes, type, wanted));
}
