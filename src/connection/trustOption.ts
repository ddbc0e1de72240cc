import type { CryptoProvider } from "../crypto/provider.ts";
import { type KnownBy, trustKnownBy } from "../session/partition.ts";
import { createServerVerifier, type ServerVerifierOptions } from "../trust/serverVerifier.ts";
import type { ServerVerifier } from "../trust/verifier.ts";
import { localError } from "../wire/error.ts";

/** The roots to trust, PEM or DER, or a verifier of one's own. */
export type TrustOption = ServerVerifier | ServerVerifierOptions;

/** @throws TlsError `invalid_option` */
export function verifierFrom(trust: TrustOption | undefined): ServerVerifier {
  if (typeof trust === "function") return trust;
  if (trust?.roots === undefined) {
    throw localError("invalid_option", "trust: expected { roots } or a function that verifies");
  }
  return createServerVerifier(trust);
}

/** Roots alone are known by what they are; with more to it, the settings are only themselves. */
export function trustKnown(trust: TrustOption, provider: CryptoProvider): KnownBy {
  if (typeof trust === "function" || Object.keys(trust).length > 1) return trust;
  return trustKnownBy(trust, trust.roots, provider.hashes["SHA-256"]);
}
