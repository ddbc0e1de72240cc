import { TlsError, type TlsErrorCode } from "../wire/error.ts";
import { ruleRows } from "../x509/rules.ts";

/** What the program's exit code says; documented in help.ts and the README. */
export const exitCodes = {
  ok: 0,
  usage: 1,
  unreachable: 2,
  tlsFailed: 3,
  untrusted: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What a verifier says of certificates: of the rules, and where it has reasons of its own. */
const untrusted: ReadonlySet<TlsErrorCode> = new Set<TlsErrorCode>([
  ...ruleRows.map(([, { code }]) => code),
  "certificate_rejected",
]);

/** Until TCP stands, whatever ends the attempt is a server that could not be reached. */
export function exitCodeOf(error: unknown, tcpStood: boolean): ExitCode {
  if (!tcpStood) return exitCodes.unreachable;
  if (error instanceof TlsError && untrusted.has(error.code)) return exitCodes.untrusted;
  return exitCodes.tlsFailed;
}
