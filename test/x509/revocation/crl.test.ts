import { describe, expect, test } from "vitest";
import { DerCursor } from "../../../src/der/cursor.ts";
import { DerError } from "../../../src/der/error.ts";
import { tags } from "../../../src/der/tags.ts";
import {
  element,
  integer,
  nullElement,
  objectIdentifier,
  sequence,
  setOf,
  time,
} from "../../../src/der/writer.ts";
import { type Bytes, concat } from "../../../src/wire/bytes.ts";
import { parseCrl } from "../../../src/x509/revocation/crl.ts";
import { extension, extensions } from "../../certificates.ts";
import {
  type CrlFields,
  crl,
  crlNumber,
  day,
  entry,
  enumerated,
  generalizedTime,
  leaf,
  now,
  reason,
  root,
  scope,
  scopeFields,
  setting,
} from "./makers.ts";

const other = extension("1.2.3.4", nullElement());

function refuses(der: Bytes, words: RegExp): void {
  expect(() => parseCrl(der)).toThrow(DerError);
  expect(() => parseCrl(der)).toThrow(words);
}

describe("a CRL", () => {
  test("is read to the last field", () => {
    const der = crl({
      entries: [entry(1), entry(leaf, { extensions: [reason(10), other] })],
      extensions: [
        extensions.authorityKeyIdentifier(root.key),
        scope(
          scopeFields.uri("https://a.example"),
          scopeFields.users,
          scopeFields.reasons(1, 8),
          scopeFields.indirect,
        ),
      ],
    });
    const list = parseCrl(der);
    expect(list).toMatchObject({
      thisUpdate: now - day,
      nextUpdate: now + 6 * day,
      entries: { count: 2, hasUnreadCritical: false },
      scope: { only: "users", reasons: (1 << 1) | (1 << 8), indirect: true },
      unusable: expect.stringContaining("indirect"),
    });
    expect(list.entries.find(new Uint8Array([1]), { start: 0, end: 1 })).toEqual({
      time: now - 3 * day,
      reason: undefined,
      hasUnreadCritical: false,
    });
  });

  test("of version 1 can be read", () => {
    const der = crl({
      number: null,
      bend: (fields) => {
        fields.version = new Uint8Array(0);
      },
    });
    expect(parseCrl(der).unusable).toBe("has no number");
  });

  test("may number certificates in 64 bytes", () => {
    const serialNumber = integer(new Uint8Array(64).fill(1));
    const { entries } = parseCrl(crl({ entries: [sequence(serialNumber, time(now))] }));
    expect(entries.find(serialNumber, { start: 2, end: 66 })).toBeDefined();
    expect(entries.find(serialNumber, { start: 2, end: 65 })).toBeUndefined();
  });

  const bent = (fields: Partial<CrlFields>): Bytes => crl({ bend: setting(fields) });
  const behindSignature = (): Bytes => {
    const der = crl();
    const { start, end } = new DerCursor(der).contents(tags.sequence);
    return sequence(der.subarray(start, end), nullElement());
  };
  const withEntry = (...fields: Bytes[]): Bytes => crl({ entries: [entry(1), sequence(...fields)] });
  const withScope = (...fields: Bytes[]): Bytes => crl({ extensions: [scope(...fields)] });
  const yes = new Uint8Array([0xff]);

  test.each<[string, RegExp, Bytes]>([
    ["nothing", /expected sequence, got the end/, new Uint8Array(0)],
    ["more behind the signature", /left over/, behindSignature()],
    ["more behind it", /left over/, concat(crl(), new Uint8Array(1))],
    ["a version that is none", /a version that there is not/, bent({ version: integer(2) })],
    ["version 1 spelled out", /a version that there is not/, bent({ version: integer(0) })],
    ["extensions in version 1", /which version 1 does not have/, bent({ version: new Uint8Array(0) })],
    [
      "another algorithm outside",
      /another one than within/,
      crl({ outerAlgorithm: sequence(objectIdentifier("1.2.840.10045.4.3.3")) }),
    ],
    ["an issuer that is no name", /expected set/, bent({ issuer: sequence(nullElement()) })],
    ["no thisUpdate", /expected generalizedTime/, bent({ thisUpdate: nullElement() })],
    ["a GeneralizedTime before 2050", /before 2050/, bent({ thisUpdate: generalizedTime(now) })],
    ["a nextUpdate before 2050 as one", /before 2050/, bent({ nextUpdate: generalizedTime(now) })],
    ["a list of none", /expected sequence, got the end/, bent({ entries: sequence() })],
    ["an entry of another type", /expected sequence, got null/, bent({ entries: sequence(nullElement()) })],
    [
      "more behind the extensions",
      /left over/,
      bent({ extensions: concat(element(0xa0, sequence(crlNumber())), nullElement()) }),
    ],
    [
      "two lists of extensions",
      /left over/,
      bent({ extensions: element(0xa0, sequence(other), sequence(other)) }),
    ],
    ["an extension twice", /stands twice/, crl({ extensions: [crlNumber()] })],
    ["a negative number", /a negative integer/, crl({ number: extension("2.5.29.20", element(2, yes)) })],
    [
      "a number with more",
      /left over/,
      crl({ number: extension("2.5.29.20", concat(integer(1), integer(1))) }),
    ],
    [
      "a delta's base that is no number",
      /expected integer/,
      crl({ extensions: [extension("2.5.29.27", nullElement(), true)] }),
    ],
    [
      "a broken key identifier",
      /expected sequence/,
      crl({ extensions: [extension("2.5.29.35", nullElement())] }),
    ],
    ["an entry without a time", /expected generalizedTime/, withEntry(integer(2))],
    ["an entry of an old kind of time", /before 2050/, withEntry(integer(2), generalizedTime(now))],
    ["a number that is not minimal", /not minimal/, withEntry(element(2, new Uint8Array(2)), time(now))],
    ["a number of 65 bytes", /more than 64 bytes/, withEntry(integer(new Uint8Array(65).fill(1)), time(now))],
    ["an entry with more", /left over/, withEntry(integer(2), time(now), sequence(other), nullElement())],
    ["an entry with an empty list", /expected sequence/, withEntry(integer(2), time(now), sequence())],
    [
      "an entry with an extension twice",
      /stands twice/,
      withEntry(integer(2), time(now), sequence(reason(1), reason(1))),
    ],
    [
      "a reason that there is not",
      /that there is not: 7/,
      withEntry(integer(2), time(now), sequence(reason(7))),
    ],
    ["a reason above all", /that there is not: 11/, withEntry(integer(2), time(now), sequence(reason(11)))],
    [
      "a reason with more",
      /left over/,
      withEntry(
        integer(2),
        time(now),
        sequence(extension("2.5.29.21", concat(enumerated(1), enumerated(1)))),
      ),
    ],
    [
      "an invalidity date that is none",
      /a time in another form/,
      withEntry(integer(2), time(now), sequence(extension("2.5.29.24", element(0x18)))),
    ],
    [
      "an invalidity date as a UTCTime",
      /a UTCTime where/,
      withEntry(integer(2), time(now), sequence(extension("2.5.29.24", time(now)))),
    ],
    ["a scope that says nothing", /says nothing/, withScope()],
    ["a scope of two kinds", /two kinds/, withScope(scopeFields.users, scopeFields.authorities)],
    ["a scope of two other kinds", /two kinds/, withScope(scopeFields.authorities, scopeFields.attributes)],
    ["a scope that spells out FALSE", /spelled out/, withScope(element(0x81, new Uint8Array(1)))],
    ["a scope with more", /left over/, withScope(scopeFields.users, nullElement())],
    ["a scope of no names", /expected/, withScope(element(0xa0, element(0xa0)))],
    ["a scope of no relative name", /expected/, withScope(element(0xa0, element(0xa1)))],
    [
      "a scope of two points",
      /left over/,
      withScope(element(0xa0, element(0xa1, nullElement()), nullElement())),
    ],
    ["a scope of a point of another kind", /expected \[1\]/, withScope(element(0xa0, setOf(nullElement())))],
  ])("with %s", (_, words, der) => {
    refuses(der, words);
  });
});
