import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { ECDSA } from "@noble/curves/abstract/weierstrass.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { type Bytes, copyOf } from "../../wire/bytes.ts";
import { type CurveGroup, groups } from "../groups.ts";
import type { HashName } from "../hashName.ts";
import type { Agreement, AsyncAeadKey, Hash, KeyShare, RunningHash } from "../provider.ts";
import type { Curve } from "../publicKey.ts";
import { curveOf } from "./keyEncoding.ts";
import { hasShareFormat, shareFault, x25519Agreement } from "./shareFormat.ts";

// Primitives in JavaScript (@noble/*), for what a runtime lacks. Nothing here asks which runtime that is.

const functions = { "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 } as const;

function runningHash(running: ReturnType<(typeof functions)[HashName]["create"]>): RunningHash {
  return {
    update(bytes) {
      running.update(bytes);
    },
    digest: () => running.clone().digest(),
    copy: () => runningHash(running.clone()),
  };
}

function hash(name: HashName): Hash {
  const compute = functions[name];
  return {
    name,
    length: compute.outputLen,
    start: () => runningHash(compute.create()),
    digest: (bytes) => compute(bytes),
    hmac: (key, message) => hmac(compute, key, message),
  };
}

export const portableHashes: Readonly<Record<HashName, Hash>> = {
  "SHA-256": hash("SHA-256"),
  "SHA-384": hash("SHA-384"),
  "SHA-512": hash("SHA-512"),
};

/** Asynchronous in form only, so that one provider's ciphers are all of one kind. */
export function portableChaCha20Poly1305(key: Uint8Array): AsyncAeadKey {
  const own = copyOf(key);
  return {
    async open(nonce, additionalData, sealed) {
      try {
        return chacha20poly1305(own, nonce, additionalData).decrypt(sealed);
      } catch {
        return undefined; // a wrong tag, or no room for one
      }
    },
    seal: async (nonce, additionalData, plaintext) =>
      chacha20poly1305(own, nonce, additionalData).encrypt(plaintext),
  };
}

const curves: Readonly<Record<Curve, ECDSA>> = { "P-256": p256, "P-384": p384, "P-521": p521 };

export function portablePublicKey(group: CurveGroup, privateKey: Uint8Array): Bytes {
  return group === "x25519"
    ? x25519.getPublicKey(privateKey)
    : curves[curveOf[group]].getPublicKey(privateKey, false);
}

/** A share of one's own with the given private key, or with a new one. */
export function portableShare(group: CurveGroup, privateKey?: Uint8Array): KeyShare {
  return group === "x25519"
    ? portableX25519Share(privateKey ?? x25519.utils.randomSecretKey())
    : portableEcShare(group, privateKey);
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

function portableEcShare(group: Exclude<CurveGroup, "x25519">, privateKey: Uint8Array | undefined): KeyShare {
  const curve = curves[curveOf[group]];
  const own = copyOf(privateKey ?? curve.utils.randomSecretKey());
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
  hashName: HashName,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    // Either s is a signature's (X9.62 has no low s).
    return curves[curve].verify(signature, functions[hashName](message), point, {
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
