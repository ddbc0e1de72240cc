import type { PublicKey } from "../crypto/publicKey.ts";
import { handshakeSchemesFor } from "../crypto/signatureSchemes.ts";
import { DerError } from "../der/error.ts";
import { peerError } from "../wire/error.ts";
import { keyInWords } from "../x509/algorithmWords.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";
import { nameToString } from "../x509/distinguishedName.ts";
import { keyUsages } from "../x509/extensions/keyUsage.ts";
import { lacksUsage } from "../x509/ownRules.ts";
import type { PresentedCertificates, ServerIdentity } from "./verifier.ts";

/** A server's own certificate, and its key, which is one that can be used. Nothing was verified. */
export interface OwnCertificate {
  readonly leaf: Certificate;
  readonly publicKey: PublicKey;
}

/** What a verifier reads that asks nobody above a certificate. @throws TlsError where the certificate is of no use */
export function ownCertificate({ chain, step }: PresentedCertificates): OwnCertificate {
  const [der] = chain;
  if (der === undefined) throw peerError("no_certificate", "a server must authenticate itself");
  let leaf: Certificate;
  try {
    leaf = parseCertificate(der);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw peerError("certificate_malformed", error.message);
  }
  const { publicKey } = leaf;
  const subject = nameToString(leaf.der, leaf.subject);
  step?.({ check: "parsed", subject, outcome: "passed", detail: keyInWords(publicKey) });
  if (publicKey.kind === "unsupported") throw peerError("certificate_unsupported", keyInWords(publicKey));
  return { leaf, publicKey };
}

/** The identity of whoever holds the key, which something else than a chain vouches for, or nothing. */
export function identityByKey(
  { leaf, publicKey }: OwnCertificate,
  vouchedBy: string,
  verified: boolean,
): ServerIdentity {
  return {
    publicKey,
    schemes: handshakeSchemesFor(publicKey),
    maySign: !lacksUsage(leaf, keyUsages.digitalSignature),
    path: [leaf.der],
    vouchedBy,
    verified,
  };
}
