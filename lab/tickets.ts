import { type CipherSuiteName, cipherSuites } from "../src/crypto/cipherSuites.ts";
import type { HashName } from "../src/crypto/hashName.ts";
import { hkdfExpandLabel } from "../src/keyschedule/hkdf.ts";
import { decodeExtension } from "../src/messages/extensions/extension.ts";
import { extensionTable as table } from "../src/messages/extensions/table.ts";
import type { NewSessionTicket } from "../src/messages/newSessionTicket.ts";
import type { ExternalPsk } from "../src/session/externalPsk.ts";
import { type Bytes, toHex } from "../src/wire/bytes.ts";
import type { LabContext } from "./context.ts";

/** A ticket that went out, with what it stands for (RFC 9846 §4.7.1). */
export interface TicketPsk {
  readonly kind: "resumption";
  /** The ticket itself. */
  readonly identity: Bytes;
  readonly key: Bytes;
  readonly hash: HashName;
  readonly suite: CipherSuiteName;
  readonly alpn: string | undefined;
  /** The server_name of the hello; undefined where it had none. */
  readonly serverName: string | undefined;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  /** Seconds. */
  readonly lifetime: number;
  readonly ageAdd: number;
  readonly maxEarlyDataSize: number;
}

/** What a server can be resumed from, or knows its clients by. */
export type LabPsk = TicketPsk | ExternalPsk;

/** The tickets of servers that share them: what one gave out, another takes. */
export class TicketStore {
  /** Every ticket that went out, in order. */
  readonly issued: TicketPsk[] = [];
  readonly #valid = new Map<string, TicketPsk>();
  readonly #offered = new Map<string, number>();
  readonly #singleUse: boolean;

  /** @param singleUse a ticket that was accepted is forgotten. Default: no */
  constructor({ singleUse = false }: { readonly singleUse?: boolean } = {}) {
    this.#singleUse = singleUse;
  }

  add(ticket: TicketPsk): void {
    this.issued.push(ticket);
    this.#valid.set(toHex(ticket.identity), ticket);
  }

  find(identity: Bytes): TicketPsk | undefined {
    return this.#valid.get(toHex(identity));
  }

  forget(identity: Bytes): void {
    this.#valid.delete(toHex(identity));
  }

  /** How many connections offered it. */
  timesOffered(identity: Bytes): number {
    return this.#offered.get(toHex(identity)) ?? 0;
  }

  noteOffered(identity: Bytes): void {
    this.#offered.set(toHex(identity), this.timesOffered(identity) + 1);
  }

  noteAccepted(identity: Bytes): void {
    if (this.#singleUse) this.forget(identity);
  }
}

/** Remembers a ticket as it went out, bent or not: its PSK is what the client derives from it (RFC 9846 §4.7.1). */
export function rememberTicket(context: LabContext, ticket: NewSessionTicket): void {
  const secret = context.ticketSecret();
  // Nobody can resume from a ticket that came before the handshake's end was known.
  if (secret === undefined) return;
  const { hash, choice, tickets, provider } = context;
  const early = ticket.extensions.find(({ type }) => type === table.earlyData.type);
  tickets.add({
    kind: "resumption",
    identity: ticket.ticket,
    key: hkdfExpandLabel(hash, secret, "resumption", ticket.ticketNonce, hash.length),
    hash: cipherSuites[choice.suite.name].hash,
    suite: choice.suite.name,
    alpn: context.alpn,
    serverName: context.serverName,
    issuedAt: provider.now(),
    lifetime: ticket.ticketLifetime,
    ageAdd: ticket.ticketAgeAdd,
    maxEarlyDataSize:
      early === undefined ? 0 : decodeExtension(table.earlyData, "NewSessionTicket", early.data),
  });
}
