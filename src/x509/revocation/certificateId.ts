import { sha1 } from "../../crypto/sha1.ts";
import { type Certificate, partOf, sameBytes } from "../certificate.ts";
import type { PathCheckContext } from "../pathCheck.ts";
import { type Issuer, keyBits } from "./issuer.ts";
import type { CertificateId } from "./ocspResponse.ts";

/** Whether an id (which stands in `der`) means this certificate of this issuer (RFC 6960 §4.1.1). */
export function isAbout(
  { hash, issuerNameHash, issuerKeyHash, serialNumber }: CertificateId,
  der: Uint8Array,
  certificate: Certificate,
  { publicKey }: Issuer,
  hashes: PathCheckContext["hashes"],
): boolean {
  if (hash === undefined || !sameBytes(der, serialNumber, certificate.der, certificate.serialNumber)) {
    return false;
  }
  const digest = hash === "SHA-1" ? sha1 : hashes[hash].digest;
  const name = digest(partOf(certificate, certificate.issuer));
  const key = digest(keyBits(publicKey));
  return isDigest(der, issuerNameHash, name) && isDigest(der, issuerKeyHash, key);
}

function isDigest(der: Uint8Array, span: CertificateId["issuerKeyHash"], digest: Uint8Array): boolean {
  return sameBytes(der, span, digest, { start: 0, end: digest.length });
}
