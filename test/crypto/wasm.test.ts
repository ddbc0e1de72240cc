import { chacha20, chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { withWasmChaCha20 } from "../../src/crypto/provider/wasm/index.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider, SyncAeadKey } from "../../src/crypto/provider.ts";
import { type Bytes, concat, copyOf, fromAscii, fromHex, noBytes, toHex } from "../../src/wire/bytes.ts";

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    instantiate(bytes: Bytes): Promise<{ readonly instance: { readonly exports: Exports } }>;
  };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
}

/** A key, and what the memory of its module holds at the moment. */
async function keyWithMemory(keyBytes: Bytes): Promise<{ key: SyncAeadKey; memory: () => Bytes }> {
  const { instantiate } = WebAssembly;
  let exports: Exports | undefined;
  vi.spyOn(WebAssembly, "instantiate").mockImplementation(async (bytes) => {
    const made = await instantiate(bytes);
    exports = made.instance.exports;
    return made;
  });
  const [aead] = (await withWasmChaCha20(webProvider)).aeads();
  if (aead?.sync !== true) throw new Error("the first cipher is the synchronous one");
  return {
    key: aead.importKey(keyBytes),
    memory: () => new Uint8Array((exports as Exports).memory.buffer),
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** Bytes without a pattern, always the same. */
function bytes(length: number, seed: number): Bytes {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    return state >>> 16;
  });
}

function sealed(key: SyncAeadKey, nonce: Bytes, additionalData: Bytes, text: Bytes): Bytes {
  const into = new Uint8Array(text.length + 16);
  key.seal(nonce, additionalData, text, noBytes, into, 0);
  return into;
}

const keyBytes = bytes(32, 1);
const nonce = bytes(12, 2);
const header = bytes(5, 3);

test("seals and opens the example of RFC 8439 §2.8.2", async () => {
  const { key } = await keyWithMemory(Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i));
  const iv = fromHex("070000004041424344454647");
  const additionalData = fromHex("50515253c0c1c2c3c4c5c6c7");
  const text = fromAscii(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const record = sealed(key, iv, additionalData, text);
  expect(toHex(record)).toBe(
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b" +
      "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc" +
      "3ff4def08e4b7a9de576d26586cec64b6116" +
      "1ae10b594f09e26a7e902ecbd0600691",
  );
  expect(key.open(iv, additionalData, record)).toEqual(text);
});

describe("beside another implementation", () => {
  const lengths = [...Array.from({ length: 601 }, (_, i) => i), 2 ** 14, 2 ** 14 + 1, 2 ** 14 + 256];

  test("every length to 600, and a record's longest, wherever they lie", async () => {
    const { key } = await keyWithMemory(keyBytes);
    for (const length of lengths) {
      const iv = bytes(12, length);
      const additionalData = bytes(length % 35, length + 1);
      const text = bytes(length, length + 2);
      const expected = chacha20poly1305(keyBytes, iv, additionalData).encrypt(text);
      const start = length % 19;
      const into = new Uint8Array(start + length + 16 + 2);
      const cut = length % 7 === 0 ? length : Math.floor(length / 2);
      key.seal(iv, additionalData, text.subarray(0, cut), text.subarray(cut), into, start);
      expect(Buffer.compare(into.subarray(start, -2), expected), `${length} bytes sealed`).toBe(0);
      expect([...into.subarray(0, start), ...into.subarray(-2)].some((byte) => byte !== 0)).toBe(false);
      const opened = key.open(iv, additionalData, into.subarray(start, -2));
      expect(Buffer.compare(opened ?? noBytes, text), `${length} bytes opened`).toBe(0);
    }
  });

  test("any bit of text, tag, nonce or additional data changed, and nothing opens", async () => {
    const { key } = await keyWithMemory(keyBytes);
    for (const length of [0, 1, 17, 300]) {
      const record = sealed(key, nonce, header, bytes(length, 9));
      const parts = [record, nonce, header] as const;
      parts.forEach((part, which) => {
        for (let bit = 0; bit < 8 * part.length; bit++) {
          const changed = parts.map(copyOf) as [Bytes, Bytes, Bytes];
          const at = bit >> 3;
          changed[which]![at] = changed[which]![at]! ^ (1 << (bit & 7));
          const [text, iv, additionalData] = changed;
          expect(key.open(iv, additionalData, text), `${length} bytes, part ${which}, bit ${bit}`).toBe(
            undefined,
          );
        }
      });
    }
  });

  test("a text longer than the memory makes it grow", async () => {
    const { key, memory } = await keyWithMemory(keyBytes);
    const text = bytes(200_000, 4);
    const record = sealed(key, nonce, header, text);
    const other = chacha20poly1305(keyBytes, nonce, header);
    expect(Buffer.compare(record, other.encrypt(text))).toBe(0);
    expect(Buffer.compare(key.open(nonce, header, record) ?? noBytes, text)).toBe(0);
    expect(memory().length).toBe(4 * 2 ** 16);
  });

  // Texts of whole chunks, whose keystream goes on behind them, where the memory's first page ends.
  test.each([
    ["they fit", 0, 253 * 256],
    ["16 bytes more are needed", 5, 253 * 256],
    ["256 bytes more are needed", 0, 254 * 256],
  ])("text and keystream at the memory's end: %s", async (_, dataLength, length) => {
    const { key } = await keyWithMemory(keyBytes);
    const text = bytes(length, 4);
    const additionalData = bytes(dataLength, 5);
    const expected = chacha20poly1305(keyBytes, nonce, additionalData).encrypt(text);
    expect(Buffer.compare(sealed(key, nonce, additionalData, text), expected)).toBe(0);
    expect(Buffer.compare(key.open(nonce, additionalData, expected) ?? noBytes, text)).toBe(0);
  });

  // No text that is not chosen so comes to the last step of RFC 8439 §2.5.1 between 2^130 - 5 and 2^130.
  test.each([0n, 1n, 2n, 3n, 4n])("a sum that is 2^130 - 5 + %i is reduced", async (sum) => {
    const { key } = await keyWithMemory(keyBytes);
    let found = 0;
    for (let i = 0; i < 40; i++) {
      const iv = bytes(12, 100 + i);
      const text = textWithSum(iv, sum);
      if (text === undefined) continue;
      found++;
      const expected = chacha20poly1305(keyBytes, iv).encrypt(text);
      expect(Buffer.compare(sealed(key, iv, noBytes, text), expected)).toBe(0);
      expect(key.open(iv, noBytes, expected)).toEqual(text);
    }
    expect(found).toBeGreaterThan(0);
  });
});

const prime = 2n ** 130n - 5n;
const mod = (value: bigint): bigint => ((value % prime) + prime) % prime;

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  const half = power(mod(base * base), exponent / 2n);
  return exponent % 2n === 1n ? mod(half * base) : half;
}

/** 16 bytes whose ciphertext gives this sum, before the secret half of the key is added; undefined where there are none. */
function textWithSum(iv: Bytes, sum: bigint): Bytes | undefined {
  const zeros = new Uint8Array(64);
  const r = numberOf(chacha20(keyBytes, iv, zeros).subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const inverse = power(r, prime - 2n);
  const lengths = 16n << 64n;
  const block = mod(mod(sum * inverse - lengths - 2n ** 128n) * inverse - 2n ** 128n);
  if (block >= 2n ** 128n) return undefined;
  const keystream = chacha20(keyBytes, iv, zeros, undefined, 1);
  return Uint8Array.from({ length: 16 }, (_, i) => Number((block >> BigInt(8 * i)) & 0xffn) ^ keystream[i]!);
}

function numberOf(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

describe("the module's memory", () => {
  // Whole chunks, behind which there is most of the keystream.
  const text = bytes(1024, 5);
  const record = chacha20poly1305(keyBytes, nonce, header).encrypt(text) as Bytes;
  const forged = concat(record.subarray(0, -1), Uint8Array.of(record.at(-1)! ^ 1));

  test.each<readonly [string, (key: SyncAeadKey) => void]>([
    ["a record is sealed", (key) => expect(sealed(key, nonce, header, text)).toEqual(record)],
    ["a record is opened", (key) => expect(key.open(nonce, header, record)).toEqual(text)],
    ["a record does not open", (key) => expect(key.open(nonce, header, forged)).toBe(undefined)],
    [
      "a record is too short",
      (key) => expect(key.open(nonce, header, record.subarray(0, 15))).toBe(undefined),
    ],
    [
      "there is no room for what is sealed",
      (key) =>
        expect(() => key.seal(nonce, header, text, noBytes, new Uint8Array(1024), 0)).toThrow(RangeError),
    ],
  ])("is all zeros once %s", async (_, use) => {
    const { key, memory } = await keyWithMemory(keyBytes);
    use(key);
    expect(memory().some((byte) => byte !== 0)).toBe(false);
  });

  test("is not that of a plaintext", async () => {
    const { key, memory } = await keyWithMemory(keyBytes);
    expect(key.open(nonce, header, record)?.buffer).not.toBe(memory().buffer);
  });
});

describe("the provider", () => {
  /** Its methods are its class's, and of no use without it. */
  class Given implements CryptoProvider {
    readonly name = "web";
    readonly hashes = webProvider.hashes;
    readonly keyExchanges = webProvider.keyExchanges;
    readonly #aeads = webProvider.aeads();
    readonly verified: unknown[] = [];
    random(length: number) {
      return new Uint8Array(length).fill(this.#aeads.length);
    }
    now() {
      return this.#aeads.length;
    }
    aeads() {
      return this.#aeads;
    }
    verify(...signed: Parameters<CryptoProvider["verify"]>) {
      this.verified.push(signed);
      return true;
    }
  }

  test("is the one given, with ChaCha20-Poly1305 in front, also where it is an object of a class", async () => {
    const given = new Given();
    const { name, aeads, hashes, keyExchanges, random, now, verify, ...rest } = await withWasmChaCha20(given);
    expect(name).toBe("web, WebAssembly");
    expect(aeads()).toBe(aeads());
    expect(aeads().slice(1)).toEqual(given.aeads().slice(0, 2));
    expect(hashes).toBe(given.hashes);
    expect(keyExchanges).toBe(given.keyExchanges);
    expect([...random(2), now()]).toEqual([3, 3, 3]);
    const signed = [{}, {}, noBytes, keyBytes] as unknown as Parameters<CryptoProvider["verify"]>;
    expect(verify(...signed)).toBe(true);
    expect(given.verified).toEqual([signed]);
    expect(rest).toEqual({});
  });

  test("is refused with the reason where no WebAssembly may be compiled", async () => {
    const cause = new Error("blocked by a policy");
    vi.spyOn(WebAssembly, "instantiate").mockRejectedValue(cause);
    await expect(withWasmChaCha20(webProvider)).rejects.toMatchObject({
      code: "no_common_parameters",
      cause,
    });
  });

  test("is refused where there is no WebAssembly", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    await expect(withWasmChaCha20(webProvider)).rejects.toMatchObject({ code: "no_common_parameters" });
    vi.unstubAllGlobals();
  });
});
