import { constants, generateKeyPairSync, type KeyObject, privateEncrypt, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { portableHashes } from "../../src/crypto/provider/portable/hashes.ts";
import { portableRsaVerify } from "../../src/crypto/provider/portable/rsa.ts";
import { type Bytes, concat, copyOf, fromHex } from "../../src/wire/bytes.ts";

const message = fromHex("0001020304");
const digest = portableHashes["SHA-256"].digest(message);
const digestInfo = concat(fromHex("3031300d060960864801650304020105000420"), digest);
const withoutNull = concat(fromHex("302f300b0609608648016503040201" + "0420"), digest);
const algorithm = { kind: "rsa-pkcs1", hash: "SHA-256" } as const;

/** Sizes that are no multiple of 8 make PSS encodings a byte shorter or a bit longer than the modulus. */
const keys = [1024, 1025, 1026, 1031, 2048].map((bits) =>
  generateKeyPairSync("rsa", { modulusLength: bits }),
);
const [pair] = keys as [{ publicKey: KeyObject; privateKey: KeyObject }];

function partsOf(key: KeyObject) {
  const { n, e } = key.export({ format: "jwk" });
  const bytes = (text = "") => copyOf(Buffer.from(text, "base64url"));
  return { modulus: bytes(n), exponent: bytes(e) };
}
const { modulus, exponent } = partsOf(pair.publicKey);

/** What a key would have to sign to make this encoding. */
function signatureOf(encoding: Bytes): Bytes {
  const key = { key: pair.privateKey, padding: constants.RSA_NO_PADDING };
  return copyOf(privateEncrypt(key, encoding));
}

function padded(info: Uint8Array, { type = 1, zero = 0, fill = 0xff, behind = 0 } = {}): Bytes {
  const padding = new Uint8Array(128 - 3 - info.length - behind).fill(fill);
  return concat(new Uint8Array([0, type]), padding, new Uint8Array([zero]), info, new Uint8Array(behind));
}

const encodings: readonly (readonly [string, boolean, Bytes])[] = [
  ["as RFC 8017 has it", true, padded(digestInfo)],
  ["of the wrong type", false, padded(digestInfo, { type: 2 })],
  ["padded with zeros", false, padded(digestInfo, { fill: 0 })],
  ["with no zero behind the padding", false, padded(digestInfo, { zero: 1 })],
  ["with bytes left over behind the digest", false, padded(digestInfo, { behind: 40 })],
  ["without the NULL of its parameters", false, padded(withoutNull)],
  ["of the digest alone", false, padded(digest)],
];

describe("RSA in JavaScript, PKCS#1 v1.5", () => {
  it.each(encodings)("an encoding %s: %s", (_, verified, encoding) => {
    expect(portableRsaVerify(algorithm, modulus, exponent, message, signatureOf(encoding))).toBe(verified);
  });

  const signature = signatureOf(padded(digestInfo));
  const plusModulus = ((): Bytes => {
    const integer = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
    const sum = (integer(signature) + integer(modulus)).toString(16);
    return fromHex(sum.padStart(2 * Math.ceil(sum.length / 2), "0"));
  })();
  const strange: readonly (readonly [string, Bytes, Bytes, Bytes])[] = [
    ["a signature with a zero in front", modulus, exponent, concat(new Uint8Array(1), signature)],
    ["a signature cut short", modulus, exponent, signature.subarray(1)],
    ["no signature", modulus, exponent, new Uint8Array(0)],
    ["a signature that is no residue of the modulus", modulus, exponent, plusModulus],
    ["a modulus of 0", new Uint8Array(128), exponent, signature],
    ["no modulus", new Uint8Array(0), exponent, new Uint8Array(0)],
    ["a modulus of 1", new Uint8Array([1]), exponent, new Uint8Array(1)],
    ["an exponent that would keep us busy", modulus, new Uint8Array(9).fill(0xff), signature],
    ["a modulus that would keep us busy", new Uint8Array(2049).fill(0xff), exponent, new Uint8Array(2049)],
  ];
  it.each(strange)("%s verifies nothing", (_, n, e, bytes) => {
    expect(portableRsaVerify(algorithm, n, e, message, bytes)).toBe(false);
  });
});

describe("RSA in JavaScript, PSS", () => {
  it.each(keys.map((key) => [key.publicKey.asymmetricKeyDetails?.modulusLength, key] as const))(
    "verifies node:crypto's signatures with a key of %i bits, and none that is another",
    (_, key) => {
      const parts = partsOf(key.publicKey);
      for (const saltLength of [0, 20, 32]) {
        const padding = constants.RSA_PKCS1_PSS_PADDING;
        const signature = copyOf(sign("sha256", message, { key: key.privateKey, padding, saltLength }));
        const verify = (salt: number, bytes: Bytes) =>
          portableRsaVerify(
            { kind: "rsa-pss", hash: "SHA-256", saltLength: salt },
            parts.modulus,
            parts.exponent,
            message,
            bytes,
          );
        expect(verify(saltLength, signature)).toBe(true);
        expect(verify(saltLength + 1, signature)).toBe(false);
        for (const at of [0, 1, signature.length - 1]) {
          const changed = copyOf(signature);
          changed[at] = (changed[at] as number) ^ 1;
          expect(verify(saltLength, changed)).toBe(false);
        }
      }
    },
  );

  it("verifies nothing where the salt does not fit the key", () => {
    const long = { kind: "rsa-pss", hash: "SHA-512", saltLength: 64 } as const;
    expect(portableRsaVerify(long, modulus, exponent, message, new Uint8Array(128))).toBe(false);
  });
});
