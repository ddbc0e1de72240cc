import { DerCursor } from "../der/cursor.ts";
import { constructed, tags } from "../der/tags.ts";
import { decodeBase64, encodeBase64 } from "../wire/base64.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import { localError, peerError } from "../wire/error.ts";
import { nameToString } from "../x509/distinguishedName.ts";
import { identityByKey, ownCertificate } from "./ownCertificate.ts";
import type { PresentedCertificates, ServerIdentity, ServerVerifier } from "./verifier.ts";

export interface PinOptions {
  /**
   * SHA-256 of the SubjectPublicKeyInfo of each key that is pinned: 32 bytes, or those in base64 as RFC 7469 §2.4 writes
   * them. One at least; a second one, of a key that is kept ready, is what saves a pinned client when the first is lost.
   */
  readonly keys: readonly (Uint8Array | string)[];
  /**
   * Judges the chain first; then some key of the path that it believed has to be pinned, the trust anchor's counts too.
   * Default: no chain is looked at, and the key of the server's own certificate has to be pinned.
   */
  readonly chain?: ServerVerifier;
}

/**
 * Believes servers whose keys are known beforehand: beside what another verifier says, or instead of a chain. In the latter
 * case the key is all that counts, as in RFC 7671 §5.1 for the server's own key: the certificate has to be readable, and
 * its names, dates and issuer mean nothing. Whom no pin fits is refused with `certificate_rejected`.
 *
 * @throws TlsError `invalid_option` for what is no SHA-256
 */
export function pinned({ keys, chain }: PinOptions): ServerVerifier {
  const pins = new Set(keys.map(pinOf));
  if (pins.size === 0) throw localError("invalid_option", "keys: expected one SHA-256 at least");
  return chain === undefined
    ? (presented) => judgeKey(presented, pins)
    : async (presented) => judgePath(presented, await chain(presented), pins);
}

/** SHA-256 of a SubjectPublicKeyInfo, in base64. */
export function keyPin(spki: Uint8Array, { provider }: PresentedCertificates): string {
  return encodeBase64(provider.hashes["SHA-256"].digest(spki));
}

function pinOf(key: Uint8Array | string): string {
  const bytes = typeof key === "string" ? decodeBase64(key) : copyOf(key);
  if (bytes?.length !== 32) {
    throw localError("invalid_option", `keys: expected SHA-256 in 32 bytes or base64, got ${String(key)}`);
  }
  return encodeBase64(bytes);
}

function judgeKey(presented: PresentedCertificates, pins: ReadonlySet<string>): ServerIdentity {
  const own = ownCertificate(presented);
  const { leaf, publicKey } = own;
  const pin = keyPin(publicKey.spki, presented);
  const isPinned = pins.has(pin);
  presented.step?.({
    check: "pin",
    subject: nameToString(leaf.der, leaf.subject),
    outcome: isPinned ? "passed" : "failed",
    detail: `SHA-256 of the key: ${pin}`,
  });
  if (!isPinned) throw peerError("certificate_rejected", `its key is not pinned; its SHA-256 is ${pin}`);
  return identityByKey(own, "pinned", true);
}

function judgePath(
  presented: PresentedCertificates,
  identity: ServerIdentity,
  pins: ReadonlySet<string>,
): ServerIdentity {
  const keys = identity.path.map(spkiOf);
  if (identity.anchorKey !== undefined) keys.push(identity.anchorKey);
  const found = [...new Set(keys.map((spki) => keyPin(spki, presented)))];
  const pin = found.find((one) => pins.has(one));
  presented.step?.({
    check: "pin",
    subject: "",
    outcome: pin === undefined ? "failed" : "passed",
    detail: `SHA-256 of ${pin === undefined ? `the keys: ${found.join(", ")}` : `a key: ${pin}`}`,
  });
  if (pin === undefined) {
    throw peerError(
      "certificate_rejected",
      `no key of its chain is pinned; their SHA-256 are ${found.join(", ")}`,
    );
  }
  return {
    publicKey: identity.publicKey,
    schemes: identity.schemes,
    maySign: identity.maySign,
    path: identity.path,
    anchorKey: identity.anchorKey,
    vouchedBy: `${identity.vouchedBy}, and a pinned key`,
    verified: true,
    profile: identity.profile,
    notes: identity.notes ?? [],
  };
}

/** Where the key stands in a certificate (RFC 5280 §4.1), and no judgement of it: roots are not all well written. */
function spkiOf(der: Bytes): Bytes {
  const tbs = new DerCursor(der).enter(tags.sequence).enter(tags.sequence);
  if (tbs.nextTag === constructed(0)) tbs.skip(constructed(0));
  tbs.skip(tags.integer);
  // signature, issuer, validity, subject
  for (let i = 0; i < 4; i++) tbs.skip(tags.sequence);
  const { start, end } = tbs.skip(tags.sequence);
  return der.subarray(start, end);
}
