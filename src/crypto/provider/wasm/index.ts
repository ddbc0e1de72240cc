/** ChaCha20-Poly1305 in WebAssembly: where WebCrypto's ciphers are asynchronous, one that answers at once. */
import { copyOf } from "../../../wire/bytes.ts";
import { localError } from "../../../wire/error.ts";
import type { Aead, CryptoProvider, SyncAeadKey } from "../../provider.ts";
import { moduleText } from "./module.ts";

/** Of scripts/wasm/chacha20Poly1305.mjs, which says what they do and where they look for it. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Whether the tag is right; the plaintext stands where the ciphertext stood. */
  open(additionalDataLength: number, textLength: number): number;
  seal(additionalDataLength: number, textLength: number): number;
}

// Neither Node's types nor the language's have it.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: { readonly exports: unknown } }>;
};

const keyAt = 0;
const nonceAt = 32;
const tagAt = 48;
const tagLength = 16;
const start = 512;
/** Behind the text: keystream is made for so much at a time. */
const margin = 256;
const page = 2 ** 16;

/**
 * The same provider with a ChaCha20-Poly1305 that is synchronous, and the first that is offered. For pages: Node's own is
 * faster.
 *
 * Rejects with a TlsError `no_common_parameters` where WebAssembly with SIMD can't be compiled: a page whose Content-Security-Policy
 * has no `'wasm-unsafe-eval'`, Workers.
 */
export async function withWasmChaCha20(provider: CryptoProvider): Promise<CryptoProvider> {
  const aead = await wasmChaCha20();
  const others = provider.aeads().filter(({ name }) => name !== aead.name);
  const aeads = [aead, ...others];
  // One by one: a provider may be an object of a class, whose methods a spread would lose.
  return {
    name: `${provider.name}, WebAssembly`,
    random: (length) => provider.random(length),
    now: () => provider.now(),
    hashes: provider.hashes,
    aeads: () => aeads,
    keyExchanges: provider.keyExchanges,
    verify: (...signed) => provider.verify(...signed),
  };
}

async function wasmChaCha20(): Promise<Aead> {
  const { exports } = await instantiate();
  const { memory, open, seal } = exports as Exports;
  // One memory for all keys: nothing stays in it between two calls, and no call is interrupted.
  let bytes = new Uint8Array(memory.buffer);

  /** Where the text goes, once all else is in its place. */
  function begin(key: Uint8Array, nonce: Uint8Array, additionalData: Uint8Array, textLength: number): number {
    const text = start + ((additionalData.length + 15) & ~15);
    const missing = text + textLength + margin - bytes.length;
    if (missing > 0) {
      memory.grow(Math.ceil(missing / page));
      bytes = new Uint8Array(memory.buffer);
    }
    bytes.set(key, keyAt);
    bytes.set(nonce, nonceAt);
    bytes.set(additionalData, start);
    return text;
  }

  function importKey(given: Uint8Array): SyncAeadKey {
    const key = copyOf(given);
    return {
      open(nonce, additionalData, sealed) {
        const textLength = sealed.length - tagLength;
        if (textLength < 0) return undefined;
        const text = begin(key, nonce, additionalData, textLength);
        const end = text + textLength;
        bytes.set(sealed.subarray(0, textLength), text);
        bytes.set(sealed.subarray(textLength), tagAt);
        try {
          return open(additionalData.length, textLength) === 1 ? bytes.slice(text, end) : undefined;
        } finally {
          bytes.fill(0, 0, end + margin);
        }
      },

      seal(nonce, additionalData, content, trailer, into, offset) {
        const textLength = content.length + trailer.length;
        const text = begin(key, nonce, additionalData, textLength);
        const end = text + textLength;
        try {
          bytes.set(content, text);
          bytes.set(trailer, text + content.length);
          seal(additionalData.length, textLength);
          into.set(bytes.subarray(text, end), offset);
          into.set(bytes.subarray(tagAt, tagAt + tagLength), offset + textLength);
        } finally {
          bytes.fill(0, 0, end + margin);
        }
      },
    };
  }

  return { name: "ChaCha20-Poly1305", sync: true, importKey };
}

async function instantiate(): Promise<{ readonly exports: unknown }> {
  try {
    const code = Uint8Array.from(atob(moduleText), (character) => character.charCodeAt(0));
    return (await WebAssembly.instantiate(code)).instance;
  } catch (cause) {
    throw localError("no_common_parameters", "WebAssembly with SIMD can't be compiled here", cause);
  }
}
