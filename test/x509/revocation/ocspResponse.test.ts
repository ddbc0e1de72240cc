import { describe, expect, test } from "vitest";
import { DerError } from "../../../src/der/error.ts";
import {
  bitString,
  boolean,
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from "../../../src/der/writer.ts";
import { type Bytes, concat, fromAscii } from "../../../src/wire/bytes.ts";
import { parseOcspResponse } from "../../../src/x509/revocation/ocspResponse.ts";
import { extension } from "../../certificates.ts";
import {
  type BasicFields,
  type DataFields,
  day,
  delegate,
  enumerated,
  generalizedTime,
  type IdFields,
  now,
  ocspResponse,
  root,
  type SingleFields,
  setting,
  single,
  statuses,
  wrapped,
} from "./makers.ts";

const utcTime = (digits: string): Bytes => element(0x17, fromAscii(digits));
const other = extension("1.2.3.4", nullElement());
const many = (count: number): Bytes[] =>
  Array.from({ length: count }, (_, i) => extension(`1.2.3.${i}`, nullElement()));

function refuses(der: Bytes, words: RegExp): void {
  expect(() => parseOcspResponse(der)).toThrow(DerError);
  expect(() => parseOcspResponse(der)).toThrow(words);
}

describe("an OCSP response", () => {
  test("is read to the last field", () => {
    const timestamps = new Uint8Array([0, 3, 0, 1, 7]);
    const list = extension("1.3.6.1.4.1.11129.2.4.5", octetString(timestamps));
    const signer = delegate();
    const der = ocspResponse({
      by: "keyHash",
      singles: [
        single({ extensions: [other, list] }),
        single({ status: statuses.revoked(now, 4), nextUpdate: null }),
      ],
      extensions: many(32),
      certificates: [signer.der, root.der],
    });
    const response = parseOcspResponse(der);
    if (response.outcome === "failed") throw new Error(response.says);
    const [first, second] = response.responses;
    expect(response).toMatchObject({
      responder: { by: "keyHash" },
      producedAt: now - day,
      hasUnreadCritical: false,
      signatureAlgorithm: { algorithm: { kind: "ecdsa", hash: "SHA-256" } },
    });
    expect(first).toMatchObject({
      status: { kind: "good" },
      thisUpdate: now - day,
      nextUpdate: now + 3 * day,
      id: { hash: "SHA-1" },
    });
    const { start, end } = first?.signedCertificateTimestamps ?? { start: 0, end: 0 };
    expect(der.subarray(start, end)).toEqual(timestamps);
    expect(second).toMatchObject({
      status: { kind: "revoked", time: now, reason: 4 },
      nextUpdate: undefined,
      signedCertificateTimestamps: undefined,
    });
    expect(response.certificates.map((span) => der.subarray(span.start, span.end))).toEqual([
      signer.der,
      root.der,
    ]);
  });

  const bent = (fields: Partial<DataFields>): Bytes => ocspResponse({ bend: setting(fields) });
  const bentBasic = (fields: Partial<BasicFields>): Bytes => ocspResponse({ bendBasic: setting(fields) });
  const bentSingle = (fields: Partial<SingleFields>): Bytes =>
    ocspResponse({ singles: [single({ bend: setting(fields) })] });
  const bentId = (fields: Partial<IdFields>): Bytes =>
    ocspResponse({ singles: [single({ bendId: setting(fields) })] });
  const listOf = (...list: Bytes[]): Bytes => element(0xa1, sequence(...list));
  const ofBasic = (bytes: Bytes, ...more: Bytes[]): Bytes =>
    sequence(objectIdentifier("1.3.6.1.5.5.7.48.1.1"), octetString(bytes), ...more);
  const basic = sequence(sequence(), sequence(), bitString());

  test("may be about 128 certificates, and bring 8", () => {
    const singles = new Array<Bytes>(128).fill(single());
    const certificates = new Array<Bytes>(8).fill(root.der);
    expect(parseOcspResponse(ocspResponse({ singles, certificates })).outcome).toBe("successful");
  });

  test("may name its certificate by a hash that is not known, whatever its parameters", () => {
    const response = parseOcspResponse(
      bentId({ algorithm: sequence(objectIdentifier("1.2.3"), sequence()) }),
    );
    expect(response).toMatchObject({ responses: [{ id: { hash: undefined } }] });
  });

  test.each<[string, RegExp, Bytes]>([
    ["nothing", /expected sequence, got the end/, new Uint8Array(0)],
    ["more behind it", /left over/, concat(ocspResponse(), new Uint8Array(1))],
    ["more than 64 KiB", /where 65536 may be/, new Uint8Array(65_537)],
    ["an unused status", /a response status that there is not: 4/, sequence(enumerated(4))],
    ["an unknown status", /a response status that there is not: 7/, sequence(enumerated(7))],
    ["a status of another type", /expected 0x0a/, sequence(integer(0))],
    ["success without an answer", /expected \[0\]/, sequence(enumerated(0))],
    ["failure with an answer", /left over/, sequence(enumerated(3), element(0xa0, nullElement()))],
    [
      "another type",
      /an OCSP response of the type 1\.3\.6\.1\.5\.5\.7\.48\.1\.2/,
      wrapped(basic, objectIdentifier("1.3.6.1.5.5.7.48.1.2")),
    ],
    [
      "more behind the answer",
      /left over/,
      sequence(enumerated(0), element(0xa0, nullElement()), nullElement()),
    ],
    [
      "more behind its bytes",
      /left over/,
      sequence(enumerated(0), element(0xa0, ofBasic(basic), nullElement())),
    ],
    [
      "more beside its bytes",
      /left over/,
      sequence(enumerated(0), element(0xa0, ofBasic(basic, nullElement()))),
    ],
    ["more behind the basic response", /left over/, wrapped(concat(basic, nullElement()))],
    ["version 1 spelled out", /version 1 spelled out/, bent({ version: element(0xa0, integer(0)) })],
    ["version 2", /an OCSP response of version 2/, bent({ version: element(0xa0, integer(1)) })],
    ["no responder", /expected \[2\]/, bent({ responder: new Uint8Array(0) })],
    ["a responder twice", /left over/, bent({ responder: element(0xa1, sequence(), sequence()) })],
    [
      "a responder that is no name",
      /expected set/,
      bent({ responder: element(0xa1, sequence(nullElement())) }),
    ],
    ["producedAt as a UTCTime", /a UTCTime where/, bent({ producedAt: utcTime("250602120000Z") })],
    [
      "producedAt with a fraction",
      /a time in another form/,
      bent({ producedAt: element(0x18, fromAscii("20250602120000.5Z")) }),
    ],
    ["more behind the extensions", /left over/, bent({ extensions: nullElement() })],
    ["an empty list of extensions", /expected sequence/, bent({ extensions: listOf() })],
    ["an extension twice", /stands twice/, bent({ extensions: listOf(other, other) })],
    ["too many extensions", /more than 32 extensions/, bent({ extensions: listOf(...many(33)) })],
    [
      "two lists of extensions",
      /left over/,
      bent({ extensions: element(0xa1, sequence(other), sequence(other)) }),
    ],
    [
      "an extension that spells out FALSE",
      /spelled out/,
      bent({ extensions: listOf(sequence(objectIdentifier("1.2.3"), boolean(false), octetString())) }),
    ],
    [
      "an extension with more",
      /left over/,
      bent({ extensions: listOf(sequence(objectIdentifier("1.2.3"), octetString(), nullElement())) }),
    ],
    [
      "too many answers",
      /about more than 128 certificates/,
      ocspResponse({ singles: new Array<Bytes>(129).fill(single()) }),
    ],
    [
      "too many certificates",
      /more than 8 certificates/,
      ocspResponse({ certificates: new Array<Bytes>(9).fill(root.der) }),
    ],
    ["certificates of another type", /expected sequence/, ocspResponse({ certificates: [nullElement()] })],
    [
      "a signature of half a byte",
      /whole bytes/,
      bentBasic({ signature: element(3, new Uint8Array([4, 0])) }),
    ],
    ["more behind the certificates", /left over/, bentBasic({ certificates: nullElement() })],
    [
      "two lists of certificates",
      /left over/,
      bentBasic({ certificates: element(0xa0, sequence(), sequence()) }),
    ],
    ["a status of no kind", /expected \[2\]/, bentSingle({ status: element(0x83) })],
    ["good for something", /left over/, bentSingle({ status: element(0x80, new Uint8Array(1)) })],
    ["unknown for something", /left over/, bentSingle({ status: element(0x82, new Uint8Array(1)) })],
    ["revoked at no time", /expected generalizedTime/, bentSingle({ status: element(0xa1) })],
    [
      "revoked for no reason that there is",
      /that there is not: 7/,
      bentSingle({ status: statuses.revoked(now, 7) }),
    ],
    [
      "revoked for two reasons",
      /left over/,
      bentSingle({
        status: element(0xa1, generalizedTime(now), element(0xa0, enumerated(1), enumerated(1))),
      }),
    ],
    [
      "more behind revoked",
      /left over/,
      bentSingle({ status: element(0xa1, generalizedTime(now), nullElement()) }),
    ],
    ["thisUpdate as a UTCTime", /a UTCTime where/, bentSingle({ thisUpdate: time(now) })],
    ["nextUpdate as a UTCTime", /a UTCTime where/, bentSingle({ nextUpdate: element(0xa0, time(now)) })],
    [
      "two next updates",
      /left over/,
      bentSingle({ nextUpdate: element(0xa0, generalizedTime(now), generalizedTime(now)) }),
    ],
    ["more behind the extensions of an answer", /left over/, bentSingle({ extensions: nullElement() })],
    [
      "two lists of extensions of an answer",
      /left over/,
      bentSingle({ extensions: element(0xa1, sequence(other), sequence(other)) }),
    ],
    [
      "timestamps that are no string",
      /expected octetString/,
      bentSingle({ extensions: listOf(extension("1.3.6.1.4.1.11129.2.4.5", nullElement())) }),
    ],
    [
      "timestamps with more behind",
      /left over/,
      bentSingle({
        extensions: listOf(extension("1.3.6.1.4.1.11129.2.4.5", concat(octetString(), nullElement()))),
      }),
    ],
    [
      "a hash with parameters",
      /expected null/,
      bentId({ algorithm: sequence(objectIdentifier("1.3.14.3.2.26"), integer(1)) }),
    ],
    [
      "a hash with more",
      /left over/,
      bentId({ algorithm: sequence(objectIdentifier("1.3.14.3.2.26"), nullElement(), nullElement()) }),
    ],
    ["an id with more", /left over/, bentId({ serialNumber: concat(integer(1), integer(1)) })],
  ])("with %s", (_, words, der) => {
    refuses(der, words);
  });
});
