import { describe, expect, test } from "vitest";
import { DerCursor } from "../../src/der/cursor.ts";
import { DerError } from "../../src/der/error.ts";
import { tags } from "../../src/der/tags.ts";
import { element, integer, nullElement, sequence } from "../../src/der/writer.ts";
import { type Bytes, concat, fromHex } from "../../src/wire/bytes.ts";
import { anchorFromCertificate, subjectOf } from "../../src/x509/trustAnchor.ts";
import { extension, extensions, generalName, type TbsFields } from "../certificates.ts";
import { authority } from "../trust/judge.ts";

const utc = (text: string): Bytes => element(0x17, new TextEncoder().encode(text));
const root = authority("Root", { pathLength: 3 });

/** The contents of a certificate, with something done to them. */
function rewrapped(change: (contents: Bytes) => readonly Uint8Array[]): Bytes {
  const cursor = new DerCursor(root.der);
  const { start, end } = cursor.contents(tags.sequence);
  return sequence(...change(root.der.subarray(start, end)));
}

describe("an anchor from a certificate", () => {
  test("is its subject, its key, and what limits it", () => {
    const anchor = anchorFromCertificate(root.der);
    expect(anchor).toMatchObject({ mayIssue: true, pathLength: 3, nameConstraints: undefined });
    expect(anchor.publicKey).toMatchObject({ kind: "ec", curve: "P-256", spki: root.key.spki });
    expect(anchor.certificate).toEqual(root.der);
    expect(anchor.subject).toEqual(subjectOf(root.der));
    const names = extensions.nameConstraints({ permitted: [generalName.dns("example")] });
    const constrained = anchorFromCertificate(authority("Root", { more: [names] }).der);
    expect(constrained.nameConstraints?.permitted).toHaveLength(1);
  });

  test("has each extension once, and none under version 1", () => {
    const names = extensions.nameConstraints({ permitted: [generalName.dns("example")] });
    const unknown = extension("1.2.3.4", nullElement());
    for (const more of [
      [names, names],
      [unknown, extension("1.2.3.5", nullElement()), unknown],
    ]) {
      const twice = authority("Root", { more }).der;
      expect(() => anchorFromCertificate(twice)).toThrow("an extension that stands twice");
    }
    const old = authority("Root", { bend: (f) => (f.version = fromHex("")) }).der;
    expect(() => anchorFromCertificate(old)).toThrow("extensions, which version 1 does not have");
  });

  test.each([
    ["policy constraints", "2.5.29.36", 1],
    ["TLS features", "1.3.6.1.5.5.7.1.24", 1],
    ["what nobody knows", "1.2.3.4", 1],
    ["where its revocation lists are", "2.5.29.31", 0],
    ["policies", "2.5.29.32", 0],
    ["that no certificate below is for any policy", "2.5.29.54", 0],
  ])("that says critically %s restricts by it, or not at all", (_, type, count) => {
    const anchor = anchorFromCertificate(
      authority("Root", { more: [extension(type, sequence(), true)] }).der,
    );
    expect(anchor.unprocessedCritical).toHaveLength(count);
  });

  test.each<[what: string, bend: (fields: TbsFields) => void]>([
    ["a serial number that is not minimal", (f) => (f.serialNumber = fromHex("02020001"))],
    ["unique identifiers", (f) => (f.uniqueIdentifiers = element(0x81, fromHex("00")))],
    ["an algorithm that nobody knows", (f) => (f.signature = sequence())],
    [
      "an extension that says it is not critical",
      (f) =>
        (f.extensions = element(
          0xa3,
          sequence(sequence(fromHex("06032a0304"), fromHex("010100"), fromHex("0400"))),
        )),
    ],
  ])("is taken with %s", (_, bend) => {
    expect(anchorFromCertificate(authority("Odd", { bend }).der).certificate).toBeDefined();
  });

  test.each<[what: string, bend: (fields: TbsFields) => void]>([
    [
      "three dates",
      (f) => (f.validity = sequence(utc("200101000000Z"), utc("400101000000Z"), utc("400101000000Z"))),
    ],
    ["a date that is none", (f) => (f.validity = sequence(utc("200101000000Z"), utc("401301000000Z")))],
    ["a subject that is none", (f) => (f.subject = nullElement())],
    ["a key that is none", (f) => (f.subjectPublicKeyInfo = sequence())],
    [
      "a broken basicConstraints",
      (f) => (f.extensions = element(0xa3, sequence(extension("2.5.29.19", integer(1))))),
    ],
    [
      "a broken keyUsage",
      (f) => (f.extensions = element(0xa3, sequence(extension("2.5.29.15", integer(1))))),
    ],
    [
      "a broken extendedKeyUsage",
      (f) => (f.extensions = element(0xa3, sequence(extension("2.5.29.37", sequence())))),
    ],
    [
      "a broken subjectKeyIdentifier",
      (f) => (f.extensions = element(0xa3, sequence(extension("2.5.29.14", integer(1))))),
    ],
    ["something behind its extensions", (f) => (f.extensions = concat(f.extensions, nullElement()))],
  ])("is not taken with %s", (_, bend) => {
    expect(() => anchorFromCertificate(authority("Odd", { bend }).der)).toThrow(DerError);
  });

  test("is not taken from what is no certificate", () => {
    for (const der of [
      new Uint8Array(0),
      sequence(),
      concat(root.der, nullElement()),
      rewrapped((contents) => [contents, nullElement()]),
      rewrapped((contents) => [contents.subarray(0, -1)]),
    ]) {
      expect(() => anchorFromCertificate(der)).toThrow(DerError);
      expect(() => subjectOf(der)).toThrow(DerError);
    }
  });
});
