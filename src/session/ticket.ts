import type { CipherSuite } from "../crypto/cipherSuites.ts";
import type { Hash } from "../crypto/provider.ts";
import { hkdfExpandLabel } from "../keyschedule/hkdf.ts";
import type { NewSessionTicket } from "../messages/newSessionTicket.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import type { OriginalCertificate, Session } from "./session.ts";

/** What a finished handshake hands on to the sessions that come of it. */
export interface TicketOrigin {
  readonly suite: CipherSuite;
  readonly hash: Hash;
  /** Stays the caller's: it is copied. */
  readonly resumptionSecret: Bytes;
  readonly alpn: string | undefined;
  readonly serverName: string;
  /** The original one, where the handshake itself resumed a session. */
  readonly certificate: OriginalCertificate | undefined;
  /** Of the original handshake, too. Milliseconds since 1970. */
  readonly authenticatedAt: number;
  readonly clientAuthenticated: boolean;
}

/**
 * The session that a ticket stands for; undefined where the server wants it discarded (RFC 9846 §4.7.1/11).
 *
 * @param ticket with a lifetime of seven days at most: whoever received it has checked that
 * @param maxEarlyDataSize what its early_data extension says; 0 where it has none
 * @param now when it came
 */
export function sessionFromTicket(
  ticket: NewSessionTicket,
  maxEarlyDataSize: number,
  origin: TicketOrigin,
  now: number,
): Session | undefined {
  if (ticket.ticketLifetime === 0) return undefined;
  return {
    cipherSuite: origin.suite.name,
    psk: lazyPsk(origin.hash, copyOf(origin.resumptionSecret), ticket.ticketNonce),
    ticket: ticket.ticket,
    ticketAgeAdd: ticket.ticketAgeAdd,
    ticketLifetime: ticket.ticketLifetime,
    receivedAt: now,
    authenticatedAt: origin.authenticatedAt,
    maxEarlyDataSize,
    alpn: origin.alpn,
    serverName: origin.serverName,
    certificate: origin.certificate,
    clientAuthenticated: origin.clientAuthenticated,
  };
}

/** RFC 9846 §4.7.1: most tickets are never used, so none costs a derivation before it is. */
function lazyPsk(hash: Hash, resumptionSecret: Bytes, nonce: Bytes): () => Bytes {
  let psk: Bytes | undefined;
  return () => {
    if (psk === undefined) {
      psk = hkdfExpandLabel(hash, resumptionSecret, "resumption", nonce, hash.length);
      resumptionSecret.fill(0);
    }
    return copyOf(psk);
  };
}
