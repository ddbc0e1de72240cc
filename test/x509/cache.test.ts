import { describe, expect, test } from "vitest";
import type { PublicKey } from "../../src/crypto/publicKey.ts";
import { DerError } from "../../src/der/error.ts";
import { type Bytes, concat, copyOf } from "../../src/wire/bytes.ts";
import { certificateCache } from "../../src/x509/cache.ts";
import { extension, key, makeCertificate } from "../certificates.ts";
import { leaf } from "../trust/judge.ts";

const certificates = Array.from({ length: 5 }, (_, i) => leaf({ subject: `${i}.example` }));

/** With other last bytes: the end of a signature, which reading does not look at. */
function ending(der: Uint8Array, ...last: readonly number[]): Uint8Array {
  const bytes = copyOf(der);
  bytes.set(last, bytes.length - last.length);
  return bytes;
}

describe("a cache of certificates", () => {
  test("answers with the same certificate for the same bytes, wherever they lie", () => {
    const cache = certificateCache();
    for (const der of certificates) {
      const first = cache.parse(der);
      expect(cache.parse(copyOf(der))).toBe(first);
      for (const before of [1, 2, 3, 4]) {
        expect(cache.parse(concat(new Uint8Array(before), der).subarray(before))).toBe(first);
      }
    }
  });

  test("never answers with another, however alike", () => {
    const cache = certificateCache();
    const der = leaf();
    const first = cache.parse(der);
    // Another subject of the same length, and the same signature.
    const at = Buffer.from(der).lastIndexOf("a.example");
    const other = copyOf(der);
    other[at] = 0x62;
    expect(cache.parse(other)).not.toBe(first);
    expect(cache.parse(other).der).toEqual(other);
    expect(cache.parse(der).der).toEqual(der);
  });

  test("never answers with another that was made to share its slot", () => {
    for (let size = 0; size < 8; size++) {
      const made = (length: number): Uint8Array =>
        leaf({ extensions: [extension("1.2.3.4", new Uint8Array(length))] });
      const der = ending(made(100 + size), 100, 100, 100, 100, 100);
      // A slot is a number made of the length and the last five bytes, each times 33 to its place.
      const sameSlot = [
        ending(der, 100, 100, 100, 101, 67),
        ending(der, 100, 100, 101, 67, 100),
        ending(der, 100, 101, 67, 100, 100),
        ending(made(101 + size), 67, 100, 100, 100, 100),
      ];
      const cache = certificateCache();
      const first = cache.parse(der);
      for (const other of sameSlot) {
        expect(cache.parse(other).der).toEqual(other);
        expect(cache.parse(der).der).toEqual(first.der);
      }
    }
  });

  test("keeps a copy", () => {
    const cache = certificateCache();
    const der = leaf();
    const given = copyOf(der);
    const first = cache.parse(given);
    given.fill(0);
    expect(first.der).toEqual(der);
    expect(cache.parse(der)).toBe(first);
  });

  test("forgets the one that was not used for longest", () => {
    const cache = certificateCache(2);
    const [a, b, c] = certificates as [Uint8Array, Uint8Array, Uint8Array];
    const first = cache.parse(a);
    const second = cache.parse(b);
    expect(cache.parse(a)).toBe(first);
    cache.parse(c);
    expect(cache.parse(a)).toBe(first);
    expect(cache.parse(b)).not.toBe(second);
  });

  const sized = (bytes: number, serial: number): Bytes =>
    leaf({ extensions: [extension("1.2.3.4", new Uint8Array(bytes).fill(serial))] });

  test("keeps no certificate above 16 KiB", () => {
    const cache = certificateCache();
    const over = 16_384 - sized(10_000, 1).length + 10_000;
    const [fits, large] = [sized(over - 8, 1), sized(over + 8, 1)];
    expect(fits.length).toBeLessThanOrEqual(16_384);
    expect(large.length).toBeGreaterThan(16_384);
    expect(cache.parse(fits)).toBe(cache.parse(fits));
    expect(cache.parse(large)).not.toBe(cache.parse(large));
    expect(cache.parse(fits)).toBe(cache.parse(fits));
  });

  test("keeps 1 MiB of certificates, however few", () => {
    const cache = certificateCache();
    const first = sized(15_000, 0);
    const mine = cache.parse(first);
    const others = Math.floor(1_048_576 / (first.length + 16)) - 1;
    for (let i = 1; i <= others; i++) cache.parse(sized(15_000, i));
    expect(cache.parse(first)).toBe(mine);
    // The first was used just now: one and another push out the second and the third.
    for (let i = others + 1; i <= 2 * others + 2; i++) cache.parse(sized(15_000, i));
    expect(cache.parse(first)).not.toBe(mine);
  });

  test("keeps nothing that is no certificate", () => {
    const cache = certificateCache();
    expect(() => cache.parse(new Uint8Array([1]))).toThrow(DerError);
    expect(() => cache.parse(new Uint8Array([1]))).toThrow(DerError);
  });

  test("knows which keys a certificate verified with, and no more than two", () => {
    const cache = certificateCache();
    const certificate = cache.parse(makeCertificate({ subject: "x", key: key("P-256") }));
    const keys = [1, 2, 3].map(
      (n): PublicKey => ({ kind: "ed25519", spki: new Uint8Array([n]), key: new Uint8Array(32) }),
    );
    const [one, two, three] = keys as [PublicKey, PublicKey, PublicKey];
    expect(cache.isVerified(certificate, one)).toBe(false);
    cache.noteVerified(certificate, one);
    expect(cache.isVerified(certificate, { ...one, spki: copyOf(one.spki) })).toBe(true);
    expect(cache.isVerified(certificate, two)).toBe(false);
    cache.noteVerified(certificate, two);
    cache.noteVerified(certificate, three);
    expect([one, two, three].map((issuer) => cache.isVerified(certificate, issuer))).toEqual([
      true,
      true,
      false,
    ]);
  });
});
