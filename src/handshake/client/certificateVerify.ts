import type { CryptoProvider } from "../../crypto/provider.ts";
import {
  type SignatureSchemeName,
  signatureSchemeByCode,
  signatureSchemeName,
  signatureSchemes,
} from "../../crypto/signatureSchemes.ts";
import type { CertificateVerify } from "../../messages/certificateVerify.ts";
import type { ServerIdentity } from "../../trust/verifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";
import type { Offer } from "./offer.ts";
import { signedContent } from "./signedContent.ts";

/** RFC 9846 §4.5.2: which scheme may it be; the signature itself is checked by {@link verifySignature}. */
export function checkSignatureScheme(
  offer: Offer,
  identity: ServerIdentity,
  message: CertificateVerify,
): SignatureSchemeName {
  const scheme = signatureSchemeByCode(message.algorithm);
  // §4.5.2/5, §4.5.2/10: neither PKCS#1 v1.5 nor SHA-1 is ever offered for the handshake.
  if (
    scheme === undefined ||
    !offer.signatureSchemes.includes(message.algorithm) ||
    !signatureSchemes[scheme].handshake
  ) {
    const expected = offer.signatureSchemes.map(signatureSchemeName).join(", ");
    throw peerError("signature_scheme_not_offered", {
      expected,
      got: signatureSchemeName(message.algorithm),
    });
  }
  // §4.5.2/8
  if (!identity.schemes.includes(scheme)) {
    throw peerError("signature_scheme_unfit_for_key", {
      expected: identity.schemes.join(" or "),
      got: scheme,
    });
  }
  // RFC 5280 §4.2.1.3, and RFC 9846 §4.5.1.2 asks the sender for digitalSignature.
  if (!identity.maySign)
    throw peerError("key_usage_forbids_signing", "digitalSignature is not among its uses");
  return scheme;
}

/** RFC 9846 §4.5.2/4, §4.5.2/11, §4.5.2/12 */
export async function verifySignature(
  provider: CryptoProvider,
  identity: ServerIdentity,
  scheme: SignatureSchemeName,
  transcriptHash: Bytes,
  signature: Bytes,
): Promise<void> {
  const content = signedContent("server", transcriptHash);
  if (!(await provider.verify(signatureSchemes[scheme].algorithm, identity.publicKey, content, signature))) {
    throw peerError("bad_handshake_signature", `${scheme} over the transcript`);
  }
}
