import { describe, expect, test } from "vitest";
import { deriveSecret, hkdfExpand, hkdfExpandLabel, hkdfExtract } from "../../src/keyschedule/hkdf.ts";
import { concat, fromHex, noBytes, toHex } from "../../src/wire/bytes.ts";
import { providers } from "../crypto/providers.ts";

// RFC 5869 appendix A, its cases with SHA-256.
const cases = [
  {
    name: "a basic case",
    ikm: "0b".repeat(22),
    salt: "000102030405060708090a0b0c",
    info: "f0f1f2f3f4f5f6f7f8f9",
    prk: "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
    okm: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  },
  {
    name: "longer inputs and output",
    ikm: toHex(Uint8Array.from({ length: 80 }, (_, i) => i)),
    salt: toHex(Uint8Array.from({ length: 80 }, (_, i) => 0x60 + i)),
    info: toHex(Uint8Array.from({ length: 80 }, (_, i) => 0xb0 + i)),
    prk: "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
    okm:
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c" +
      "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71" +
      "cc30c58179ec3e87c14c01d5c1f3434f1d87",
  },
  {
    name: "neither salt nor info",
    ikm: "0b".repeat(22),
    salt: "",
    info: "",
    prk: "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
    okm: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  },
];

describe.each(providers)("%s provider", (_provider, provider) => {
  const sha256 = provider.hashes["SHA-256"];
  const hashes = [sha256, provider.hashes["SHA-384"]].map((hash) => [hash.name, hash] as const);

  test.each(cases.map((one) => [one.name, one] as const))(
    "HKDF of RFC 5869: %s",
    (_, { ikm, salt, info, prk, okm }) => {
      const extracted = hkdfExtract(sha256, fromHex(salt), fromHex(ikm));
      expect(toHex(extracted)).toBe(prk);
      expect(toHex(hkdfExpand(sha256, extracted, fromHex(info), okm.length / 2))).toBe(okm);
    },
  );

  test.each(hashes)("%s: every length is a prefix of the longest", (_, hash) => {
    const key = new Uint8Array(hash.length).fill(7);
    const longest = hkdfExpand(hash, key, fromHex("0102"), 255 * hash.length);
    for (const length of [0, 1, hash.length - 1, hash.length, hash.length + 1, 254 * hash.length + 1]) {
      expect(toHex(hkdfExpand(hash, key, fromHex("0102"), length))).toBe(toHex(longest.subarray(0, length)));
    }
    expect(() => hkdfExpand(hash, key, noBytes, 255 * hash.length + 1)).toThrow(RangeError);
  });

  test("HKDF-Expand-Label puts length, label and context one after the other", () => {
    const secret = new Uint8Array(32).fill(3);
    const context = fromHex("aabbcc");
    // uint16 length, opaque label<7..255> "tls13 key", opaque context<0..255>
    const info = concat(
      fromHex("0010"),
      fromHex("09"),
      new TextEncoder().encode("tls13 key"),
      fromHex("03"),
      context,
    );
    expect(hkdfExpandLabel(sha256, secret, "key", context, 16)).toEqual(hkdfExpand(sha256, secret, info, 16));
  });

  test("a label that an application chose works like one of the key schedule's", () => {
    const secret = new Uint8Array(32).fill(3);
    const label = "EXPERIMENTAL label";
    const info = concat(
      fromHex("0020"),
      new Uint8Array([6 + label.length]),
      new TextEncoder().encode(`tls13 ${label}`),
      fromHex("00"),
    );
    expect(hkdfExpandLabel(sha256, secret, label, noBytes, 32)).toEqual(hkdfExpand(sha256, secret, info, 32));
  });

  test("labels of 0 to 249 bytes fit, longer ones and others than ASCII don't", () => {
    const secret = new Uint8Array(32);
    expect(hkdfExpandLabel(sha256, secret, "", noBytes, 8)).toHaveLength(8);
    expect(hkdfExpandLabel(sha256, secret, "x".repeat(249), noBytes, 8)).toHaveLength(8);
    for (const label of ["x".repeat(250), "x".repeat(256), "x".repeat(600), "schlüssel"]) {
      expect(() => hkdfExpandLabel(sha256, secret, label, noBytes, 8)).toThrow(RangeError);
    }
  });

  test("contexts of up to 255 bytes fit, longer ones don't", () => {
    const secret = new Uint8Array(32);
    expect(hkdfExpandLabel(sha256, secret, "x", new Uint8Array(255), 8)).toHaveLength(8);
    expect(() => hkdfExpandLabel(sha256, secret, "x", new Uint8Array(256), 8)).toThrow(RangeError);
  });

  test.each([-1, 1.5, Number.NaN, 65_536])("no %d bytes can be asked for", (length) => {
    expect(() => hkdfExpandLabel(sha256, new Uint8Array(32), "x", noBytes, length)).toThrow(RangeError);
  });

  test.each(hashes)("Derive-Secret gives as many bytes as %s", (_, hash) => {
    const secret = new Uint8Array(hash.length).fill(1);
    const digest = hash.digest(noBytes);
    expect(deriveSecret(hash, secret, "derived", digest)).toEqual(
      hkdfExpandLabel(hash, secret, "derived", digest, hash.length),
    );
  });
});
