import crypto from "node:crypto";
import { describe, expect, test } from "vitest";
import { parsePublicKey, UnsupportedKeyError } from "../../src/crypto/parsePublicKey.ts";
import { DerCursor } from "../../src/der/cursor.ts";
import { DerError } from "../../src/der/error.ts";
import {
  bitString,
  element,
  integer,
  nullElement,
  objectIdentifier,
  sequence,
} from "../../src/der/writer.ts";
import { type Bytes, concat, fromHex, toHex } from "../../src/wire/bytes.ts";
import { keyInWords } from "../../src/x509/algorithmWords.ts";
import { readKey } from "../../src/x509/certificate.ts";
import { key, pssParameters, restrictedPssKey } from "../certificates.ts";

const spkiOf = (pair: { publicKey: crypto.KeyObject }): Bytes =>
  new Uint8Array(pair.publicKey.export({ format: "der", type: "spki" }));

describe("takes apart", () => {
  test("RSA", () => {
    const { spki, publicKey } = key("RSA");
    const parsed = parsePublicKey(spki);
    const { n, e } = publicKey.export({ format: "jwk" });
    expect(parsed).toMatchObject({ kind: "rsa", exponent: fromHex("010001") });
    if (parsed.kind !== "rsa") throw new Error("not RSA");
    expect(Buffer.from(parsed.modulus).toString("base64url")).toBe(n);
    expect(Buffer.from(parsed.exponent).toString("base64url")).toBe(e);
    expect(parsed.spki).toEqual(spki);
  });

  test("RSASSA-PSS, with and without a restriction", () => {
    expect(parsePublicKey(key("RSA-PSS").spki)).toMatchObject({ kind: "rsa-pss", restriction: undefined });
    for (const [hash, name, saltLength] of [
      ["sha256", "SHA-256", 32],
      ["sha384", "SHA-384", 20],
      ["sha512", "SHA-512", 0],
    ] as const) {
      expect(parsePublicKey(restrictedPssKey(hash, saltLength).spki)).toMatchObject({
        kind: "rsa-pss",
        restriction: { hash: name, saltLength },
      });
    }
  });

  test.each([
    ["P-256", 65],
    ["P-384", 97],
    ["P-521", 133],
  ] as const)("%s", (curve, length) => {
    const parsed = parsePublicKey(key(curve).spki);
    if (parsed.kind !== "ec") throw new Error("no curve");
    expect(parsed.curve).toBe(curve);
    expect(parsed.point.length).toBe(length);
    const { x } = key(curve).publicKey.export({ format: "jwk" });
    expect(Buffer.from(parsed.point.subarray(1, (length + 1) / 2)).toString("base64url")).toBe(x);
  });

  test("Ed25519", () => {
    const parsed = parsePublicKey(key("Ed25519").spki);
    if (parsed.kind !== "ed25519") throw new Error("no Ed25519");
    expect(Buffer.from(parsed.key).toString("base64url")).toBe(
      key("Ed25519").publicKey.export({ format: "jwk" }).x,
    );
  });
});

const rsa = objectIdentifier("1.2.840.113549.1.1.1");
const ec = objectIdentifier("1.2.840.10045.2.1");
const pss = objectIdentifier("1.2.840.113549.1.1.10");
const mgf1 = objectIdentifier("1.2.840.113549.1.1.8");
const sha256 = objectIdentifier("2.16.840.1.101.3.4.2.1");
const p256 = objectIdentifier("1.2.840.10045.3.1.7");
const numbers = sequence(integer(fromHex("f1")), integer(3));
const point = (form: number, length: number): Bytes =>
  bitString(new Uint8Array([form]), new Uint8Array(length - 1).fill(1));

describe("calls malformed", () => {
  test.each<[what: string, spki: Bytes]>([
    ["nothing", new Uint8Array(0)],
    ["a key without an algorithm", sequence(bitString(numbers))],
    ["RSA without NULL", sequence(sequence(rsa), bitString(numbers))],
    ["RSA with something else than NULL", sequence(sequence(rsa, integer(0)), bitString(numbers))],
    [
      "RSA with something behind NULL",
      sequence(sequence(rsa, nullElement(), nullElement()), bitString(numbers)),
    ],
    ["RSA with one number", sequence(sequence(rsa, nullElement()), bitString(sequence(integer(7))))],
    [
      "RSA with three numbers",
      sequence(sequence(rsa, nullElement()), bitString(sequence(integer(7), integer(3), integer(3)))),
    ],
    [
      "RSA with a negative modulus",
      sequence(sequence(rsa, nullElement()), bitString(sequence(fromHex("0201f1"), integer(3)))),
    ],
    [
      "RSA with a zero modulus",
      sequence(sequence(rsa, nullElement()), bitString(sequence(integer(0), integer(3)))),
    ],
    [
      "RSA with a zero exponent",
      sequence(sequence(rsa, nullElement()), bitString(sequence(integer(7), integer(0)))),
    ],
    [
      "RSA with a modulus that is not minimal",
      sequence(sequence(rsa, nullElement()), bitString(sequence(fromHex("02020007"), integer(3)))),
    ],
    [
      "RSA with bytes behind the key",
      sequence(sequence(rsa, nullElement()), bitString(concat(numbers, nullElement()))),
    ],
    [
      "bytes behind the whole",
      concat(sequence(sequence(rsa, nullElement()), bitString(numbers)), nullElement()),
    ],
    ["something behind the key", sequence(sequence(rsa, nullElement()), bitString(numbers), nullElement())],
    ["a curve without a name", sequence(sequence(ec), point(4, 65))],
    ["an implied curve", sequence(sequence(ec, nullElement()), point(4, 65))],
    ["a point that is too short", sequence(sequence(ec, p256), point(4, 64))],
    ["a point that is too long", sequence(sequence(ec, p256), point(4, 66))],
    ["a point in hybrid form", sequence(sequence(ec, p256), point(6, 65))],
    ["the point at infinity", sequence(sequence(ec, p256), point(0, 1))],
    ["an empty point", sequence(sequence(ec, p256), bitString())],
    ["a compressed point of the wrong length", sequence(sequence(ec, p256), point(2, 32))],
    [
      "Ed25519 with NULL",
      sequence(sequence(objectIdentifier("1.3.101.112"), nullElement()), bitString(new Uint8Array(32))),
    ],
    [
      "Ed25519 of 33 bytes",
      sequence(sequence(objectIdentifier("1.3.101.112")), bitString(new Uint8Array(33))),
    ],
    [
      "RSASSA-PSS with NULL",
      sequence(sequence(objectIdentifier("1.2.840.113549.1.1.10"), nullElement()), bitString(numbers)),
    ],
    ["a curve with something behind its name", sequence(sequence(ec, p256, nullElement()), point(4, 65))],
    [
      "RSASSA-PSS with something behind its parameters",
      sequence(sequence(pss, pssParameters("SHA-256", 32), nullElement()), bitString(numbers)),
    ],
    [
      "RSASSA-PSS with something behind its hash",
      sequence(
        sequence(pss, sequence(element(0xa0, sequence(sha256, nullElement(), nullElement())))),
        bitString(numbers),
      ),
    ],
    [
      "RSASSA-PSS with something behind the hash of its mask",
      sequence(
        sequence(pss, sequence(element(0xa1, sequence(mgf1, sequence(sha256), nullElement())))),
        bitString(numbers),
      ),
    ],
    [
      "RSASSA-PSS with two hashes",
      sequence(
        sequence(pss, sequence(element(0xa0, sequence(sha256), sequence(sha256)))),
        bitString(numbers),
      ),
    ],
    [
      "RSASSA-PSS with two masks",
      sequence(
        sequence(pss, sequence(element(0xa1, sequence(mgf1, sequence(sha256)), nullElement()))),
        bitString(numbers),
      ),
    ],
    [
      "RSASSA-PSS with two salt lengths",
      sequence(sequence(pss, sequence(element(0xa2, integer(32), integer(32)))), bitString(numbers)),
    ],
    [
      "an unknown kind with two parameters",
      sequence(sequence(objectIdentifier("1.2.3"), nullElement(), nullElement()), bitString(numbers)),
    ],
  ])("%s", (_, spki) => {
    expect(() => parsePublicKey(spki)).toThrow(DerError);
  });
});

describe("calls unsupported", () => {
  test.each<[what: string, spki: Bytes, words: string]>([
    ["Ed448", spkiOf(crypto.generateKeyPairSync("ed448")), "Ed448"],
    ["X25519", spkiOf(crypto.generateKeyPairSync("x25519")), "X25519"],
    ["P-224", spkiOf(crypto.generateKeyPairSync("ec", { namedCurve: "secp224r1" })), "P-224"],
    ["secp256k1", spkiOf(crypto.generateKeyPairSync("ec", { namedCurve: "secp256k1" })), "secp256k1"],
    [
      "a curve that is spelled out",
      spkiOf(crypto.generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" })),
      "spelled out",
    ],
    ["a compressed point", sequence(sequence(ec, p256), point(3, 33)), "compressed"],
    ["RSASSA-PSS for SHA-1", restrictedPssKey("sha1", 20).spki, "RSASSA-PSS key for such parameters"],
    ["RSASSA-PSS for SHA-224", restrictedPssKey("sha224", 28).spki, "RSASSA-PSS key for such parameters"],
    ["a kind that nobody knows", sequence(sequence(objectIdentifier("1.2.3.4")), bitString()), "1.2.3.4"],
  ])("%s", (_, spki, words) => {
    expect(() => parsePublicKey(spki)).toThrow(UnsupportedKeyError);
    const key = readKey(new DerCursor(spki));
    expect(key.kind).toBe("unsupported");
    expect(keyInWords(key)).toContain(words);
  });
});

test("the parts are views of the bytes, and hold nothing else", () => {
  const { spki } = key("P-256");
  const parsed = parsePublicKey(spki);
  expect(toHex(parsed.spki)).toBe(toHex(spki));
  expect(parsed.spki.buffer).toBe(spki.buffer);
});
