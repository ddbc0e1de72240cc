import type { AeadName } from "../../src/crypto/cipherSuites.ts";
import type { GroupName } from "../../src/crypto/groups.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import { withWasmChaCha20 } from "../../src/crypto/provider/wasm/index.ts";
import { defaultProvider as webDefault, webProvider } from "../../src/crypto/provider/web.ts";
import type { Subtle, WebCrypto } from "../../src/crypto/provider/webCrypto.ts";
import type { Aead, CryptoProvider, KeyExchange } from "../../src/crypto/provider.ts";
import { type Bytes, concat, copyOf } from "../../src/wire/bytes.ts";

/** A WebCrypto with nothing but AES-GCM and RSA, so that everything else has to come from the portable pieces. */
function poorWebCrypto(): WebCrypto {
  const { crypto } = globalThis;
  const rich = crypto.subtle as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const poor = Object.fromEntries(
    ["importKey", "exportKey", "generateKey", "deriveBits", "encrypt", "decrypt", "verify"].map((method) => [
      method,
      async (...args: unknown[]) => {
        const asked = JSON.stringify(args.map((arg) => (arg as { name?: unknown } | undefined)?.name));
        if (!/AES-GCM|RSA/.test(asked)) throw new DOMException(`no ${asked} here`, "NotSupportedError");
        return rich[method]?.call(crypto.subtle, ...args);
      },
    ]),
  );
  return {
    getRandomValues: (into) => crypto.getRandomValues(into),
    subtle: poor as unknown as Subtle,
  };
}

/** What React Native has, and a page that came without TLS: a random generator and nothing else. */
export const withoutWebCrypto: CryptoProvider = webProvider({
  getRandomValues: (into) => globalThis.crypto.getRandomValues(into),
});

/** By the names that `describe` blocks give them: "node provider" and so on. */
export const providers: readonly (readonly [name: string, provider: CryptoProvider])[] = [
  ["node", nodeProvider],
  ["web", webDefault],
  ["portable", webProvider(poorWebCrypto())],
  ["no WebCrypto", withoutWebCrypto],
];

/** Those with ciphers of their own. */
export const cipherProviders: typeof providers = [
  ...providers,
  ["WebAssembly", await withWasmChaCha20(webDefault)],
];

export function aeadOf(provider: CryptoProvider, name: AeadName): Aead {
  const aead = provider.aeads().find((candidate) => candidate.name === name);
  if (aead === undefined) throw new Error(`the ${provider.name} provider has no ${name}`);
  return aead;
}

export function keyExchangeOf(provider: CryptoProvider, name: GroupName): KeyExchange {
  const exchange = provider.keyExchanges.find((candidate) => candidate.name === name);
  if (exchange === undefined) throw new Error(`the ${provider.name} provider has no ${name}`);
  return exchange;
}

/** One face for both kinds of ciphers. */
export interface SealingKey {
  seal(nonce: Bytes, additionalData: Bytes, plaintext: Bytes): Promise<Uint8Array>;
  open(nonce: Bytes, additionalData: Bytes, sealed: Bytes): Promise<Uint8Array | undefined>;
}

/** A synchronous key seals at an odd offset, its text in two parts, and must leave everything round the record alone. */
export async function sealingKey(aead: Aead, keyBytes: Bytes): Promise<SealingKey> {
  if (!aead.sync) return aead.importKey(keyBytes);
  const key = aead.importKey(keyBytes);
  return {
    async seal(nonce, additionalData, plaintext) {
      const offset = 5;
      const into = new Uint8Array(offset + plaintext.length + 16 + 3).fill(0xa5);
      const cut = Math.max(0, plaintext.length - 1);
      key.seal(nonce, additionalData, plaintext.subarray(0, cut), plaintext.subarray(cut), into, offset);
      const around = concat(into.subarray(0, offset), into.subarray(-3));
      if (around.some((byte) => byte !== 0xa5)) throw new Error("wrote outside of the record");
      return copyOf(into.subarray(offset, -3));
    },
    open: async (nonce, additionalData, sealed) => {
      const padded = concat(new Uint8Array(5), sealed, new Uint8Array(3));
      return key.open(nonce, additionalData, padded.subarray(5, -3));
    },
  };
}
