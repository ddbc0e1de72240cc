/** Identifier octets (X.690 §8.1.2) of the types that X.509 uses; SEQUENCE and SET with their constructed bit. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A context-specific tag of a primitive type, `[n] IMPLICIT`. */
export const context = (number: number): number => 0x80 | number;

/** A context-specific tag round another element, `[n] EXPLICIT`, or of a constructed type. */
export const constructed = (number: number): number => 0xa0 | number;

const names = new Map<number, string>(Object.entries(tags).map(([name, tag]) => [tag, name]));

/** For messages: `sequence`, `[3]`, `0x1f`. */
export function tagName(tag: number): string {
  if (tag < 0) return "the end";
  if ((tag & 0xc0) === 0x80) return `[${tag & 0x1f}]`;
  return names.get(tag) ?? `0x${tag.toString(16).padStart(2, "0")}`;
}
