import { expect, test } from "vitest";
import { dottedForm, objectIdentifier } from "../../src/der/objectIdentifier.ts";

const dotted = (bytes: Uint8Array): string => dottedForm(bytes, { start: 0, end: bytes.length });

test.each(["0.9.2342", "1.2.840.113549.1.1.11", "2.5.29.17", "2.999.3", "2.25.9007199254740991"])(
  "%s is what it was made from",
  (text) => {
    expect(dotted(objectIdentifier(text))).toBe(text);
  },
);

test("an identifier of 128 bytes is written out, a longer one told by its size", () => {
  const ofSize = (size: number): Uint8Array => new Uint8Array(size).fill(0x81, 1, size - 1).fill(1, 0, 1);
  expect(dotted(ofSize(128))).toMatch(/^0\.1\.\d{260,}$/);
  expect(dotted(ofSize(129))).toBe("(129 bytes)");
  expect(dotted(ofSize(60_000))).toBe("(60000 bytes)");
});
