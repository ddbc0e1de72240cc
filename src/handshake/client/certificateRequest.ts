import type { CertificateRequest } from "../../messages/certificateRequest.ts";
import type { DecodedExtensions } from "../../messages/extensions/table.ts";
import { peerError } from "../../wire/error.ts";
import { readExtensions } from "./extensions.ts";
import type { Offer } from "./offer.ts";

/** RFC 9846 §4.4.2 */
export function checkCertificateRequest(
  offer: Offer,
  request: CertificateRequest,
): DecodedExtensions<"CertificateRequest"> {
  // §4.4.2/1
  if (request.certificateRequestContext.length > 0) {
    throw peerError("request_context_not_empty", `${request.certificateRequestContext.length} bytes`);
  }
  const asked = readExtensions("CertificateRequest", request.extensions, offer.extensionTypes);
  // §4.4.2/2
  if (asked.signatureAlgorithms === undefined) {
    throw peerError("request_without_signature_algorithms", "the client can't know how to sign");
  }
  return asked;
}
