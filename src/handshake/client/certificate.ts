import type { Certificate } from "../../messages/certificate.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";
import { readExtensions } from "./extensions.ts";
import type { Offer } from "./offer.ts";

export interface ServerCertificate {
  /** DER, as sent: the server's own first. */
  readonly chain: readonly Bytes[];
  readonly ocspResponse: Bytes | undefined;
  readonly signedCertificateTimestamps: readonly Bytes[];
}

/** RFC 9846 §4.5.1, §4.5.1.3 */
export function checkCertificate(offer: Offer, message: Certificate): ServerCertificate {
  // §4.5.1/6
  if (message.certificateRequestContext.length > 0) {
    throw peerError("certificate_context_not_empty", `${message.certificateRequestContext.length} bytes`);
  }
  const entries = message.certificateList.map(({ certData, extensions }) => ({
    certData,
    extensions: readExtensions("Certificate", extensions, offer.extensionTypes),
  }));
  const [leaf] = entries;
  // §4.5.1.3/1
  if (leaf === undefined) throw peerError("no_certificate", "a server must authenticate itself");
  return {
    chain: entries.map(({ certData }) => certData),
    ocspResponse: leaf.extensions.statusRequest?.response,
    signedCertificateTimestamps: leaf.extensions.signedCertificateTimestamp ?? [],
  };
}
