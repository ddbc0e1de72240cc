import { opaque, rest, struct, u8, where } from "../codec.ts";
import { extension } from "./extension.ts";

const ocsp = 1;

/** RFC 6066 §8 and RFC 9846 §4.5.1.1: a request for a stapled OCSP response, and the response in a CertificateEntry. */
export const statusRequest = extension("status_request", 5, {
  ClientHello: struct({
    statusType: u8,
    responderIds: opaque(2, 0, 0xffff),
    requestExtensions: opaque(2, 0, 0xffff),
  }),
  // §4.5.1.1: a server's request may be empty, or hold a CertificateStatusRequest that nobody needs.
  CertificateRequest: rest,
  Certificate: where(
    struct({ statusType: u8, response: opaque(3, 1, 0xffffff) }),
    (status) => status.statusType === ocsp,
    "a certificate status of an unknown type",
  ),
});

export const ocspRequest = {
  statusType: ocsp,
  responderIds: new Uint8Array(0),
  requestExtensions: new Uint8Array(0),
};
