import type { CryptoProvider } from "../crypto/provider.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import type { SignatureSchemeName } from "../crypto/signatureSchemes.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { Note } from "../x509/pathCheck.ts";
import type { Profile } from "../x509/profile.ts";

/** What a server showed of itself, handed to a {@link ServerVerifier}. */
export interface PresentedCertificates {
  /** DER, the server's own certificate first, the others in the order in which they came. At least one. */
  readonly chain: readonly Bytes[];
  /** The DNS name or IP address that the caller wanted to reach. */
  readonly serverName: string;
  /** A stapled OCSP response (RFC 6066 §8), unchecked. */
  readonly ocspResponse: Bytes | undefined;
  /** Signed certificate timestamps (RFC 6962 §3.3), unchecked. */
  readonly signedCertificateTimestamps: readonly Bytes[];
  /**
   * Whether it showed them when a session began that may be resumed now, and will not show again that it holds the key:
   * nothing is to be learnt from that. Where the answer is no, the session is dropped, and the server is asked anew.
   */
  readonly fromSession: boolean;
  /** Milliseconds since 1970: the time to judge by. */
  readonly time: number;
  readonly provider: CryptoProvider;
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Called for each step taken; undefined where nobody watches. */
  readonly step: ((step: VerificationStep) => void) | undefined;
}

/** One step of a verification, for people who watch. */
export interface VerificationStep {
  /** `parsed`, `name`, `signature`, `path`, `anchor` …: what was looked at. */
  readonly check: string;
  /** The subject of the certificate concerned, as RFC 4514 writes it; empty where none is. */
  readonly subject: string;
  readonly outcome: "passed" | "failed";
  readonly detail: string;
}

/** Who the server is: what a verifier answers with, in place of yes or no. */
export interface ServerIdentity {
  /** The key that CertificateVerify is checked with. */
  readonly publicKey: PublicKey;
  /** Handshake signature schemes that fit that key and its curve. */
  readonly schemes: readonly SignatureSchemeName[];
  /** False where the certificate's key usage does not allow signatures. */
  readonly maySign: boolean;
  /** The path that was believed, DER, from the server's certificate to the trust anchor (if it is a certificate). */
  readonly path: readonly Bytes[];
  /** SubjectPublicKeyInfo of the trust anchor, which may be no certificate; undefined where there is none. */
  readonly anchorKey?: Bytes | undefined;
  /**
   * What vouches for it, in words: the anchor's subject, "pinned", "first use", or "nothing" where verification was
   * switched off.
   */
  readonly vouchedBy: string;
  /** False where nothing was verified. */
  readonly verified: boolean;
  /** The rules that the path was held to; undefined where it was held to none. */
  readonly profile?: Profile | undefined;
  /** What was found out about revocation and logs. */
  readonly notes?: readonly Note[];
}

/**
 * Decides whether a server is who the caller wanted. Throws (or rejects with) what `certificateError` makes to
 * refuse; any other exception ends the handshake with internal_error.
 */
export type ServerVerifier = (presented: PresentedCertificates) => ServerIdentity | Promise<ServerIdentity>;
