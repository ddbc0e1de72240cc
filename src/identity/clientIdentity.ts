import type { PublicKey } from "../crypto/publicKey.ts";
import {
  handshakeSchemesFor,
  type SignatureSchemeName,
  signatureSchemes,
} from "../crypto/signatureSchemes.ts";
import { DerError } from "../der/error.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { type Certificate, parseCertificate } from "../x509/certificate.ts";

/** What a signer or a choice may look at besides what is asked. */
export interface IdentityContext {
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * Who a client is: certificates, and a way to sign with the key of the first. A key may be anywhere (a KMS, an HSM, a
 * smart card): signing may take its time, and the connection goes on to hear the server meanwhile.
 */
export interface ClientIdentity {
  /** DER, the client's own first, then the one that certifies it, and so on; the root may be left out (RFC 9846 §4.5.1). */
  readonly certificates: readonly Uint8Array[];
  /** What `sign` can be asked for, in order of preference. What does not fit the certificate's key is passed over. */
  readonly schemes: readonly SignatureSchemeName[];
  /**
   * The signature of `content` (up to 146 bytes, not hashed yet), as RFC 9846 §4.3.3 describes the scheme: RSASSA-PSS with
   * a salt as long as the hash, ECDSA as DER. Before it is sent it is verified with the certificate's key.
   */
  sign(
    scheme: SignatureSchemeName,
    content: Bytes,
    context: IdentityContext,
  ): Uint8Array | Promise<Uint8Array>;
  /** An OCSP response for the client's own certificate, DER: sent to servers that ask for one (RFC 9846 §4.5.1.1). */
  readonly ocspResponse?: Uint8Array | undefined;
  /** SignedCertificateTimestamps (RFC 6962 §3.2) of 1 to 65,535 bytes each: sent to servers that ask for them. */
  readonly signedCertificateTimestamps?: readonly Uint8Array[] | undefined;
}

/** What a server asks of a client's certificate (RFC 9846 §4.4.2). What this library knows no name for is left out. */
export interface IdentityRequest {
  /** The schemes with which the client may sign, as the server prefers them. */
  readonly signatureSchemes: readonly SignatureSchemeName[];
  /** The schemes with which the certificates may be signed; the same where the server makes no difference. */
  readonly signatureSchemesCert: readonly SignatureSchemeName[];
  /** Names, DER, of authorities one of which should have issued a certificate of the chain; empty where any may. */
  readonly certificateAuthorities: readonly Bytes[];
  /** Extensions, by the contents of their object identifiers, and the values that they have to contain (§4.3.5). */
  readonly oidFilters: readonly { readonly oid: Bytes; readonly values: Bytes }[];
}

/** Picks an identity, or undefined for none. */
export type ChooseIdentity = (
  request: IdentityRequest,
  context: IdentityContext,
) => ClientIdentity | undefined | Promise<ClientIdentity | undefined>;

/** An identity that was looked at. */
export interface CheckedIdentity {
  readonly identity: ClientIdentity;
  readonly certificates: readonly Bytes[];
  readonly own: Certificate;
  readonly publicKey: PublicKey;
  /** Those above, where they can be read: what else is in a chain is the server's business. */
  readonly above: readonly Certificate[];
  /** Those that fit the key, as the identity prefers them. */
  readonly schemes: readonly SignatureSchemeName[];
}

const checked = new WeakMap<ClientIdentity, CheckedIdentity>();

/**
 * Looks at an identity, once.
 *
 * @throws TlsError `invalid_option` where it is none, or its certificate or schemes can be of no use
 */
export function checkIdentity(identity: ClientIdentity): CheckedIdentity {
  const known = checked.get(identity);
  if (known !== undefined) return known;
  checkForm(identity);
  const certificates = identity.certificates.map(copyOf);
  const [first, ...others] = certificates as [Bytes, ...Bytes[]];
  const own = readCertificate(first);
  if (own instanceof DerError) throw invalid(`its certificate can't be read: ${own.message}`);
  if (own.publicKey.kind === "unsupported") throw invalid(`its certificate: ${own.publicKey.says}`);
  // RFC 9846 §4.5.1.2/1
  if (own.version !== 3)
    throw invalid(`its certificate has version ${own.version}, where TLS 1.3 takes 3 only`);
  const fitting = handshakeSchemesFor(own.publicKey);
  const schemes = identity.schemes.filter((name) => fitting.includes(name));
  if (schemes.length === 0) {
    throw invalid(
      `its certificate's key signs by ${fitting.join(" or ")}, got ${identity.schemes.join(", ")}`,
    );
  }
  const answer: CheckedIdentity = {
    identity,
    certificates,
    own,
    publicKey: own.publicKey,
    above: others.map(readCertificate).filter((one): one is Certificate => !(one instanceof DerError)),
    schemes,
  };
  checked.set(identity, answer);
  return answer;
}

function checkForm(identity: ClientIdentity): void {
  const { certificates, schemes, sign, ocspResponse, signedCertificateTimestamps = [] } = identity;
  if (!Array.isArray(certificates) || certificates.length === 0 || !certificates.every(isBytes)) {
    throw invalid("expected certificates, a list of one or more in DER");
  }
  const names = Object.keys(signatureSchemes);
  if (!Array.isArray(schemes) || !schemes.every((name) => names.includes(name))) {
    throw invalid(`expected schemes, a list of some of ${names.join(", ")}`);
  }
  if (typeof sign !== "function") throw invalid("expected sign, a function");
  if (ocspResponse !== undefined && !isBytes(ocspResponse)) {
    throw invalid("expected ocspResponse, the DER of an OCSP response");
  }
  const timestamps: unknown = signedCertificateTimestamps;
  if (!Array.isArray(timestamps) || !timestamps.every((one) => isBytes(one) && one.length <= 0xffff)) {
    throw invalid("expected signedCertificateTimestamps, each of 1 to 65,535 bytes");
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length > 0;
}

function readCertificate(der: Bytes): Certificate | DerError {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof DerError) return error;
    throw error;
  }
}

function invalid(says: string): Error {
  return localError("invalid_option", `identity: ${says}`);
}
