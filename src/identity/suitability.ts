import { equal } from "../wire/bytes.ts";
import { type Certificate, isSelfIssued, partOf } from "../x509/certificate.ts";
import { keyUsages } from "../x509/extensions/keyUsage.ts";
import type { CheckedIdentity, IdentityRequest } from "./clientIdentity.ts";
import { satisfies } from "./oidFilters.ts";

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

/** What signed itself begins a path, and nobody looks at its signature (RFC 9846 §4.5.1.2). */
export function signedByOthers(own: Certificate, above: readonly Certificate[]): readonly Certificate[] {
  return [own, ...above].filter((certificate) => !isSelfIssued(certificate));
}
