import { expect, test } from "vitest";
import { DerCursor } from "../../src/der/cursor.ts";
import { DerError } from "../../src/der/error.ts";
import { checkString, isString, stringOf } from "../../src/der/strings.ts";
import { tags } from "../../src/der/tags.ts";
import { element } from "../../src/der/writer.ts";
import { fromHex } from "../../src/wire/bytes.ts";

test.each([
  ["utf8String", "c3a9e282ac", "é€"],
  ["utf8String", "", ""],
  ["utf8String", "efbbbf61", "\ufeffa"],
  ["printableString", "412042", "A B"],
  ["ia5String", "6140", "a@"],
  ["numericString", "31 20 32", "1 2"],
  ["visibleString", "7e", "~"],
  ["teletexString", "e9", "é"],
  ["bmpString", "00e920ac", "é€"],
  ["universalString", "0001f600", "😀"],
  ["universalString", "7fffffff", "\ufffd"],
] as const)("%s %s", (type, hex, text) => {
  const written = element(tags[type], fromHex(hex));
  const cursor = new DerCursor(written);
  expect(isString(cursor.nextTag)).toBe(true);
  const span = checkString(cursor);
  cursor.finish();
  expect(stringOf(written, tags[type], span)).toBe(text);
});

test.each([
  ["utf8String", "c3", "cut short"],
  ["utf8String", "c080", "longer than it need be"],
  ["utf8String", "eda080", "half of a pair"],
  ["printableString", "40", "an at sign"],
  ["printableString", "2a", "an asterisk"],
  ["printableString", "e9", "beyond ASCII"],
  ["ia5String", "80", "beyond ASCII"],
  ["numericString", "61", "a letter"],
  ["visibleString", "0a", "a control character"],
  ["bmpString", "00", "half a character"],
  ["universalString", "000000", "three quarters of a character"],
] as const)("%s %s is refused: %s", (type, hex, _) => {
  expect(() => checkString(new DerCursor(element(tags[type], fromHex(hex))))).toThrow(DerError);
});

test("an integer is no string", () => {
  expect(isString(tags.integer)).toBe(false);
});
