import { describe, expect, it } from "vitest";
import { importedKeys } from "../../src/crypto/provider/importedKeys.ts";
import type { PublicKey } from "../../src/crypto/publicKey.ts";
import { noBytes } from "../../src/wire/bytes.ts";

function counting() {
  let imports = 0;
  const imported = importedKeys<number>();
  return {
    get: (key: PublicKey, variant = "") => imported(key, variant, () => ++imports),
    count: () => imports,
  };
}

const ed25519 = (...key: readonly number[]): PublicKey => ({
  spki: noBytes,
  kind: "ed25519",
  key: new Uint8Array(key),
});
const rsa = (modulus: readonly number[], exponent: readonly number[]): PublicKey => ({
  spki: noBytes,
  kind: "rsa",
  modulus: new Uint8Array(modulus),
  exponent: new Uint8Array(exponent),
});

describe("imported keys", () => {
  it("are found again by their content", () => {
    const keys = counting();
    expect(keys.get(ed25519(1, 2))).toBe(1);
    expect(keys.get(ed25519(1, 2))).toBe(1);
    expect(keys.get(ed25519(1, 3))).toBe(2);
    expect(keys.count()).toBe(2);
  });

  it("are told apart by each field that an import reads, and by what they are imported for", () => {
    const point = new Uint8Array([4, 1, 2]);
    const all: PublicKey[] = [
      rsa([1, 2, 3], [4]),
      rsa([2, 3], [4, 1]),
      rsa([1, 2, 3], [5]),
      rsa([1, 2], [3, 4]),
      rsa([9, 9, 9, 9, 9, 1, 2], [3, 4]),
      rsa([8, 9, 9, 9, 9, 1, 2], [3, 4]),
      { spki: noBytes, kind: "ec", curve: "P-256", point },
      { spki: noBytes, kind: "ec", curve: "P-384", point },
      ed25519(4, 1, 2),
    ];
    const keys = counting();
    for (const key of all) keys.get(key);
    expect(keys.count()).toBe(all.length);
    keys.get(ed25519(4, 1, 2), "another use");
    expect(keys.count()).toBe(all.length + 1);
  });

  it("are few: the least recently used goes first", () => {
    const keys = counting();
    for (let i = 0; i < 64; i++) keys.get(ed25519(i));
    keys.get(ed25519(0));
    expect(keys.count()).toBe(64);
    keys.get(ed25519(64)); // in place of 1
    keys.get(ed25519(0));
    expect(keys.count()).toBe(65);
    keys.get(ed25519(1));
    expect(keys.count()).toBe(66);
    keys.get(ed25519(63));
    expect(keys.count()).toBe(66);
  });

  it("may be larger than a call has room for arguments", () => {
    const keys = counting();
    const modulus = Array.from({ length: 300_000 }, (_, i) => i & 0xff);
    expect(keys.get(rsa(modulus, [3]))).toBe(1);
    expect(keys.get(rsa(modulus, [3]))).toBe(1);
    expect(keys.get(rsa([...modulus, 1], [3]))).toBe(2);
  });

  it("share one place where their last bytes are the same", () => {
    const keys = counting();
    const alike = [rsa([1, 5, 5, 5, 5, 5], [3]), rsa([2, 5, 5, 5, 5, 5], [3]), rsa([1, 5, 5, 5, 5, 5], [5])];
    for (const key of alike) keys.get(key);
    expect(keys.count()).toBe(3);
    expect(keys.get(alike[2] as PublicKey)).toBe(3);
    expect(keys.get(alike[0] as PublicKey)).toBe(4);
  });

  it("are not changed by who changes the bytes afterwards", () => {
    const keys = counting();
    const key = new Uint8Array([1, 2, 3]);
    keys.get({ spki: noBytes, kind: "ed25519", key });
    key[0] = 2;
    expect(keys.get({ spki: noBytes, kind: "ed25519", key })).toBe(2);
    expect(keys.count()).toBe(2);
  });

  it("are not kept where the import throws", () => {
    const imported = importedKeys<number>();
    const fails = () => {
      throw new Error("no key");
    };
    expect(() => imported(ed25519(1), "", fails)).toThrow("no key");
    expect(imported(ed25519(1), "", () => 5)).toBe(5);
  });
});
