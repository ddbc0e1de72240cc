import type { Hash } from "../crypto/provider.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import type { SignatureAlgorithm } from "../crypto/signatureSchemes.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { Certificate } from "./certificate.ts";
import type { RuleName } from "./rules.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

/** A path that holds by itself: names, signatures, constraints, dates. */
export interface CandidatePath {
  /** From the peer's certificate upwards; the anchor is not among them. */
  readonly path: readonly Certificate[];
  readonly anchor: TrustAnchor;
}

/** What a peer showed besides its certificates, unchecked. */
export interface Evidence {
  /** A stapled OCSP response (RFC 6066 §8), DER. */
  readonly ocspResponse: Bytes | undefined;
  /** Serialized SCTs of the TLS extension (RFC 6962 §3.3). */
  readonly signedCertificateTimestamps: readonly Bytes[];
}

/** What was found out about something that is no rule of the path itself, for people and for whoever decides by it. */
export interface Note {
  readonly check: "ocsp" | "crl" | "mustStaple" | "transparency";
  /** `absent`: nothing was there to be judged. `passed`: it was there, and in order. */
  readonly outcome: "passed" | "absent";
  /** In words. */
  readonly detail: string;
}

export interface PathCheckContext {
  /** Seconds since 1970. */
  readonly time: number;
  readonly evidence: Evidence;
  readonly hashes: Readonly<Record<"SHA-256" | "SHA-384" | "SHA-512", Hash>>;
  /** Checks a signature within the verification's budget; `spent` where nothing is left of it. */
  verify(
    algorithm: SignatureAlgorithm,
    key: PublicKey,
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean | "spent">;
}

/** What is wrong, by the row of the table of rules, and with which certificate of the path. */
export interface PathFault {
  readonly rule: RuleName;
  readonly certificate: Certificate;
  /** What the rule's name does not say, in words. */
  readonly about: string;
}

export type PathCheckResult =
  | { readonly fault: PathFault }
  | { readonly fault: undefined; readonly notes: readonly Note[] };

/**
 * A question to a path that holds: was something on it revoked, was it logged. Revocation and transparency are such
 * checks, in entries of their own, so that they cost nothing unused. A path that one refuses is a dead end like any other.
 */
export type PathCheck = (
  candidate: CandidatePath,
  context: PathCheckContext,
) => PathCheckResult | Promise<PathCheckResult>;
