import type { CompletedHandshake } from "../handshake/client/handshake.ts";
import type { ClientParameters, Resumption } from "../handshake/client/parameters.ts";
import type { NewSessionTicket } from "../messages/newSessionTicket.ts";
import type { Session } from "../session/session.ts";
import { sessionFromTicket, type TicketOrigin } from "../session/ticket.ts";
import { checkTicket } from "./postHandshake.ts";

/** Tickets that may come before our own Finished has left (RFC 9846 §4.7.1/8); more of them are nobody's need. */
const maxEarlyTickets = 8;
/** Sessions that a cache may be busy with. A server can send tickets faster than any store takes them. */
const maxBeingPut = 8;

/** Makes sessions of a connection's tickets (RFC 9846 §4.7.1), and puts them where the next connection looks. */
export class Tickets {
  readonly #parameters: ClientParameters;
  #origin: TicketOrigin | undefined;
  #early: { readonly ticket: NewSessionTicket; readonly maxEarlyDataSize: number; readonly time: number }[] =
    [];
  #beingPut = 0;

  constructor(parameters: ClientParameters) {
    this.#parameters = parameters;
  }

  /** @throws TlsError where the ticket breaks a rule, wanted or not */
  received(ticket: NewSessionTicket): void {
    const maxEarlyDataSize = checkTicket(ticket);
    const { resumption, provider } = this.#parameters;
    // §4.7.1/2
    if (resumption === undefined) return;
    const time = provider.now();
    if (this.#origin !== undefined) {
      this.#keep(sessionFromTicket(ticket, maxEarlyDataSize, this.#origin, time), resumption);
    } else if (this.#early.length < maxEarlyTickets) this.#early.push({ ticket, maxEarlyDataSize, time });
  }

  opened(handshake: CompletedHandshake): void {
    const { resumption } = this.#parameters;
    if (resumption === undefined) return;
    const origin = originOf(handshake, this.#parameters);
    this.#origin = origin;
    for (const { ticket, maxEarlyDataSize, time } of this.#early) {
      this.#keep(sessionFromTicket(ticket, maxEarlyDataSize, origin, time), resumption);
    }
    this.#early = [];
  }

  /** A cache that fails costs the next connection a full handshake, and this one nothing. */
  #keep(session: Session | undefined, { cache, partition }: Resumption): void {
    if (session === undefined || this.#beingPut >= maxBeingPut) return;
    try {
      const done = cache.put(partition, session);
      if (done === undefined) return;
      this.#beingPut++;
      const settled = (): void => void this.#beingPut--;
      void Promise.resolve(done).then(settled, settled);
    } catch {}
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
