import { peerError, type TlsError } from "../wire/error.ts";
import type { PeerErrorCode } from "../wire/misdeeds.ts";

/** What a verifier can say against a server's certificate; each code has its alert. */
export type CertificateErrorCode = Extract<
  PeerErrorCode,
  | "certificate_malformed"
  | "certificate_invalid"
  | "certificate_unsupported"
  | "certificate_distrusted"
  | "certificate_revoked"
  | "certificate_status_invalid"
  | "certificate_not_logged"
  | "certificate_too_costly"
  | "certificate_expired"
  | "certificate_unknown_ca"
  | "certificate_name_mismatch"
  | "certificate_rejected"
>;

/** An error for a verifier of one's own to throw: the server is told the alert that RFC 9846 §6.2 has for the reason. */
export function certificateError(code: CertificateErrorCode, detail: string): TlsError {
  return peerError(code, detail);
}
