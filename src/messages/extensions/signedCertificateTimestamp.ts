import { empty, opaque, rest, vector } from "../codec.ts";
import { extension } from "./extension.ts";

/** RFC 6962 §3.3. In CertificateRequest nobody needs its body. */
export const signedCertificateTimestamp = extension("signed_certificate_timestamp", 18, {
  ClientHello: empty,
  CertificateRequest: rest,
  Certificate: vector(2, 1, 0xffff, opaque(2, 1, 0xffff)),
});
