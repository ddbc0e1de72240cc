import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { copyOf } from "../../../wire/bytes.ts";
import type { AeadName } from "../../cipherSuites.ts";
import type { AsyncAeadKey } from "../../provider.ts";

const ciphers = { "AES-128-GCM": gcm, "AES-256-GCM": gcm, "ChaCha20-Poly1305": chacha20poly1305 } as const;

/** Asynchronous in form only, so that one provider's ciphers are all of one kind. */
export function portableAeadKey(name: AeadName, key: Uint8Array): AsyncAeadKey {
  const cipher = ciphers[name];
  const own = copyOf(key);
  return {
    async open(nonce, additionalData, sealed) {
      try {
        return cipher(own, nonce, additionalData).decrypt(sealed);
      } catch {
        return undefined; // a wrong tag, or no room for one
      }
    },
    seal: async (nonce, additionalData, plaintext) => cipher(own, nonce, additionalData).encrypt(plaintext),
  };
}
