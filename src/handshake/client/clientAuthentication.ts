import type { ClientIdentity } from "../../identity/clientIdentity.ts";
import type { Transcript } from "../../keyschedule/transcript.ts";
import type { EncodedMessage } from "../../messages/handshake.ts";
import type { HandshakeChannel } from "../channel.ts";
import { seldom } from "./onDemand.ts";
import type { ClientParameters } from "./parameters.ts";
import type { AskedCertificate } from "./serverAuthentication.ts";

/** What a client answers to a request, Finished left out. */
export interface ClientAuthentication {
  /** Certificate, and CertificateVerify where there is a certificate (RFC 9846 §4.5.2/1). The transcript has them. */
  readonly messages: readonly [EncodedMessage, ...EncodedMessage[]];
  /** Who the client said to be; undefined where it had nothing to show. */
  readonly identity: ClientIdentity | undefined;
}

/** RFC 9846 §4.5: answers a server that asks for a certificate, whether there is one to show or not (§4.5.1/3). */
export async function answerRequest(
  channel: Pick<HandshakeChannel, "during">,
  parameters: ClientParameters,
  asked: AskedCertificate,
  transcript: Transcript,
): Promise<ClientAuthentication> {
  const { authenticateClient } = await channel.during(seldom);
  return authenticateClient(channel, parameters, asked, transcript);
}
