import { type SignatureAlgorithm, signatureSchemes } from "../crypto/signatureSchemes.ts";
import { equal } from "../wire/bytes.ts";
import { type Certificate, isSelfIssued, partOf } from "../x509/certificate.ts";
import { keyUsages } from "../x509/extensions/keyUsage.ts";
import {
  type CheckedIdentity,
  type ClientIdentity,
  checkIdentity,
  type IdentityRequest,
} from "./clientIdentity.ts";
import { satisfies } from "./oidFilters.ts";

/**
 * The first of some identities that suits what a server asks for: one that can sign so, passes its filters and was issued
 * by one of the authorities that it names. One whose certificates are signed by schemes that the server does not list comes
 * after all others (RFC 9846 §4.5.1.2).
 *
 * @throws TlsError `invalid_option` for what is no identity
 */
export function chooseIdentity(
  request: IdentityRequest,
  identities: readonly ClientIdentity[],
): ClientIdentity | undefined {
  const suitable = identities
    .map(checkIdentity)
    .filter((one) => whyForbidden(one, request) === undefined && whyUnwanted(one, request) === undefined);
  return (suitable.find((one) => isVerifiable(one, request)) ?? suitable[0])?.identity;
}

/** Why an identity may not be shown to a server, whoever chose it. */
export function whyForbidden(
  { own, above, schemes }: CheckedIdentity,
  request: IdentityRequest,
): string | undefined {
  // RFC 9846 §4.5.1.2/2, §4.5.1.2/4, §4.5.2/6
  if (!schemes.some((name) => request.signatureSchemes.includes(name))) {
    return `the server takes signatures by ${request.signatureSchemes.join(", ") || "no scheme that is known"}, and the key signs by ${schemes.join(", ")}`;
  }
  // RFC 9846 §4.5.1.2/3
  const { keyUsage } = own.extensions;
  if (keyUsage !== undefined && (keyUsage & keyUsages.digitalSignature) === 0) {
    return "the key usage of the certificate does not allow signatures";
  }
  // RFC 9846 §4.5.1.2/6, §4.3.5/1
  if (!request.oidFilters.every((filter) => satisfies(own, filter))) {
    return "the certificate lacks usages that the server asks for by oid_filters";
  }
  // RFC 9846 §4.5.1.2/10
  const isForgeable = signedByOthers(own, above).some(({ signatureAlgorithm }) => signatureAlgorithm.broken);
  return isForgeable
    ? "a certificate of the chain is signed with an algorithm that can be forged"
    : undefined;
}

/** Why one would not choose an identity for a server, although it may be shown. */
export function whyUnwanted(
  { own, above }: CheckedIdentity,
  { certificateAuthorities }: IdentityRequest,
): string | undefined {
  if (certificateAuthorities.length === 0) return undefined;
  // RFC 9846 §4.5.1.2/5
  const isNamed = [own, ...above].some((certificate) =>
    certificateAuthorities.some((name) => equal(name, partOf(certificate, certificate.issuer))),
  );
  return isNamed ? undefined : "none of the authorities that the server names has issued it";
}

/** RFC 9846 §4.5.1.2/8 */
function isVerifiable({ own, above }: CheckedIdentity, { signatureSchemesCert }: IdentityRequest): boolean {
  const taken = signatureSchemesCert.map((name): SignatureAlgorithm => signatureSchemes[name].algorithm);
  return signedByOthers(own, above).every(({ signatureAlgorithm: { algorithm } }) =>
    taken.some((one) => algorithm !== undefined && isSame(one, algorithm)),
  );
}

/** What signed itself begins a path, and nobody looks at its signature (RFC 9846 §4.5.1.2). */
function signedByOthers(own: Certificate, above: readonly Certificate[]): readonly Certificate[] {
  return [own, ...above].filter((certificate) => !isSelfIssued(certificate));
}

function isSame(a: SignatureAlgorithm, b: SignatureAlgorithm): boolean {
  return a.kind === b.kind && (a.kind === "ed25519" || a.hash === (b as typeof a).hash);
}
