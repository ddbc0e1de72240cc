import crypto from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isHybrid } from "../../src/crypto/groups.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import { defaultProvider as webDefault, webProvider } from "../../src/crypto/provider/web.ts";
import type { Subtle } from "../../src/crypto/provider/webCrypto.ts";
import type { PublicKey } from "../../src/crypto/publicKey.ts";
import { copyOf, noBytes, toHex } from "../../src/wire/bytes.ts";
import { aeadOf, providers, sealingKey, withoutWebCrypto } from "./providers.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(providers)("%s provider", (_, provider) => {
  it.each([0, 1, 16, 32, 1000])("gives %i random bytes, others each time", (length) => {
    const [one, other] = [provider.random(length), provider.random(length)];
    expect(one).toHaveLength(length);
    expect(one.buffer.byteLength).toBe(length);
    if (length >= 16) expect(toHex(one)).not.toBe(toHex(other));
  });

  it("tells the time in milliseconds", () => {
    expect(Math.abs(provider.now() - Date.now())).toBeLessThan(1000);
  });

  it("lists each key exchange once, the curves first", () => {
    const names = provider.keyExchanges.map(({ name }) => name);
    const hybrids = ["X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024"];
    expect(names).toEqual(["x25519", "secp256r1", "secp384r1", "secp521r1", ...hybrids]);
  });
});

describe("randomness", () => {
  it("is the platform's generator's on Node, and nothing else's [C.1/1]", () => {
    const fill = vi.spyOn(crypto, "randomFillSync").mockImplementation((into) => {
      (into as Uint8Array).fill(7);
      return into;
    });
    expect(nodeProvider.random(4)).toEqual(new Uint8Array([7, 7, 7, 7]));
    expect(fill).toHaveBeenCalledOnce();
  });

  it("is WebCrypto's elsewhere, and nothing else's [C.1/1]", () => {
    const provider = webProvider({
      getRandomValues: (into) => into.fill(7),
      subtle: {} as Subtle,
    });
    expect(provider.random(4)).toEqual(new Uint8Array([7, 7, 7, 7]));
  });

  it("that fails is not replaced by another", () => {
    const provider = webProvider({
      getRandomValues() {
        throw new Error("no entropy");
      },
      subtle: {} as Subtle,
    });
    expect(() => provider.random(32)).toThrow("no entropy");
  });
});

describe("a runtime without a random generator", () => {
  const provider = webProvider({});

  it("says what is missing where randomness is needed first, and makes no key without it [internal_error]", async () => {
    const refusal = {
      code: "internal_error",
      message:
        "this runtime can't make keys: expected globalThis.crypto.getRandomValues before this library is loaded, and there is none",
    };
    expect(() => provider.random(32)).toThrow(expect.objectContaining(refusal));
    for (const exchange of provider.keyExchanges) {
      await expect(exchange.generate()).rejects.toMatchObject(refusal);
    }
  });
});

describe("a runtime with WebCrypto", () => {
  it("prefers AES-128-GCM, whatever else it has", () => {
    expect(webDefault.aeads().map(({ name }) => name)).toEqual([
      "AES-128-GCM",
      "AES-256-GCM",
      "ChaCha20-Poly1305",
    ]);
  });
});

describe("a runtime without WebCrypto", () => {
  it("prefers the cipher that is fast in JavaScript, and takes the same time for every key", () => {
    expect(withoutWebCrypto.aeads().map(({ name }) => name)).toEqual([
      "ChaCha20-Poly1305",
      "AES-256-GCM",
      "AES-128-GCM",
    ]);
  });
});

describe("a runtime with an empty WebCrypto", () => {
  const provider = webProvider({ getRandomValues: (into) => into, subtle: {} as Subtle });

  it("still has ChaCha20-Poly1305, every key exchange and Ed25519", async () => {
    const chacha = aeadOf(provider, "ChaCha20-Poly1305");
    const key = await sealingKey(chacha, new Uint8Array(32));
    const sealed = await key.seal(new Uint8Array(12), noBytes, new Uint8Array(3));
    expect(await key.open(new Uint8Array(12), noBytes, copyOf(sealed))).toEqual(new Uint8Array(3));
    // A client's half of a hybrid is no server's: test/crypto/hybridGroups.test.ts has both.
    for (const exchange of provider.keyExchanges.filter(({ name }) => !isHybrid(name))) {
      const peer = (await exchange.generate()).publicKey;
      expect(await (await exchange.generate()).agree(peer)).toMatchObject({ ok: true });
    }
    const key25519: PublicKey = { spki: noBytes, kind: "ed25519", key: new Uint8Array(32).fill(1) };
    expect(await provider.verify({ kind: "ed25519" }, key25519, noBytes, new Uint8Array(64))).toBe(false);
  });
});
