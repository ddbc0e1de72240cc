/** `tls13/x509`: certificates read and judged, without TLS and on any runtime. */
export type { CryptoProvider } from "../crypto/provider.ts";
export type { PublicKey } from "../crypto/publicKey.ts";
export type { SignatureAlgorithm } from "../crypto/signatureSchemes.ts";
export { handshakeSchemesFor } from "../crypto/signatureSchemes.ts";
export type { Span } from "../der/cursor.ts";
export { DerError } from "../der/error.ts";
export { type AnchorParts, anchorFromParts } from "./anchorFromParts.ts";
export { anchorSource } from "./anchorSource.ts";
export { type CertificateCache, certificateCache } from "./cache.ts";
export { type Certificate, parseCertificate, type UnsupportedKey } from "./certificate.ts";
export { type CertificateDescription, describeCertificate } from "./describe.ts";
export { explain } from "./explain.ts";
export { parseMailbox, parseReferenceName, type ReferenceName } from "./names.ts";
export type { AnchorSource } from "./path.ts";
export type {
  CandidatePath,
  Evidence,
  Note,
  PathCheck,
  PathCheckContext,
  PathCheckResult,
  PathFault,
} from "./pathCheck.ts";
export { certificatesFromPem, PemError } from "./pem.ts";
export type { Profile, Purpose } from "./profile.ts";
export type { Question, RuleName } from "./rules.ts";
export { type AnchorTrust, anchorFromCertificate, type TrustAnchor } from "./trustAnchor.ts";
export type { Attempt, Failure, Finding, NamedPart, Verdict, Watch } from "./verdict.ts";
export { type Means, verifyChain } from "./verify.ts";
