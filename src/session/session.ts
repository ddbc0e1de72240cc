import type { CipherSuiteName } from "../crypto/cipherSuites.ts";
import type { Bytes } from "../wire/bytes.ts";

/** What the server showed of itself when it last authenticated with a certificate. */
export interface OriginalCertificate {
  /** DER, as sent: the server's own first. */
  readonly chain: readonly Bytes[];
  readonly ocspResponse: Bytes | undefined;
  readonly signedCertificateTimestamps: readonly Bytes[];
}

/** A ticket, with all that is needed to resume what it was given for (RFC 9846 §4.7.1). Times are milliseconds since 1970. */
export interface Session {
  readonly cipherSuite: CipherSuiteName;
  /** The PSK of the ticket, derived when it is first asked for: a copy each time, for its user to overwrite. */
  readonly psk: () => Bytes;
  readonly ticket: Bytes;
  readonly ticketAgeAdd: number;
  /** Seconds: at most seven days. */
  readonly ticketLifetime: number;
  readonly receivedAt: number;
  /** When the server last proved that it holds its certificate's key: what resumes what resumed does not make it younger. */
  readonly authenticatedAt: number;
  /** Bytes of early data that may be sent with the ticket; 0 for none. */
  readonly maxEarlyDataSize: number;
  readonly alpn: string | undefined;
  readonly serverName: string;
  /** Undefined where an external PSK authenticated the server. */
  readonly certificate: OriginalCertificate | undefined;
  /** Whether the server had asked for a client certificate and got one. */
  readonly clientAuthenticated: boolean;
}

/**
 * No session lives longer than this since the server last showed its certificate, however often tickets are renewed
 * (RFC 9846 §4.7.1/18). Milliseconds.
 */
export const longestSession = 604_800_000;

/** Until when a session may be offered (RFC 9846 §4.3.11.1, §4.7.1/12): milliseconds since 1970. */
export function expiryOf({ receivedAt, ticketLifetime, authenticatedAt }: Session): number {
  return Math.min(receivedAt + ticketLifetime * 1000, authenticatedAt + longestSession);
}

/** Whether a session may still be offered. */
export function isFresh(session: Session, now: number): boolean {
  // A clock that was set back tells nothing of its age.
  return now >= session.receivedAt && now <= expiryOf(session);
}

/** RFC 9846 §4.3.11.1: milliseconds, plus what the server gave to hide them, modulo 2^32. */
export function obfuscatedTicketAge({ receivedAt, ticketAgeAdd }: Session, now: number): number {
  return (Math.max(0, Math.floor(now - receivedAt)) + ticketAgeAdd) % 2 ** 32;
}
