import type { PublicKey } from "../crypto/publicKey.ts";
import type { UnsupportedKey } from "./certificate.ts";

/** RSA keys in a path (RFC 9846 §C.2); exponents are odd, above 1 and small enough to verify with. */
const rsaBits = { min: 2048, max: 8192 } as const;
const exponentBytes = 4;

export function isUnfitSize(key: PublicKey | UnsupportedKey): boolean {
  if (key.kind !== "rsa" && key.kind !== "rsa-pss") return false;
  const bits = bitLength(key.modulus);
  const last = key.exponent[key.exponent.length - 1] as number;
  const isOne = key.exponent.length === 1 && last === 1;
  return (
    bits < rsaBits.min ||
    bits > rsaBits.max ||
    bits % 8 !== 0 ||
    key.exponent.length > exponentBytes ||
    last % 2 === 0 ||
    isOne
  );
}

/** BR §7.1.3.1: RSA under rsaEncryption, and the three curves of NIST. */
export const isForWeb = ({ kind }: PublicKey | UnsupportedKey): boolean => kind === "rsa" || kind === "ec";

export function bitLength(magnitude: Uint8Array): number {
  return 8 * magnitude.length - Math.clz32(magnitude[0] ?? 0) + 24;
}

/** What an elliptic curve's verification costs, in those of P-256, rounded up from what was measured. */
const curveCosts = { "P-256": 1, "P-384": 10, "P-521": 28 } as const;
const ed25519Cost = 2;

/**
 * The cost of one verification with a key, on whatever provider does relatively worst at it. RSA grows with the square of
 * the modulus and with the exponent's length, of which 65537 has 17 bits.
 */
export function verificationCost(key: PublicKey): number {
  if (key.kind === "ec") return curveCosts[key.curve];
  if (key.kind === "ed25519") return ed25519Cost;
  const size = bitLength(key.modulus) / 4096;
  return Math.ceil(size * size) * (key.exponent.length > 3 ? 2 : 1);
}
