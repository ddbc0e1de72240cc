import type { DerCursor, Span } from "../der/cursor.ts";
import { constructed, context, tagName, tags } from "../der/tags.ts";
import { readName } from "./distinguishedName.ts";
import { limits } from "./limits.ts";

/** The tags of GeneralName (RFC 5280 §4.2.1.6). */
export const generalNames = {
  otherName: constructed(0),
  rfc822Name: context(1),
  dNSName: context(2),
  x400Address: constructed(3),
  directoryName: constructed(4),
  ediPartyName: constructed(5),
  uniformResourceIdentifier: context(6),
  iPAddress: context(7),
  registeredID: context(8),
} as const;

/** One name: its tag, and where its contents stand (for a directoryName, the Name with its header). */
export interface GeneralName extends Span {
  readonly tag: number;
}

/** Reads one name and looks at its syntax, but for the length of an address: constraints have masks. */
export function readGeneralName(cursor: DerCursor): GeneralName {
  const tag = cursor.nextTag;
  switch (tag) {
    case generalNames.rfc822Name:
    case generalNames.dNSName:
    case generalNames.uniformResourceIdentifier: {
      const { start, end } = cursor.contents(tag);
      // IA5String: seven bits. What is printed goes through escapes, so control characters may stay.
      for (let i = start; i < end; i++) {
        if ((cursor.bytes[i] as number) >= 0x80) throw cursor.error("a name beyond ASCII");
      }
      return { tag, start, end };
    }
    case generalNames.iPAddress: {
      const { start, end } = cursor.contents(tag);
      return { tag, start, end };
    }
    case generalNames.directoryName: {
      const inner = cursor.enter(tag);
      const { start, end } = readName(inner);
      inner.finish();
      return { tag, start, end };
    }
    case generalNames.otherName: {
      const inner = cursor.enter(tag);
      const start = inner.offset;
      inner.objectIdentifier();
      const value = inner.enter(constructed(0));
      value.skipAny();
      value.finish();
      inner.finish();
      return { tag, start, end: cursor.offset };
    }
    case generalNames.registeredID: {
      const { start, end } = cursor.objectIdentifier(tag);
      return { tag, start, end };
    }
    case generalNames.x400Address:
    case generalNames.ediPartyName: {
      const inner = cursor.enter(tag);
      const start = inner.offset;
      while (!inner.atEnd) inner.skipAny();
      return { tag, start, end: cursor.offset };
    }
    default:
      throw cursor.error(`expected a name, got ${tagName(tag)}`);
  }
}

/** GeneralNames: one at least. An address has 4 or 16 bytes. */
export function readGeneralNames(cursor: DerCursor, tag: number = tags.sequence): readonly GeneralName[] {
  const list = cursor.enter(tag);
  const names: GeneralName[] = [];
  do {
    const name = readGeneralName(list);
    const length = name.end - name.start;
    if (name.tag === generalNames.iPAddress && length !== 4 && length !== 16) {
      throw list.error(`an IP address of ${length} bytes`);
    }
    names.push(name);
    if (names.length > limits.subjectAltNames) throw list.error("too many names");
  } while (!list.atEnd);
  return names;
}

/** Dotted, or as RFC 5952 §4 writes it. */
export function addressToString(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((address[2 * i] as number) << 8) | (address[2 * i + 1] as number)).toString(16),
  );
  let [start, length] = [0, 1];
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === "0") j++;
    if (j - i > length) [start, length] = [i, j - i];
  }
  return length === 1
    ? groups.join(":")
    : `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}
