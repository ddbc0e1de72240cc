import { opaque, vector } from "../codec.ts";
import { extension } from "./extension.ts";

const distinguishedNames = vector(2, 3, 0xffff, opaque(2, 1, 0xffff));

/** RFC 9846 §4.3.4: the DER names of authorities that the sender would accept. */
export const certificateAuthorities = extension("certificate_authorities", 47, {
  ClientHello: distinguishedNames,
  CertificateRequest: distinguishedNames,
});
