import type { CompletedHandshake } from "../handshake/client/handshake.ts";
import type { ClientParameters } from "../handshake/client/parameters.ts";
import type { NewSessionTicket } from "../messages/newSessionTicket.ts";
import { sessionFromTicket, type TicketOrigin } from "../session/ticket.ts";
import { checkTicket } from "./postHandshake.ts";

/** Tickets that may come before our own Finished has left (RFC 9846 §4.7.1/8); more of them are nobody's need. */
const maxEarlyTickets = 8;

/** Makes sessions of a connection's tickets (RFC 9846 §4.7.1), and puts them where the next connection looks. */
export class Tickets {
  readonly #parameters: ClientParameters;
  #origin: TicketOrigin | undefined;
  #early: NewSessionTicket[] = [];

  constructor(parameters: ClientParameters) {
    this.#parameters = parameters;
  }

  /** @throws TlsError where the ticket breaks a rule, wanted or not */
  received(ticket: NewSessionTicket): void {
    const maxEarlyDataSize = checkTicket(ticket);
    const { resumption, provider } = this.#parameters;
    // §4.7.1/2
    if (resumption === undefined) return;
    if (this.#origin === undefined) {
      if (this.#early.length < maxEarlyTickets) this.#early.push(ticket);
      return;
    }
    const session = sessionFromTicket(ticket, maxEarlyDataSize, this.#origin, provider.now());
    if (session === undefined) return;
    try {
      // A cache that fails costs the next connection a full handshake, and this one nothing.
      void Promise.resolve(resumption.cache.put(resumption.partition, session)).catch(() => {});
    } catch {}
  }

  opened(handshake: CompletedHandshake): void {
    if (this.#parameters.resumption === undefined) return;
    this.#origin = originOf(handshake, this.#parameters);
    for (const ticket of this.#early) this.received(ticket);
    this.#early = [];
  }
}

function originOf(
  { suite, resumptionSecret, alpn, server, clientIdentity }: CompletedHandshake,
  { provider, serverName }: ClientParameters,
): TicketOrigin {
  // §4.7.1/18: what resumes inherits its age.
  const original = server.kind === "resumption" ? server.session : undefined;
  return {
    suite,
    hash: provider.hashes[suite.hash],
    resumptionSecret,
    alpn,
    serverName,
    certificate: server.kind === "certificate" ? server.certificate : original?.certificate,
    authenticatedAt: original?.authenticatedAt ?? provider.now(),
    clientAuthenticated: clientIdentity !== undefined || (original?.clientAuthenticated ?? false),
  };
}
