import { type Bytes, concat, copyOf } from "../../wire/bytes.ts";
import {
  type GroupName,
  groups,
  type HybridGroup,
  isHybrid,
  type MlKemName,
  mlKems,
  partsOf,
} from "../groups.ts";
import type { Agreement, KeyExchange, KeyShare } from "../provider.ts";
import type { DecapsulationKey, MlKem } from "./mlKem.ts";
import { shareFault } from "./shareFormat.ts";

const seedLength = 64;

/**
 * The groups of RFC 10024 for whose curve there is an exchange. A share's keys are its own: RFC 9954 §3.2 lets a hello use one
 * X25519 key in two shares, against RFC 9846 §4.3.8/4, and what that would save is one key of a curve.
 */
export function hybridKeyExchanges(
  curves: readonly KeyExchange[],
  kemOf: (name: MlKemName) => MlKem,
): readonly KeyExchange[] {
  return (Object.keys(groups) as GroupName[]).filter(isHybrid).flatMap((name) => {
    const { kem, curve } = partsOf(name);
    const exchange = curves.find((one) => one.name === curve);
    return exchange === undefined ? [] : [hybridKeyExchange(name, exchange, kemOf(kem))];
  });
}

function hybridKeyExchange(name: HybridGroup, curve: KeyExchange, kem: MlKem): KeyExchange {
  const parts = partsOf(name);
  return {
    name,
    // Asked when somebody connects, for to know it may take making a key. Few servers know the others, and some that do would
    // rather have a retry than x25519.
    get onRequest() {
      return name !== "X25519MLKEM768" || !kem.isNative();
    },
    generate: async () => hybridShare(name, await curve.generate(), await kem.generate()),
    /** @param privateKey those of the parts, in their order; of ML-KEM the seed */
    async fromPrivateKey(privateKey) {
      const [first, second] = cut(privateKey, parts.kemFirst ? seedLength : privateKey.length - seedLength);
      const [seed, scalar] = parts.kemFirst ? [first, second] : [second, first];
      return hybridShare(name, await curve.fromPrivateKey(scalar), await kem.fromSeed(seed));
    },
  };
}

function hybridShare(name: HybridGroup, curveShare: KeyShare, key: DecapsulationKey): KeyShare {
  const { kem, curve, kemFirst } = partsOf(name);
  const { ciphertextLength } = mlKems[kem];
  const inOrder = (ofKem: Bytes, ofCurve: Bytes) =>
    kemFirst ? concat(ofKem, ofCurve) : concat(ofCurve, ofKem);
  return {
    publicKey: inOrder(key.encapsulationKey, curveShare.publicKey),
    async agree(peerShare): Promise<Agreement> {
      // RFC 10024: with the point's length, which is fixed, this is the check of the ciphertext's.
      const pointLength = groups[curve].shareLength;
      if (peerShare.length !== ciphertextLength + pointLength) return shareFault("length");
      const [first, second] = cut(peerShare, kemFirst ? ciphertextLength : pointLength);
      const [ciphertext, point] = kemFirst ? [first, second] : [second, first];
      const agreement = await curveShare.agree(point);
      if (!agreement.ok) return agreement;
      const kemSecret = await key.decapsulate(ciphertext);
      const secret = inOrder(kemSecret, agreement.secret);
      kemSecret.fill(0);
      agreement.secret.fill(0);
      return { ok: true, secret };
    },
    wipe() {
      curveShare.wipe?.();
      key.wipe?.();
    },
  };
}

function cut(bytes: Bytes, at: number): readonly [Bytes, Bytes] {
  return [copyOf(bytes.subarray(0, at)), copyOf(bytes.subarray(at))];
}
