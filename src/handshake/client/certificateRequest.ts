import type { CertificateRequest } from "../../messages/certificateRequest.ts";
import type { DecodedExtensions } from "../../messages/extensions/table.ts";
import { peerError } from "../../wire/error.ts";
import { nothingOffered, readExtensions } from "./extensions.ts";

type RequestExtensions = DecodedExtensions<"CertificateRequest">;

/** RFC 9846 §4.4.2: a request in the handshake. */
export function checkCertificateRequest(request: CertificateRequest): RequestExtensions {
  // §4.4.2/1
  if (request.certificateRequestContext.length > 0) {
    throw peerError("request_context_not_empty", `${request.certificateRequestContext.length} bytes`);
  }
  return readRequestExtensions(request);
}

/** What every request has to hold, whenever it comes. Its extensions answer nothing (§4.4.2/3). */
export function readRequestExtensions({ extensions }: CertificateRequest): RequestExtensions {
  const asked = readExtensions("CertificateRequest", extensions, nothingOffered);
  // §4.4.2/2
  if (asked.signatureAlgorithms === undefined) {
    throw peerError("request_without_signature_algorithms", "the client can't know how to sign");
  }
  return asked;
}
