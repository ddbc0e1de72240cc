import type { HashName } from "../../crypto/hashName.ts";
import { sha1 } from "../../crypto/sha1.ts";
import { matches } from "../../der/objectIdentifier.ts";
import { type Certificate, partOf, sameBytes } from "../certificate.ts";
import type { PathCheckContext } from "../pathCheck.ts";
import { type Issuer, keyBits } from "./issuer.ts";
import type { CertificateId } from "./ocspResponse.ts";

/** Whether an id (which stands in `der`) means this certificate of this issuer (RFC 6960 §4.1.1). */
export function certificateMatcher(
  certificate: Certificate,
  { publicKey }: Issuer,
  hashes: PathCheckContext["hashes"],
): (id: CertificateId, der: Uint8Array) => boolean {
  // A response may say the same of a certificate many times.
  const digests = new Map<HashName | "SHA-1", { readonly name: Uint8Array; readonly key: Uint8Array }>();
  const digestsBy = (hash: HashName | "SHA-1") => {
    let known = digests.get(hash);
    if (known === undefined) {
      const digest = hash === "SHA-1" ? sha1 : hashes[hash].digest;
      known = { name: digest(partOf(certificate, certificate.issuer)), key: digest(keyBits(publicKey)) };
      digests.set(hash, known);
    }
    return known;
  };
  return ({ hash, issuerNameHash, issuerKeyHash, serialNumber }, der) => {
    if (hash === undefined || !sameBytes(der, serialNumber, certificate.der, certificate.serialNumber)) {
      return false;
    }
    const { name, key } = digestsBy(hash);
    return matches(der, issuerNameHash, name) && matches(der, issuerKeyHash, key);
  };
}
