import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DerCursor } from "../../src/der/cursor.ts";
import { DerError } from "../../src/der/error.ts";
import { constructed, context, tags } from "../../src/der/tags.ts";
import { readTime } from "../../src/der/time.ts";
import { fromHex, toHex } from "../../src/wire/bytes.ts";

const at = (hex: string): DerCursor => new DerCursor(fromHex(hex));

type Refused = readonly [what: string, hex: string, read: (cursor: DerCursor) => unknown, words: RegExp];

const headers: readonly Refused[] = [
  ["nothing at all", "", (c) => c.skipAny(), /expected more, got the end/],
  ["another tag", "0400", (c) => c.enter(tags.sequence), /expected sequence, got octetString/],
  ["a tag of several bytes", "1f8100", (c) => c.skipAny(), /tag of several bytes/],
  ["no length", "30", (c) => c.skipAny(), /a length cut short/],
  ["an indefinite length", "3080020100 0000", (c) => c.skipAny(), /indefinite/],
  ["a length cut short", "3082 01", (c) => c.skipAny(), /cut short/],
  ["a length of four bytes", "308400000001 00", (c) => c.skipAny(), /more than three/],
  ["a long length where a short one fits", "30810200 00", (c) => c.skipAny(), /a length that is not minimal/],
  ["a length with a zero in front", "308200800000", (c) => c.skipAny(), /a length that is not minimal/],
  ["contents beyond the end", "040200", (c) => c.skipAny(), /2 bytes where 1 are left/],
  ["contents beyond the element round it", "3003040200 00", (c) => c.skipAny(), /2 bytes where 1 are left/],
  ["end-of-contents octets", "0000", (c) => c.skipAny(), /end-of-contents/],
  ["a string in pieces", "24040402 0000", (c) => c.skipAny(), /form that DER forbids/],
  ["a primitive sequence", "1000", (c) => c.skipAny(), /form that DER forbids/],
  ["bytes left over", "05000500", (c) => [c.null(), c.finish()], /2 bytes are left over/],
];

const values: readonly Refused[] = [
  ["an empty integer", "0200", (c) => c.integer(), /without bytes/],
  ["an integer with a zero in front", "0202007f", (c) => c.integer(), /not minimal/],
  ["a negative integer with ff in front", "0202ff80", (c) => c.integer(), /not minimal/],
  ["a negative integer as a magnitude", "0201ff", (c) => c.unsigned(), /negative/],
  ["a negative small integer", "0201ff", (c) => c.smallInteger(), /negative/],
  ["a small integer that is large", "02050100000000", (c) => c.smallInteger(), /above/],
  ["TRUE as 01", "010101", (c) => c.boolean(), /neither 00 nor ff/],
  ["an empty boolean", "0100", (c) => c.boolean(), /neither 00 nor ff/],
  ["a boolean of two bytes", "0102ffff", (c) => c.boolean(), /neither 00 nor ff/],
  ["FALSE where it is the default", "010100", (c) => c.booleanOrFalse(), /default value/],
  ["NULL with contents", "050100", (c) => c.null(), /with contents/],
  ["an empty object identifier", "0600", (c) => c.objectIdentifier(), /cut short/],
  ["an object identifier with a zero in front", "0603558004", (c) => c.objectIdentifier(), /not minimal/],
  ["an object identifier cut short", "06025581", (c) => c.objectIdentifier(), /cut short/],
  ["a bit string without its first byte", "0300", (c) => c.bits(), /count of unused/],
  ["a key without its first byte", "0300", (c) => c.bitString(), /a wrong count of unused bits/],
  ["eight unused bits", "03020800", (c) => c.bits(), /wrong count/],
  ["unused bits of nothing", "030101", (c) => c.bits(), /wrong count/],
  ["unused bits that are set", "03020101", (c) => c.bits(), /not zero/],
  ["a key of broken bytes", "0302017e", (c) => c.bitString(), /whole bytes/],
  ["named bits with zeros at the end", "03020540", (c) => c.namedBits(), /zeros at their end/],
  ["named bits with a zero byte at the end", "0303000100", (c) => c.namedBits(), /zeros at their end/],
  ["more named bits than 32", "0306000000000001", (c) => c.namedBits(), /more named bits/],
];

describe("the cursor refuses", () => {
  test.each([...headers, ...values])("%s", (_, hex, read, words) => {
    expect(() => read(at(hex))).toThrow(DerError);
    expect(() => read(at(hex))).toThrow(words);
  });

  test("what nests deeper than anything honest does", () => {
    let inner = "";
    for (let depth = 0; depth < 40; depth++) {
      const length = inner.length / 2;
      inner = `30${length.toString(16).padStart(2, "0")}${inner}`;
    }
    expect(() => at(inner).skipAny()).toThrow(/too deep/);
  });

  test("within what is skipped too: nobody reads it, and it has to be DER all the same", () => {
    for (const [hex, words] of [
      ["3003010101", /neither 00 nor ff/],
      ["30040202007f", /not minimal/],
      ["3003050100", /with contents/],
      ["30030602 80", /2 bytes/],
      ["3005060355 8004", /not minimal/],
      ["a0020000", /end-of-contents/],
      ["3004 03020101", /not zero/],
    ] as const) {
      expect(() => at(hex).skipAny(), hex).toThrow(words);
    }
  });
});

describe("the cursor reads", () => {
  test("lengths of one to four bytes", () => {
    for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000]) {
      const head =
        length < 0x80
          ? [length]
          : length < 0x100
            ? [0x81, length]
            : length < 0x10000
              ? [0x82, length >> 8, length & 0xff]
              : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
      const bytes = new Uint8Array([0x04, ...head, ...new Array<number>(length).fill(7)]);
      const cursor = new DerCursor(bytes);
      const { start, end } = cursor.contents(tags.octetString);
      expect(end - start).toBe(length);
      cursor.finish();
    }
  });

  test("nested elements, optional ones and tags of its own", () => {
    const cursor = at("3012 a003020102 8101ff 0101ff 0603550403 0500");
    const fields = cursor.enter(tags.sequence);
    cursor.finish();
    expect(fields.enterOptional(constructed(0))?.smallInteger()).toBe(2);
    expect(fields.enterOptional(constructed(3))).toBeUndefined();
    expect(fields.boolean(context(1))).toBe(true);
    expect(fields.booleanOrFalse()).toBe(true);
    expect(fields.booleanOrFalse()).toBe(false);
    const { start, end } = fields.objectIdentifier();
    expect(toHex(fields.bytes.subarray(start, end))).toBe("550403");
    expect(fields.atEnd).toBe(false);
    fields.null();
    fields.finish();
    expect(fields.nextTag).toBe(-1);
  });

  test("magnitudes without the zero of their sign", () => {
    const cursor = at("020200ff 020100 02017f");
    expect(
      [cursor.unsigned(), cursor.unsigned(), cursor.unsigned()].map(({ start, end }) => [start, end]),
    ).toEqual([
      [3, 4],
      [6, 7],
      [9, 10],
    ]);
  });

  test("named bits, from the first on", () => {
    expect(at("03020780").namedBits()).toBe(1);
    expect(at("03020106").namedBits()).toBe(0b1100000);
    expect(at("0303070080").namedBits()).toBe(1 << 8);
    expect(at("030100").namedBits()).toBe(0);
  });

  test("errors tell where", () => {
    const cursor = at("0500 0101ff");
    cursor.null();
    expect(() => cursor.enter(tags.sequence)).toThrow("expected sequence, got boolean (at byte 2)");
  });
});

describe("times", () => {
  const time = (type: "utc" | "generalized", text: string): DerCursor =>
    new DerCursor(
      new Uint8Array([type === "utc" ? 0x17 : 0x18, text.length, ...new TextEncoder().encode(text)]),
    );

  test.each([
    ["utc", "700101000000Z", "1970-01-01T00:00:00Z"],
    ["utc", "500101000000Z", "1950-01-01T00:00:00Z"],
    ["utc", "491231235959Z", "2049-12-31T23:59:59Z"],
    ["utc", "000229120000Z", "2000-02-29T12:00:00Z"],
    ["utc", "240229120000Z", "2024-02-29T12:00:00Z"],
    ["generalized", "20500101000000Z", "2050-01-01T00:00:00Z"],
    ["generalized", "21000228235959Z", "2100-02-28T23:59:59Z"],
    ["generalized", "99991231235959Z", "9999-12-31T23:59:59Z"],
  ] as const)("%s %s", (type, text, iso) => {
    expect(readTime(time(type, text))).toBe(Date.parse(iso) / 1000);
  });

  test.each([
    ["utc", "2401010000Z", "no seconds"],
    ["utc", "240101000000+0000", "an offset"],
    ["utc", "240101000000", "no Z"],
    ["utc", "24010100000xZ", "a letter"],
    ["utc", "24010100000/Z", "a sign just below the digits"],
    ["utc", "241301000000Z", "a thirteenth month"],
    ["utc", "240001000000Z", "month zero"],
    ["utc", "240100000000Z", "day zero"],
    ["utc", "230229000000Z", "the 29th of February in a common year"],
    ["generalized", "21000229000000Z", "the 29th of February 2100"],
    ["utc", "240431000000Z", "the 31st of April"],
    ["utc", "240101240000Z", "hour 24"],
    ["utc", "240101006000Z", "minute 60"],
    ["utc", "240101000060Z", "second 60"],
    ["generalized", "20491231235959Z", "a GeneralizedTime before 2050"],
    ["generalized", "20500101000000.5Z", "a fraction"],
    ["generalized", "205001010000Z", "no seconds"],
  ] as const)("%s %s is refused: %s", (type, text, _) => {
    expect(() => readTime(time(type, text))).toThrow(DerError);
  });

  test("every second agrees with Date", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2050, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 }),
        (seconds) => {
          const digits = new Date(seconds * 1000).toISOString().replace(/\.\d+|[-:T]/g, "");
          expect(readTime(time("generalized", digits))).toBe(seconds);
        },
      ),
    );
  });
});

const everyReader: readonly ((cursor: DerCursor) => unknown)[] = [
  (c) => c.skipAny(),
  (c) => c.enter(tags.sequence).skipAny(),
  (c) => c.integer(),
  (c) => c.unsigned(),
  (c) => c.smallInteger(),
  (c) => c.boolean(),
  (c) => c.booleanOrFalse(),
  (c) => c.null(),
  (c) => c.objectIdentifier(),
  (c) => c.bitString(),
  (c) => c.bits(),
  (c) => c.namedBits(),
  (c) => readTime(c),
  (c) => c.finish(),
];

test("random bytes end in an answer or a DerError", () => {
  const tag = fc.constantFrom(...Object.values(tags), 0xa0, 0xa3, 0x82, 0x1f, 0x00);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(tag, fc.uint8Array({ maxLength: 40 }))
      .map(([t, rest]) => new Uint8Array([t, rest.length, ...rest])),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom(...everyReader), (input, read) => {
      const cursor = new DerCursor(input);
      try {
        read(cursor);
      } catch (error) {
        expect(error).toBeInstanceOf(DerError);
      }
    }),
    { numRuns: 3000 },
  );
});
