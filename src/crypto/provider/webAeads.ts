import { type Bytes, copyOf } from "../../wire/bytes.ts";
import { onDemand } from "../../wire/onDemand.ts";
import type { AeadName } from "../cipherSuites.ts";
import type { Aead, AsyncAeadKey } from "../provider.ts";
import { probe } from "./probe.ts";
import type { Subtle, WebKey } from "./webCrypto.ts";

// Loaded when it is needed: most runtimes lack none of it.
const portableAeads = onDemand(() => import("./portable/aeads.ts"));

function aeadKey(subtle: Subtle, name: string, key: WebKey): AsyncAeadKey {
  // A call copies its parameters before it returns (WebCrypto: "normalizing an algorithm"), and a browser takes longer to
  // wrap an array it has not met than to copy this little. Only to open: were they read later after all, nothing would open.
  const iv = new Uint8Array(12);
  let header = new Uint8Array(5);
  return {
    async open(nonce, additionalData, sealed) {
      iv.set(nonce);
      if (additionalData.length !== header.length) header = new Uint8Array(additionalData.length);
      header.set(additionalData);
      try {
        return new Uint8Array(await subtle.decrypt({ name, iv, additionalData: header }, key, sealed));
      } catch {
        // OperationError, also for less than a tag; a record that was opened ahead may have nobody who awaits a rejection.
        return undefined;
      }
    },
    seal: async (nonce, additionalData, plaintext) =>
      new Uint8Array(await subtle.encrypt({ name, iv: nonce, additionalData }, key, plaintext)),
  };
}

const aeadUsages = ["encrypt", "decrypt"];

/** @param importNative which can't fail but where there is no such cipher */
function aead(name: AeadName, keyLength: number, importNative: (key: Bytes) => Promise<AsyncAeadKey>): Aead {
  const hasNative = probe(() => importNative(new Uint8Array(keyLength)));
  return {
    name,
    sync: false,
    importKey: async (key) => {
      const own = copyOf(key); // the caller may wipe its own while the probe runs
      if (await hasNative()) return importNative(own);
      return (await portableAeads()).portableAeadKey(name, own);
    },
  };
}

/** AES-128-GCM first, by WebCrypto or, what that lacks, in JavaScript. */
export function webAeads(subtle: Subtle): readonly Aead[] {
  const aesGcm = async (key: Bytes) =>
    aeadKey(subtle, "AES-GCM", await subtle.importKey("raw", key, { name: "AES-GCM" }, false, aeadUsages));
  const chacha20 = "ChaCha20-Poly1305";
  return [
    aead("AES-128-GCM", 16, aesGcm),
    aead("AES-256-GCM", 32, aesGcm),
    aead(chacha20, 32, async (key) =>
      // `raw` is for the algorithms of old: a ChaCha20 key has a format of its own.
      aeadKey(
        subtle,
        chacha20,
        await subtle.importKey("raw-secret", key, { name: chacha20 }, false, aeadUsages),
      ),
    ),
  ];
}
