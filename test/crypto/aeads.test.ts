import { describe, expect, it } from "vitest";
import { type AeadName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { webAeads } from "../../src/crypto/provider/webAeads.ts";
import type { Subtle } from "../../src/crypto/provider/webCrypto.ts";
import type { Aead } from "../../src/crypto/provider.ts";
import { type Bytes, copyOf, noBytes } from "../../src/wire/bytes.ts";
import { aeadOf, cipherProviders, providers, sealingKey } from "./providers.ts";

const bytes = (length: number, start = 1): Bytes => Uint8Array.from({ length }, (_, i) => start + 13 * i);

const lengths = { "AES-128-GCM": 16, "AES-256-GCM": 32, "ChaCha20-Poly1305": 32 } as const;
const names = Object.keys(lengths) as AeadName[];

const nonce = bytes(12, 40);
const additionalData = bytes(5, 90);

/** What a record of TLS may hold, round the sizes at which something changes. */
const sizes = [1, 2, 15, 16, 17, 255, 4095, 4096, 16_384, 16_385];

describe.each(providers)("%s provider", (_, provider) => {
  const has = (name: AeadName): boolean => provider.aeads().some((aead) => aead.name === name);

  it("has the cipher and the hash of TLS_AES_128_GCM_SHA256 [9.1/1]", () => {
    const { aead, hash } = cipherSuites.TLS_AES_128_GCM_SHA256;
    expect([has(aead), provider.hashes[hash].length]).toEqual([true, 32]);
  });

  it("has the cipher and the hash of TLS_AES_256_GCM_SHA384 [9.1/2]", () => {
    const { aead, hash } = cipherSuites.TLS_AES_256_GCM_SHA384;
    expect([has(aead), provider.hashes[hash].length]).toEqual([true, 48]);
  });

  it("has the cipher and the hash of TLS_CHACHA20_POLY1305_SHA256 [9.1/3]", () => {
    const { aead, hash } = cipherSuites.TLS_CHACHA20_POLY1305_SHA256;
    expect([has(aead), provider.hashes[hash].length]).toEqual([true, 32]);
  });

  it("has each AEAD once, all of one kind, in the same order each time", () => {
    const aeads = provider.aeads();
    expect(aeads.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(new Set(aeads.map(({ sync }) => sync)).size).toBe(1);
    expect(provider.aeads()).toEqual(aeads);
  });
});

describe.each(cipherProviders)("%s provider", (_, provider) => {
  const keyOf = (name: AeadName, start = 1) =>
    sealingKey(aeadOf(provider, name), bytes(lengths[name], start));

  describe.each(names)("%s", (name) => {
    it("opens what it sealed, and nothing that is longer, shorter or changed", async () => {
      const key = await keyOf(name);
      for (const size of sizes) {
        const sealed = copyOf(await key.seal(nonce, additionalData, bytes(size)));
        expect(sealed).toHaveLength(size + 16);
        expect(Buffer.compare((await key.open(nonce, additionalData, sealed)) ?? noBytes, bytes(size))).toBe(
          0,
        );
        for (const position of [0, size - 1, size, size + 15]) {
          const changed = copyOf(sealed);
          changed[position] = (changed[position] as number) ^ 0x80;
          expect(await key.open(nonce, additionalData, changed)).toBeUndefined();
        }
        expect(await key.open(nonce, additionalData, copyOf(sealed.subarray(0, -1)))).toBeUndefined();
        expect(await key.open(nonce, additionalData, copyOf(sealed.subarray(1)))).toBeUndefined();
      }
    });

    it("opens nothing under another nonce, other additional data or another key", async () => {
      const key = await keyOf(name);
      const sealed = copyOf(await key.seal(nonce, additionalData, bytes(50)));
      expect(await key.open(bytes(12, 41), additionalData, sealed)).toBeUndefined();
      expect(await key.open(nonce, bytes(5, 91), sealed)).toBeUndefined();
      expect(await key.open(nonce, noBytes, sealed)).toBeUndefined();
      expect(await (await keyOf(name, 2)).open(nonce, additionalData, sealed)).toBeUndefined();
      expect(await key.open(nonce, additionalData, sealed)).toBeDefined();
    });

    it.each([0, 1, 15, 16])("answers %i received bytes with a value", async (length) => {
      expect(await (await keyOf(name)).open(nonce, additionalData, bytes(length))).toBeUndefined();
    });

    it("keeps its key where the caller wipes the bytes of it", async () => {
      const keyBytes = bytes(lengths[name]);
      const imported = sealingKey(aeadOf(provider, name), keyBytes);
      keyBytes.fill(0);
      const sealed = copyOf(await (await imported).seal(nonce, additionalData, bytes(9)));
      expect(await (await keyOf(name)).open(nonce, additionalData, sealed)).toEqual(
        await (await imported).open(nonce, additionalData, sealed),
      );
      expect(await (await keyOf(name)).open(nonce, additionalData, sealed)).toBeDefined();
    });

    it("gives plaintexts memory of their own", async () => {
      const key = await keyOf(name);
      const sealed = copyOf(await key.seal(nonce, additionalData, bytes(32)));
      const first = await key.open(nonce, additionalData, sealed);
      const second = await key.open(nonce, additionalData, sealed);
      first?.fill(0);
      sealed.fill(0);
      expect(second?.every((byte, i) => byte === bytes(32)[i])).toBe(true);
      expect(second?.buffer.byteLength).toBe(32);
    });

    it("works for many records at once", async () => {
      const key = await keyOf(name);
      const nonces = Array.from({ length: 20 }, (_, i) => bytes(12, i));
      const sealed = await Promise.all(
        nonces.map((each, i) => key.seal(each, additionalData, bytes(100 + i))),
      );
      const opened = await Promise.all(
        nonces.map((each, i) => key.open(each, additionalData, copyOf(sealed[i] as Uint8Array))),
      );
      expect(opened.map((plaintext) => plaintext?.length)).toEqual(nonces.map((_, i) => 100 + i));
    });
  });
});

describe.each(names)("%s on all providers", (name) => {
  it.each(sizes)("gives the same %i bytes and their tag", async (size) => {
    const sealed = await Promise.all(
      cipherProviders.map(async ([, provider]) => {
        const key = await sealingKey(aeadOf(provider, name), bytes(lengths[name]));
        return Buffer.from(await key.seal(nonce, additionalData, bytes(size)));
      }),
    );
    for (const each of sealed) expect(each.equals(sealed[0] as Buffer)).toBe(true);
  });
});

describe("a synchronous key", () => {
  const key = () => {
    const aead = aeadOf(providers[0]?.[1] as (typeof providers)[number][1], "AES-128-GCM");
    if (!aead.sync) throw new Error("expected a synchronous cipher");
    return aead.importKey(bytes(16));
  };

  it("seals a text that stands already where the record goes", () => {
    const apart = new Uint8Array(5 + 301 + 16);
    key().seal(nonce, additionalData, bytes(300), bytes(1), apart, 5);
    const inPlace = new Uint8Array(5 + 301 + 16);
    inPlace.set(bytes(300), 5);
    key().seal(nonce, additionalData, inPlace.subarray(5, 305), bytes(1), inPlace, 5);
    expect(inPlace).toEqual(apart);
  });

  it("leaves the text that it was handed as it was", () => {
    const text = bytes(16_384);
    key().seal(nonce, additionalData, text, bytes(1), new Uint8Array(16_401), 0);
    expect(Buffer.compare(text, bytes(16_384))).toBe(0);
  });
});

describe("WebCrypto is handed", () => {
  const { decrypt, encrypt } = crypto.subtle;
  const handed = async (what: "open" | "seal") => {
    const all: { iv: Bytes; additionalData: Bytes }[] = [];
    const note =
      (how: typeof decrypt) =>
      (...call: Parameters<typeof decrypt>) => {
        all.push(call[0] as unknown as (typeof all)[number]);
        return how.apply(crypto.subtle, call);
      };
    const subtle = new Proxy(crypto.subtle, {
      get: (under, name) => {
        if (name === "decrypt") return note(decrypt);
        if (name === "encrypt") return note(encrypt);
        const value = Reflect.get(under, name);
        return typeof value === "function" ? value.bind(under) : value;
      },
    }) as unknown as Subtle;
    const aead = webAeads(subtle)[0] as Aead & { readonly sync: false };
    const key = await aead.importKey(bytes(16));
    const records = [5, 5, 0, 5].map((length, i) => ({ nonce: bytes(12, i), header: bytes(length, i) }));
    const sealed = await Promise.all(records.map((one) => key.seal(one.nonce, one.header, bytes(100))));
    if (what === "open") {
      all.length = 0;
      const opened = records.map((one, i) =>
        key.open(one.nonce, one.header, copyOf(sealed[i] as Uint8Array)),
      );
      for (const one of await Promise.all(opened)) expect(one).toEqual(bytes(100));
    }
    return { all, records };
  };

  it("the same arrays for every record it opens, and opens all of those in flight", async () => {
    const { all } = await handed("open");
    expect(new Set(all.map(({ iv }) => iv)).size).toBe(1);
    expect(all[1]?.additionalData).toBe(all[0]?.additionalData);
  });

  it("each nonce in its own memory where it seals: none is ever overwritten by another's", async () => {
    const { all, records } = await handed("seal");
    expect(all.map(({ iv }) => iv)).toEqual(records.map((one) => one.nonce));
    for (const [i, { iv }] of all.entries()) expect(iv).toBe(records[i]?.nonce);
  });
});
