import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificatesFromPem, PemError, pemBlocks } from "../../src/x509/pem.ts";
import { toPem } from "../certificates.ts";

const one = new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x01]);
const two = new Uint8Array(200).map((_, i) => i);

describe("certificates are found", () => {
  test("one after the other", () => {
    expect(certificatesFromPem(toPem(one) + toPem(two))).toEqual([one, two]);
  });

  test("with any line ends, and text round them", () => {
    const file = `Subject: CN=x\n${toPem(one)}\n# comment\n${toPem(two)}trailing`;
    for (const text of [file, file.replaceAll("\n", "\r\n"), file.replaceAll("\n", "\r"), `\ufeff${file}`]) {
      expect(certificatesFromPem(text)).toEqual([one, two]);
    }
  });

  test("among other blocks, whatever is in those", () => {
    const encrypted =
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    expect(certificatesFromPem(encrypted + toPem(one))).toEqual([one]);
    expect(pemBlocks(encrypted + toPem(one)).map(({ label, line }) => [label, line])).toEqual([
      ["RSA PRIVATE KEY", 1],
      ["CERTIFICATE", 6],
    ]);
  });

  test("with lines of any length, blanks at their ends, and the old label", () => {
    const base64 = Buffer.from(two).toString("base64");
    expect(certificatesFromPem(`-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`)).toEqual([
      two,
    ]);
    expect(
      certificatesFromPem(`-----BEGIN X509 CERTIFICATE----- \n  ${base64}\t\n-----END X509 CERTIFICATE-----`),
    ).toEqual([two]);
  });

  test("whatever their bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        expect(certificatesFromPem(toPem(bytes as Uint8Array<ArrayBuffer>))).toEqual([new Uint8Array(bytes)]);
      }),
    );
  });
});

describe("an error says what was expected, and where", () => {
  test.each([
    ["", "got no PEM at all"],
    ["hello", "got no PEM at all"],
    ["-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "got PRIVATE KEY"],
    ["\n-----BEGIN CERTIFICATE-----\nAAAA", "line 2: a block begins and never ends"],
    [
      "-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----",
      "line 2: a block begins before the one of line 1 ends",
    ],
    [
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----",
      "line 3: CERTIFICATE ends as PRIVATE KEY",
    ],
    [
      "-----BEGIN CERTIFICATE-----\nAA*A\n-----END CERTIFICATE-----",
      "line 1: the block holds something else than base64",
    ],
    [
      "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----",
      "line 1: the block holds something else than base64",
    ],
    [
      "-----BEGIN CERTIFICATE-----\nA===\n-----END CERTIFICATE-----",
      "line 1: the block holds something else than base64",
    ],
    [
      "-----BEGIN CERTIFICATE-----\nAA==AAAA\n-----END CERTIFICATE-----",
      "line 1: the block holds something else than base64",
    ],
    [
      "-----BEGIN CERTIFICATE-----\nAA-_\n-----END CERTIFICATE-----",
      "line 1: the block holds something else than base64",
    ],
    [
      "-----BEGIN CERTIFICATE-----\nÄAAA\n-----END CERTIFICATE-----",
      "line 1: the block holds something else than base64",
    ],
    [
      "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
      "line 1: the block holds something else than base64",
    ],
  ])("%j", (text, words) => {
    expect(() => certificatesFromPem(text)).toThrow(PemError);
    expect(() => certificatesFromPem(text)).toThrow(words);
  });
});
