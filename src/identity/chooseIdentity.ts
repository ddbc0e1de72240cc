import { type SignatureAlgorithm, signatureSchemes } from "../crypto/signatureSchemes.ts";
import {
  type CheckedIdentity,
  type ClientIdentity,
  checkIdentity,
  type IdentityRequest,
} from "./clientIdentity.ts";
import { signedByOthers, whyForbidden, whyUnwanted } from "./suitability.ts";

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

/** RFC 9846 §4.5.1.2/8 */
function isVerifiable({ own, above }: CheckedIdentity, { signatureSchemesCert }: IdentityRequest): boolean {
  const taken = signatureSchemesCert.map((name): SignatureAlgorithm => signatureSchemes[name].algorithm);
  return signedByOthers(own, above).every(({ signatureAlgorithm: { algorithm } }) =>
    taken.some((one) => algorithm !== undefined && isSame(one, algorithm)),
  );
}

function isSame(a: SignatureAlgorithm, b: SignatureAlgorithm): boolean {
  return a.kind === b.kind && (a.kind === "ed25519" || a.hash === (b as typeof a).hash);
}
