import type { EncryptedExtensions } from "../../messages/encryptedExtensions.ts";
import { toLatin1 } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";
import { readExtensions } from "./extensions.ts";
import type { Offer } from "./offer.ts";

export interface AcceptedEncryptedExtensions {
  readonly alpn: string | undefined;
  /** Whether the server says that it used the name in server_name. */
  readonly serverNameAcknowledged: boolean;
}

/** RFC 9846 §4.4.1. What it says of groups has no effect on this handshake (§4.3.7/2). */
export function checkEncryptedExtensions(
  offer: Offer,
  { extensions }: EncryptedExtensions,
): AcceptedEncryptedExtensions {
  const { applicationLayerProtocolNegotiation: protocols, serverName } = readExtensions(
    "EncryptedExtensions",
    extensions,
    offer.extensionTypes,
  );
  return {
    alpn: protocols === undefined ? undefined : selectedProtocol(offer, protocols.map(toLatin1)),
    serverNameAcknowledged: serverName !== undefined,
  };
}

function selectedProtocol(offer: Offer, protocols: readonly string[]): string {
  const [selected, ...others] = protocols;
  // RFC 7301 §3.1
  if (selected === undefined || others.length > 0) {
    throw peerError("alpn_not_one_protocol", { expected: "one protocol", got: JSON.stringify(protocols) });
  }
  // RFC 7301 §3.2
  if (!offer.protocols.includes(selected)) {
    throw peerError("alpn_not_offered", {
      expected: JSON.stringify(offer.protocols),
      got: JSON.stringify(selected),
    });
  }
  return selected;
}
