import type { PublicKey } from "../../crypto/publicKey.ts";
import { sha1 } from "../../crypto/sha1.ts";
import { DerError } from "../../der/error.ts";
import { matches, objectIdentifier } from "../../der/objectIdentifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { type Certificate, parseCertificate, sameBytes } from "../certificate.ts";
import { purposes } from "../extensions/extendedKeyUsage.ts";
import { keyUsages } from "../extensions/keyUsage.ts";
import { isUnfitSize } from "../keyStrength.ts";
import type { PathCheckContext } from "../pathCheck.ts";
import { type Complaint, complaint, type Issuer, keyBits, signatureComplaint } from "./issuer.ts";
import type { BasicOcspResponse } from "./ocspResponse.ts";

const noCheck = objectIdentifier("1.3.6.1.5.5.7.48.1.5");

/**
 * Whether who signed a response was in charge (RFC 6960 §4.2.2.2): the issuer itself, or a delegate, whose certificate
 * says that it may and is signed by the very key that signed the certificate in question. No other responder is trusted.
 *
 * Whether a delegate was revoked is not asked, with id-pkix-ocsp-nocheck in its certificate or without: who asks would need
 * another response, from a delegate again (§4.2.2.2.1 leaves that to the client).
 */
export async function responderComplaint(
  response: BasicOcspResponse,
  issuer: Issuer,
  context: PathCheckContext,
): Promise<Complaint | undefined> {
  let first: Complaint | undefined;
  if (isResponder(response, issuer.der, issuer)) {
    first = await signatureComplaint(response, issuer.publicKey, context);
    if (first === undefined || first.rule === "budget") return first;
  }
  for (const delegate of delegatesOf(response)) {
    const fault =
      (await delegateComplaint(delegate, issuer, context)) ??
      (await signatureComplaint(response, delegate.publicKey, context));
    if (fault === undefined || fault.rule === "budget") return fault;
    first ??= fault;
  }
  return first ?? complaint("is signed by someone who is neither the issuer nor shown to act for it");
}

interface Delegate extends Certificate {
  readonly publicKey: PublicKey;
}

const delegates = new WeakMap<BasicOcspResponse, readonly Delegate[]>();

/** The certificates of whom a response names as its signer, read once for all paths that it is asked about. */
function delegatesOf(response: BasicOcspResponse): readonly Delegate[] {
  let found = delegates.get(response);
  if (found === undefined) {
    found = response.certificates
      .map(({ start, end }) => readDelegate(response.der.subarray(start, end)))
      .filter((one): one is Delegate => one !== undefined && namesDelegate(response, one));
    delegates.set(response, found);
  }
  return found;
}

function namesDelegate(response: BasicOcspResponse, { der, subject, publicKey }: Certificate): boolean {
  return publicKey.kind !== "unsupported" && isResponder(response, der, { subject, publicKey });
}

/** What is no certificate names nobody. */
function readDelegate(der: Bytes): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function isResponder(
  response: BasicOcspResponse,
  der: Bytes,
  { subject, publicKey }: Pick<Issuer, "subject" | "publicKey">,
): boolean {
  const { responder } = response;
  if (responder.by === "name") return sameBytes(response.der, responder.name, der, subject);
  return matches(response.der, responder.hash, sha1(keyBits(publicKey)));
}

async function delegateComplaint(
  delegate: Certificate,
  issuer: Issuer,
  context: PathCheckContext,
): Promise<Complaint | undefined> {
  const { der, extensions } = delegate;
  if (!sameBytes(der, delegate.issuer, issuer.der, issuer.subject)) {
    return complaint("is signed by a delegate of another issuer");
  }
  // §4.2.2.2: explicitly; anyExtendedKeyUsage would make every such certificate a responder.
  if (((extensions.extendedKeyUsage ?? 0) & purposes.ocspSigning) === 0) {
    return complaint(
      "is signed with a certificate that is not for OCSP (its extended key usage lacks OCSPSigning)",
    );
  }
  if (isUnfitSize(delegate.publicKey)) {
    return complaint("is signed with a key that is too weak, too large or oddly made");
  }
  // RFC 5280 §4.2.1.12
  const { keyUsage } = extensions;
  if (
    keyUsage !== undefined &&
    (keyUsage & (keyUsages.digitalSignature | keyUsages.contentCommitment)) === 0
  ) {
    return complaint("is signed with a key that may not sign (its key usage says so)");
  }
  if (!(context.time >= delegate.notBefore && context.time <= delegate.notAfter)) {
    return complaint("is signed by a delegate whose certificate is not valid now");
  }
  if (extensions.unprocessedCritical.some((type) => !matches(der, type, noCheck))) {
    return complaint("is signed by a delegate with a critical extension that is not supported");
  }
  const fault = await signatureComplaint(delegate, issuer.publicKey, context);
  if (fault === undefined || fault.rule === "budget") return fault;
  return complaint("is signed by a delegate that the issuer did not sign");
}
