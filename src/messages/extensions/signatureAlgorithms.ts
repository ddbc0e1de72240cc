import { u16, vector } from "../codec.ts";
import { extension } from "./extension.ts";

const signatureSchemeList = vector(2, 2, 0xfffe, u16);

/** RFC 9846 §4.3.3 */
export const signatureAlgorithms = extension("signature_algorithms", 13, {
  ClientHello: signatureSchemeList,
  CertificateRequest: signatureSchemeList,
});

/** RFC 9846 §4.3.3: for the signatures in certificates, where they differ from those of the handshake. */
export const signatureAlgorithmsCert = extension("signature_algorithms_cert", 50, {
  ClientHello: signatureSchemeList,
  CertificateRequest: signatureSchemeList,
});
