import { TlsError, type TlsErrorCode } from "../wire/error.ts";

/** What the program's exit code says; documented in help.ts and the README. */
export const exitCodes = {
  ok: 0,
  usage: 1,
  unreachable: 2,
  tlsFailed: 3,
  untrusted: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What a verifier says of certificates. A few other codes begin with the same word, so they are listed. */
const untrusted: ReadonlySet<TlsErrorCode> = new Set([
  "certificate_malformed",
  "certificate_invalid",
  "certificate_unsupported",
  "certificate_revoked",
  "certificate_expired",
  "certificate_unknown_ca",
  "certificate_distrusted",
  "certificate_name_mismatch",
  "certificate_rejected",
]);

/** Until TCP stands, whatever ends the attempt is a server that could not be reached. */
export function exitCodeOf(error: unknown, tcpStood: boolean): ExitCode {
  if (!tcpStood) return exitCodes.unreachable;
  if (error instanceof TlsError && untrusted.has(error.code)) return exitCodes.untrusted;
  return exitCodes.tlsFailed;
}
