import crypto, { type KeyObject } from "node:crypto";
import { type Bytes, concat, copyOf, fromHex } from "../../wire/bytes.ts";
import { type MlKemName, mlKems } from "../groups.ts";
import type { CryptoProvider } from "../provider.ts";
import type { DecapsulationKey, MlKem } from "./mlKem.ts";
import type { Subtle } from "./webCrypto.ts";
import { webMlKem } from "./webMlKem.ts";

/** What Node has from 24.7 on, and its types here do not know. */
interface KemCrypto {
  generateKeyPairSync(type: string): { readonly publicKey: RawKey; readonly privateKey: KeyObject };
  decapsulate(key: KeyObject, ciphertext: Uint8Array): Buffer;
}

interface RawKey {
  export(options: { readonly format: "raw-public" }): Buffer;
  export(options: { readonly format: "der"; readonly type: "spki" }): Buffer;
}

const { generateKeyPairSync, decapsulate } = crypto as unknown as KemCrypto;

const types = { "ML-KEM-768": "ml-kem-768", "ML-KEM-1024": "ml-kem-1024" } as const;

// A PKCS#8 key of RFC 9935 that is a seed, but for the seed.
const seedHeads: Readonly<Record<MlKemName, Bytes>> = {
  "ML-KEM-768": fromHex("3054020100300b060960864801650304040204428040"),
  "ML-KEM-1024": fromHex("3054020100300b060960864801650304040304428040"),
};

/** By node:crypto; where that has no ML-KEM, as WebCrypto (Bun, Deno) or JavaScript has it. */
export function nodeMlKem(name: MlKemName, random: CryptoProvider["random"]): MlKem {
  const { subtle } = crypto.webcrypto as unknown as { readonly subtle: Subtle };
  const other = webMlKem(subtle, name, random);
  let tried: boolean | undefined;
  const hasOwn = () => {
    tried ??= hasMlKem(name);
    return tried;
  };
  return {
    isNative: () => hasOwn() || other.isNative(),
    generate() {
      if (!hasOwn()) return other.generate();
      const { privateKey, publicKey } = generateKeyPairSync(types[name]);
      return ownKey(name, privateKey, publicKey);
    },
    fromSeed(seed) {
      if (!hasOwn()) return other.fromSeed(seed);
      const key = Buffer.from(concat(seedHeads[name], seed));
      const privateKey = crypto.createPrivateKey({ key, format: "der", type: "pkcs8" });
      key.fill(0);
      return ownKey(name, privateKey, crypto.createPublicKey(privateKey) as unknown as RawKey);
    },
  };
}

/** A Node that is built with an older OpenSSL has the functions, and no such keys. */
function hasMlKem(name: MlKemName): boolean {
  if (decapsulate === undefined) return false;
  try {
    generateKeyPairSync(types[name]);
    return true;
  } catch {
    return false;
  }
}

function ownKey(name: MlKemName, privateKey: KeyObject, publicKey: RawKey): DecapsulationKey {
  return {
    encapsulationKey: rawPublicKey(publicKey, mlKems[name].encapsulationKeyLength),
    decapsulate(ciphertext) {
      const secret = decapsulate(privateKey, ciphertext);
      const own = copyOf(secret);
      secret.fill(0);
      return own;
    },
  };
}

function rawPublicKey(key: RawKey, length: number): Bytes {
  try {
    return copyOf(key.export({ format: "raw-public" }));
  } catch {
    // Older ones know no raw keys; this costs ten times as much. The key is the end of its SubjectPublicKeyInfo.
    return copyOf(key.export({ format: "der", type: "spki" }).subarray(-length));
  }
}
