import { type Bytes, copyOf } from "../../wire/bytes.ts";
import { onDemand } from "../../wire/onDemand.ts";
import type { MlKemName } from "../groups.ts";
import type { CryptoProvider } from "../provider.ts";
import type { DecapsulationKey, MlKem } from "./mlKem.ts";
import { probe } from "./probe.ts";
import type { Subtle, WebKey } from "./webCrypto.ts";

// Loaded only where somebody asks for a group that the runtime lacks.
const portable = onDemand(() => import("./portable/mlKem.ts"));

const usages = ["decapsulateBits"];

/** ML-KEM by WebCrypto where the runtime has it there, and in JavaScript elsewhere. */
export function webMlKem(subtle: Subtle, name: MlKemName, random: CryptoProvider["random"]): MlKem {
  const algorithm = { name };
  const newPair = () => subtle.generateKey(algorithm, false, usages);
  const hasNative = probe(newPair);

  const nativeKey = (privateKey: WebKey, encapsulationKey: Bytes): DecapsulationKey => ({
    encapsulationKey,
    decapsulate: async (ciphertext) =>
      new Uint8Array(await subtle.decapsulateBits(algorithm, privateKey, ciphertext)),
  });

  async function portableKey(seed: Bytes): Promise<DecapsulationKey> {
    const { portableDecapsulationKey } = await portable();
    return portableDecapsulationKey(name, seed);
  }

  return {
    isNative: () => saysThatItHas(subtle, name),
    async generate() {
      if (await hasNative()) {
        const { privateKey, publicKey } = await newPair();
        return nativeKey(privateKey, new Uint8Array(await subtle.exportKey("raw-public", publicKey)));
      }
      const seed = random(64);
      try {
        return await portableKey(seed);
      } finally {
        seed.fill(0);
      }
    },
    async fromSeed(seed) {
      const own = copyOf(seed);
      const key = await portableKey(own);
      if (!(await hasNative())) return key;
      // Not every WebCrypto derives the public half of a private key.
      key.wipe?.();
      return nativeKey(
        await subtle.importKey("raw-seed", own, algorithm, false, usages),
        key.encapsulationKey,
      );
    },
  };
}

/** What is offered has to be known before anything can be tried: whoever has ML-KEM has SubtleCrypto.supports as well. */
function saysThatItHas(subtle: Subtle, name: MlKemName): boolean {
  const type = subtle.constructor as {
    supports?(operation: string, algorithm: string): boolean;
  };
  return type.supports?.("generateKey", name) === true && type.supports("decapsulateBits", name);
}
