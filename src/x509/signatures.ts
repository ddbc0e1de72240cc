import type { CryptoProvider } from "../crypto/provider.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import type { SignatureAlgorithm } from "../crypto/signatureSchemes.ts";
import { type Bytes, equal } from "../wire/bytes.ts";
import type { CertificateCache } from "./cache.ts";
import { type Certificate, partOf } from "./certificate.ts";
import { verificationCost } from "./keyStrength.ts";
import type { RuleName } from "./rules.ts";

/** Checks signatures, each once. */
export interface SignatureChecker {
  /** The rule that a certificate breaks by how it is signed, if it is this key that should have signed it. At once where it can be. */
  check(certificate: Certificate, issuer: PublicKey): RuleName | undefined | Promise<RuleName | undefined>;
  /** Checks any other signature; `spent` where the budget does not allow it. */
  verify(
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean | "spent">;
}

/** `budget`: in checks of a P-256 signature. */
export function signatureChecker(
  provider: Pick<CryptoProvider, "verify">,
  cache: CertificateCache,
  budget: number,
): SignatureChecker {
  // A wrong signature is wrong on every path, and must not be paid for twice.
  const wrong: { readonly certificate: Certificate; readonly spki: Bytes }[] = [];
  let left = budget;

  /** Whether the budget allows one more check with this key, which is then paid for. */
  function pay(key: PublicKey): boolean {
    const cost = verificationCost(key);
    if (cost > left) return false;
    left -= cost;
    return true;
  }

  return {
    verify: async (algorithm, key, message, signature) =>
      pay(key) ? provider.verify(algorithm, key, message, signature) : "spent",
    check(certificate, issuer) {
      const { algorithm, broken } = certificate.signatureAlgorithm;
      if (algorithm === undefined) return broken ? "brokenSignatureAlgorithm" : "signatureAlgorithm";
      if (!keepsParameters(issuer, algorithm)) return "pssParameters";
      if (cache.isVerified(certificate, issuer)) return undefined;
      const { spki } = issuer;
      if (wrong.some((one) => one.certificate === certificate && equal(one.spki, spki))) return "signature";
      if (!pay(issuer)) return "budget";
      const message = partOf(certificate, certificate.tbs);
      const signature = partOf(certificate, certificate.signature);
      const judge = (isGood: boolean): RuleName | undefined => {
        if (!isGood) {
          wrong.push({ certificate, spki });
          return "signature";
        }
        cache.noteVerified(certificate, issuer);
        return undefined;
      };
      const answer = provider.verify(algorithm, issuer, message, signature);
      return typeof answer === "boolean" ? judge(answer) : answer.then(judge);
    },
  };
}

/** RFC 9846 §4.3.3: where an RSASSA-PSS key has parameters, its signatures have the same ones. */
export function keepsParameters(issuer: PublicKey, algorithm: SignatureAlgorithm): boolean {
  if (issuer.kind !== "rsa-pss" || issuer.restriction === undefined) return true;
  const { hash, saltLength } = issuer.restriction;
  return algorithm.kind === "rsa-pss" && algorithm.hash === hash && algorithm.saltLength === saltLength;
}
