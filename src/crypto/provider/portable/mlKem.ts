import { ml_kem768, ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import type { Bytes } from "../../../wire/bytes.ts";
import type { MlKemName } from "../../groups.ts";
import type { DecapsulationKey } from "../mlKem.ts";

const kems = { "ML-KEM-768": ml_kem768, "ML-KEM-1024": ml_kem1024 } as const;

/** @param seed d ‖ z, 64 bytes; it is not kept */
export function portableDecapsulationKey(name: MlKemName, seed: Bytes): DecapsulationKey {
  const kem = kems[name];
  const { publicKey, secretKey } = kem.keygen(seed);
  return {
    encapsulationKey: publicKey,
    decapsulate: (ciphertext) => kem.decapsulate(ciphertext, secretKey),
    wipe: () => void secretKey.fill(0),
  };
}
