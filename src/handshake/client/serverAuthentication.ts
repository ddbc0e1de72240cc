import type { SignatureSchemeName } from "../../crypto/signatureSchemes.ts";
import type { Transcript } from "../../keyschedule/transcript.ts";
import type { DecodedExtensions } from "../../messages/extensions/table.ts";
import type { ServerIdentity } from "../../trust/verifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import type { HandshakeChannel } from "../channel.ts";
import { checkCertificate, type ServerCertificate } from "./certificate.ts";
import { checkCertificateRequest } from "./certificateRequest.ts";
import { checkSignatureScheme, verifySignature } from "./certificateVerify.ts";
import { identify, type WatchVerification } from "./identify.ts";
import type { Offer } from "./offer.ts";
import type { ClientParameters } from "./parameters.ts";

/** A certificate that the server asks for. */
export interface AskedCertificate {
  readonly context: Bytes;
  readonly extensions: DecodedExtensions<"CertificateRequest">;
}

export interface AuthenticatedServer {
  readonly certificate: ServerCertificate;
  readonly identity: ServerIdentity;
  readonly signatureScheme: SignatureSchemeName;
  /** What the server asks of the client, if it does. */
  readonly asked: AskedCertificate | undefined;
}

/** RFC 9846 §4.4.2, §4.5: who the server is, and that it holds the key. */
export async function authenticateServer(
  channel: HandshakeChannel,
  parameters: ClientParameters,
  offer: Offer,
  transcript: Transcript,
  watch: WatchVerification | undefined,
): Promise<AuthenticatedServer> {
  let message = await channel.next("CertificateRequest", "Certificate");
  let asked: AskedCertificate | undefined;
  if (message.name === "CertificateRequest") {
    transcript.add(message.bytes);
    const extensions = checkCertificateRequest(message.body);
    asked = { context: message.body.certificateRequestContext, extensions };
    message = await channel.next("Certificate");
  }
  transcript.add(message.bytes);
  const certificate = checkCertificate(offer, message.body);
  const identity = await identify(channel, parameters, certificate, "handshake", watch);
  const signedHash = transcript.hash();
  const certificateVerify = await channel.next("CertificateVerify");
  const signatureScheme = checkSignatureScheme(offer, identity, certificateVerify.body);
  const { signature } = certificateVerify.body;
  await channel.during(() =>
    verifySignature(parameters.provider, identity, signatureScheme, signedHash, signature),
  );
  transcript.add(certificateVerify.bytes);
  return { certificate, identity, signatureScheme, asked };
}
