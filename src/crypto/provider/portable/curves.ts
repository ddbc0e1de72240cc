import type { ECDSA } from "@noble/curves/abstract/weierstrass.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { type Bytes, copyOf } from "../../../wire/bytes.ts";
import { type CurveGroup, groups } from "../../groups.ts";
import type { HashName } from "../../hashName.ts";
import type { Agreement, CryptoProvider, KeyShare } from "../../provider.ts";
import type { Curve } from "../../publicKey.ts";
import { curveOf, type EcGroup } from "../keyEncoding.ts";
import { hasShareFormat, shareFault, x25519Agreement } from "../shareFormat.ts";
import { portableHashes } from "./hashes.ts";

const curves: Readonly<Record<Curve, ECDSA>> = { "P-256": p256, "P-384": p384, "P-521": p521 };

export function portablePublicKey(group: CurveGroup, privateKey: Uint8Array): Bytes {
  return group === "x25519"
    ? x25519.getPublicKey(privateKey)
    : curves[curveOf[group]].getPublicKey(privateKey, false);
}

/** A new share; its key is made of what this generator gives, and of no other's. */
export function newPortableShare(group: CurveGroup, random: CryptoProvider["random"]): KeyShare {
  const { utils, lengths } = group === "x25519" ? x25519 : curves[curveOf[group]];
  return portableShare(group, utils.randomSecretKey(random(lengths.seed as number)));
}

/** A share of one's own with the given private key. */
export function portableShare(group: CurveGroup, privateKey: Uint8Array): KeyShare {
  return group === "x25519" ? portableX25519Share(privateKey) : portableEcShare(group, privateKey);
}

function portableX25519Share(privateKey: Uint8Array): KeyShare {
  const own = copyOf(privateKey);
  return {
    publicKey: portablePublicKey("x25519", own),
    agree(peerPublicKey): Agreement {
      if (!hasShareFormat("x25519", peerPublicKey)) return shareFault("length");
      try {
        return x25519Agreement(x25519.getSharedSecret(own, peerPublicKey));
      } catch {
        return shareFault("zero"); // every 32 bytes are a key, so only the secret can be wrong
      }
    },
  };
}

function portableEcShare(group: EcGroup, privateKey: Uint8Array): KeyShare {
  const curve = curves[curveOf[group]];
  const own = copyOf(privateKey);
  const coordinateLength = (groups[group].shareLength - 1) / 2;
  return {
    publicKey: portablePublicKey(group, own),
    agree(peerPublicKey): Agreement {
      if (!hasShareFormat(group, peerPublicKey)) return shareFault("length");
      try {
        // RFC 9846 §7.4.2: the x coordinate, with the zeros that it begins with.
        const point = curve.getSharedSecret(own, peerPublicKey, false);
        return { ok: true, secret: copyOf(point.subarray(1, 1 + coordinateLength)) };
      } catch {
        return shareFault("point");
      }
    },
  };
}

/** `signature` is r ‖ s. */
export function portableEcdsaVerify(
  curve: Curve,
  hash: HashName,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    // Either s is a signature's (X9.62 has no low s).
    return curves[curve].verify(signature, portableHashes[hash].digest(message), point, {
      prehash: false,
      lowS: false,
      format: "compact",
    });
  } catch {
    return false;
  }
}

export function portableEd25519Verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    // RFC 8032 §5.1.7: only canonical encodings, as the runtimes' own verification has it.
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}
