import { nothingOffered, readExtensions } from "../handshake/client/extensions.ts";
import { decodeMessage, messageName, type Received } from "../messages/handshake.ts";
import type { KeyUpdate } from "../messages/keyUpdate.ts";
import { updateNotRequested, updateRequested } from "../messages/keyUpdate.ts";
import type { NewSessionTicket } from "../messages/newSessionTicket.ts";
import type { Bytes } from "../wire/bytes.ts";
import { peerError } from "../wire/error.ts";

const sevenDays = 604_800;

type PostHandshakeMessage = "NewSessionTicket" | "KeyUpdate" | "CertificateRequest";

/**
 * RFC 9846 §4.7: all that a server may send once the handshake is done.
 *
 * @param mayAsk whether that includes requests for a certificate
 */
export function readPostHandshake(bytes: Bytes, mayAsk: boolean): Received<PostHandshakeMessage> {
  const name = messageName(bytes);
  // RFC 9846 §4/2, §4.7.2/7
  if (name !== "NewSessionTicket" && name !== "KeyUpdate" && !(mayAsk && name === "CertificateRequest")) {
    throw peerError("unexpected_handshake_message", {
      expected: mayAsk
        ? "NewSessionTicket, KeyUpdate or CertificateRequest"
        : "NewSessionTicket or KeyUpdate",
      got: name,
    });
  }
  return { name, body: decodeMessage(name, bytes), bytes } as Received<PostHandshakeMessage>;
}

/** Answers how many bytes of early data may be sent with the ticket. */
export function checkTicket({ ticketLifetime, extensions }: NewSessionTicket): number {
  const { earlyData } = readExtensions("NewSessionTicket", extensions, nothingOffered);
  // RFC 9846 §4.7.1/10
  if (ticketLifetime > sevenDays) {
    throw peerError("ticket_lifetime_too_long", {
      expected: `${sevenDays} seconds at most`,
      got: `${ticketLifetime}`,
    });
  }
  return earlyData ?? 0;
}

/** Whether the server asks for a KeyUpdate of ours in return. */
export function readKeyUpdateRequest({ requestUpdate }: KeyUpdate): boolean {
  // RFC 9846 §4.7.3/4
  if (requestUpdate !== updateNotRequested && requestUpdate !== updateRequested) {
    throw peerError("bad_key_update_request", { expected: "0 or 1", got: `${requestUpdate}` });
  }
  return requestUpdate === updateRequested;
}
