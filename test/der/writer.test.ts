import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DerCursor } from "../../src/der/cursor.ts";
import { dottedForm, objectIdentifier as encode } from "../../src/der/objectIdentifier.ts";
import { tags } from "../../src/der/tags.ts";
import { readTime } from "../../src/der/time.ts";
import {
  bitString,
  boolean,
  element,
  ia5String,
  integer,
  namedBits,
  nullElement,
  objectIdentifier,
  octetString,
  printableString,
  sequence,
  setOf,
  time,
  utf8String,
} from "../../src/der/writer.ts";
import { fromHex, toHex } from "../../src/wire/bytes.ts";

test.each([
  ["an empty sequence", sequence(), "3000"],
  ["a sequence", sequence(nullElement(), boolean(true)), "3005050001 01ff"],
  ["FALSE", boolean(false), "010100"],
  ["zero", integer(0), "020100"],
  ["127", integer(127), "02017f"],
  ["128", integer(128), "02020080"],
  ["a magnitude with zeros in front", integer(fromHex("0000ff")), "020200ff"],
  ["no magnitude", integer(new Uint8Array(0)), "020100"],
  ["an object identifier", objectIdentifier("1.2.840.113549.1.1.11"), "06092a864886f70d01010b"],
  ["one of arc 2", objectIdentifier("2.999.3"), "0603883703"],
  ["an octet string", octetString(fromHex("01"), fromHex("02")), "04020102"],
  ["a bit string", bitString(fromHex("80")), "03020080"],
  ["named bits", namedBits(5, 6), "03020106"],
  ["named bit 8", namedBits(8), "0303070080"],
  ["no named bits", namedBits(), "030100"],
  ["text", utf8String("é"), "0c02c3a9"],
  ["printable text", printableString("NL"), "13024e4c"],
  ["ASCII", ia5String("a"), "160161"],
  ["a set, sorted", setOf(integer(2), boolean(true), integer(1)), "3109 0101ff 020101 020102"],
])("writes %s", (_, written, hex) => {
  expect(toHex(written)).toBe(hex.replaceAll(" ", ""));
});

test("refuses what is no number and no identifier", () => {
  expect(() => integer(-1)).toThrow(RangeError);
  expect(() => integer(1.5)).toThrow(RangeError);
  expect(() => encode("1")).toThrow(RangeError);
  expect(() => encode("1.x")).toThrow(RangeError);
});

describe("what is written is read again", () => {
  test("integers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (value) => {
        expect(new DerCursor(integer(value)).smallInteger()).toBe(value);
      }),
    );
  });

  test("magnitudes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (magnitude) => {
        const written = integer(magnitude);
        const { start, end } = new DerCursor(written).unsigned();
        expect(BigInt(`0x${toHex(written.subarray(start, end))}`)).toBe(BigInt(`0x${toHex(magnitude)}`));
      }),
    );
  });

  test("object identifiers", () => {
    const parts = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 39 }),
      fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { maxLength: 8 }),
    );
    fc.assert(
      fc.property(parts, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join(".");
        const written = objectIdentifier(dotted);
        expect(dottedForm(written, new DerCursor(written).objectIdentifier())).toBe(dotted);
      }),
    );
  });

  test("named bits", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 31 })), (bits) => {
        const flags = bits.reduce((sum, bit) => sum + 2 ** bit, 0);
        expect(new DerCursor(namedBits(...bits)).namedBits()).toBe(flags);
      }),
    );
  });

  test("elements of any size", () => {
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const written = element(tags.octetString, new Uint8Array(length));
      const cursor = new DerCursor(written);
      const { start, end } = cursor.contents(tags.octetString);
      expect(end - start).toBe(length);
      cursor.finish();
    }
  });

  test("times, each by the type of its year", () => {
    for (const [iso, tag] of [
      ["2049-12-31T23:59:59Z", tags.utcTime],
      ["2050-01-01T00:00:00Z", tags.generalizedTime],
    ] as const) {
      const written = time(Date.parse(iso) / 1000);
      expect(written[0]).toBe(tag);
      expect(readTime(new DerCursor(written))).toBe(Date.parse(iso) / 1000);
    }
  });
});
