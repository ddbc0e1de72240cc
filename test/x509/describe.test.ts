import { describe, expect, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { DerError } from "../../src/der/error.ts";
import {
  element,
  integer,
  objectIdentifier,
  printableString,
  sequence,
  setOf,
  utf8String,
} from "../../src/der/writer.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { describeCertificate } from "../../src/x509/describe.ts";
import { nameToString } from "../../src/x509/distinguishedName.ts";
import { addressToString } from "../../src/x509/generalName.ts";
import { addressBytes, extensions, generalName, key, makeCertificate } from "../certificates.ts";

test("a certificate is described as plain data", () => {
  const der = makeCertificate({
    subject: [
      ["C", "NL"],
      ["CN", "a.example"],
    ],
    key: key("P-256"),
    issuer: { subject: "CA", key: key("RSA") },
    notBefore: Date.UTC(2026, 0, 2, 3, 4, 5),
    notAfter: Date.UTC(2051, 0, 2, 3, 4, 5),
    extensions: [
      extensions.subjectAltName([
        generalName.dns("a.example"),
        generalName.ip("192.0.2.1"),
        generalName.ip("::1"),
        generalName.email("x@mail.example"),
        generalName.uri("https://a.example/"),
        generalName.directory("x"),
        generalName.other("1.2.3", integer(1)),
        element(0x88, new Uint8Array([0x2a])),
      ]),
    ],
    bend: (fields) => {
      fields.serialNumber = integer(new Uint8Array([0xab, 0xcd]));
    },
  });
  expect(describeCertificate(der)).toEqual({
    subject: "CN=a.example,C=NL",
    issuer: "CN=CA",
    serialNumber: "ABCD",
    notBefore: "2026-01-02T03:04:05Z",
    notAfter: "2051-01-02T03:04:05Z",
    subjectAltNames: [
      "DNS:a.example",
      "IP:192.0.2.1",
      "IP:::1",
      "email:x@mail.example",
      "URI:https://a.example/",
      "directory:CN=x",
      "otherName:#06022a03a003020101",
      "registeredID:#2a",
    ],
    publicKey: "EC P-256",
    signatureAlgorithm: "RSA PKCS#1 v1.5 with SHA-256",
  });
  const { sha256 } = describeCertificate(der, defaultProvider.hashes["SHA-256"]);
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(JSON.stringify(describeCertificate(der)))).toEqual(describeCertificate(der));
});

test("what is no certificate is none", () => {
  expect(() => describeCertificate(new Uint8Array([1, 2, 3]))).toThrow(DerError);
});

const attribute = (type: string, value: Bytes): Bytes => sequence(objectIdentifier(type), value);
const named = (...rdns: readonly Bytes[]): string => {
  const name = sequence(...rdns);
  return nameToString(name, { start: 0, end: name.length });
};
const cn = (text: string): string => named(setOf(attribute("2.5.4.3", utf8String(text))));

describe("names as RFC 4514 writes them", () => {
  test.each([
    ["Lu\u010di\u0107", "CN=Lu\u010di\u0107"],
    ['James "Jim" Smith, III', 'CN=James \\"Jim\\" Smith\\, III'],
    ["a+b;c<d>e\\f", "CN=a\\+b\\;c\\<d\\>e\\\\f"],
    ["#hash", "CN=\\#hash"],
    [" both ", "CN=\\ both\\ "],
    [" ", "CN=\\ "],
    ["", "CN="],
    ["Before\rAfter", "CN=Before\\0dAfter"],
    ["nul\0", "CN=nul\\00"],
    ["\u202egnp.exe", "CN=\\e2\\80\\aegnp.exe"],
    ["\u001b[2J", "CN=\\1b[2J"],
    ["a=b", "CN=a=b"],
  ])("%j", (text, written) => {
    expect(cn(text)).toBe(written);
  });

  test("begin with the last part, and join the attributes of one part", () => {
    expect(
      named(
        setOf(attribute("2.5.4.6", printableString("NL"))),
        setOf(attribute("2.5.4.10", utf8String("O")), attribute("2.5.4.11", utf8String("U"))),
        setOf(attribute("2.5.4.3", utf8String("a"))),
      ),
    ).toBe("CN=a,O=O+OU=U,C=NL");
  });

  test("show as bytes what has no name or no text", () => {
    expect(named(setOf(attribute("1.2.3.4", utf8String("x"))))).toBe("1.2.3.4=#0c0178");
    expect(named(setOf(attribute("2.5.4.3", integer(5))))).toBe("CN=#020105");
    expect(named()).toBe("");
  });
});

test("addresses are shown as RFC 5952 has them", () => {
  for (const [given, shown] of [
    ["2001:db8::1", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["::", "::"],
    ["1::", "1::"],
    ["0:0:1:0:0:0:1:1", "0:0:1::1:1"],
  ] as const) {
    expect(addressToString(addressBytes(given)), given).toBe(shown);
  }
});
