// Runtimes that imitate node:crypto lack parts of it: Bun ChaCha20-Poly1305, Deno ECDH over P-521.

import crypto from "node:crypto";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { defaultProvider as whole } from "../../src/crypto/provider/node.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { copyOf } from "../../src/wire/bytes.ts";
import { aeadOf, keyExchangeOf, sealingKey } from "./providers.ts";

/** The provider as it is made where a function of node:crypto refuses a name. */
async function providerWithout(
  method: "createCipheriv" | "createECDH",
  name: string,
): Promise<CryptoProvider> {
  const original = crypto[method] as (...args: unknown[]) => unknown;
  vi.spyOn(crypto, method as "createECDH").mockImplementation((...args: unknown[]) => {
    if (args[0] === name) throw new Error(`unknown: ${name}`);
    return original(...args) as crypto.ECDH;
  });
  vi.resetModules();
  const { defaultProvider } = await import("../../src/crypto/provider/node.ts");
  return defaultProvider;
}

describe("a node:crypto with gaps", () => {
  beforeEach(() => () => {
    vi.restoreAllMocks();
    vi.resetModules();
  });

  it("without ChaCha20-Poly1305 still has it, last and asynchronous", async () => {
    const provider = await providerWithout("createCipheriv", "chacha20-poly1305");
    const aeads = provider.aeads();
    expect(provider.aeads()).toBe(aeads);
    expect(aeads.map(({ sync }) => sync)).toEqual([true, true, false]);
    expect(aeads[2]?.name).toBe("ChaCha20-Poly1305");
    vi.restoreAllMocks();

    const [keyBytes, nonce, header] = [new Uint8Array(32).fill(1), new Uint8Array(12), new Uint8Array(5)];
    const content = new Uint8Array(500).fill(2);
    const filled = await sealingKey(aeadOf(provider, "ChaCha20-Poly1305"), keyBytes);
    const own = await sealingKey(aeadOf(whole, "ChaCha20-Poly1305"), keyBytes);
    expect(await own.open(nonce, header, copyOf(await filled.seal(nonce, header, content)))).toEqual(
      Buffer.from(content),
    );
  });

  it("without P-521 still has it, in its place", async () => {
    const provider = await providerWithout("createECDH", "secp521r1");
    expect(provider.keyExchanges.map(({ name }) => name)).toEqual(whole.keyExchanges.map(({ name }) => name));
    const ours = await keyExchangeOf(provider, "secp521r1").generate();
    vi.restoreAllMocks();
    const theirs = await keyExchangeOf(whole, "secp521r1").generate();
    const agreed = await ours.agree(theirs.publicKey);
    expect(agreed).toEqual(await theirs.agree(ours.publicKey));
    expect(agreed.ok).toBe(true);
  });
});
