import { DerCursor } from "../der/cursor.ts";
import { type Bytes, concat } from "../wire/bytes.ts";
import { readKey } from "./certificate.ts";
import { readName } from "./distinguishedName.ts";
import { readNameConstraints } from "./extensions/nameConstraints.ts";
import type { AnchorTrust, TrustAnchor } from "./trustAnchor.ts";

/** What an anchor is made of where there is no certificate of it (RFC 5914 §2 has the same parts). */
export interface AnchorParts extends Partial<AnchorTrust> {
  /** A Name, DER. */
  readonly subject: Uint8Array;
  /** A SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** How many intermediate certificates may stand below it, self-issued ones not counted. Default: any number. */
  readonly pathLength?: number | undefined;
  /** NameConstraints (RFC 5280 §4.2.1.10), DER. Default: none. */
  readonly nameConstraints?: Uint8Array | undefined;
}

/**
 * An anchor that is no certificate: it has no dates of its own, and may issue. Its profile is `private` unless said
 * otherwise.
 *
 * @throws DerError for a part that is not what it should be
 */
export function anchorFromParts(parts: AnchorParts): TrustAnchor {
  const { profile = "private", distrustAfter, pathLength, nameConstraints } = parts;
  const der = concat(parts.subject, parts.spki);
  const cursor = new DerCursor(der);
  const subject = readName(cursor);
  const publicKey = readKey(cursor);
  cursor.finish();
  const anchor: TrustAnchor = {
    der,
    subject,
    publicKey,
    validity: undefined,
    subjectKeyIdentifier: undefined,
    mayIssue: true,
    pathLength,
    nameConstraints: undefined,
    extendedKeyUsage: undefined,
    unprocessedCritical: [],
    certificate: undefined,
    profile,
    distrustAfter,
  };
  return nameConstraints === undefined ? anchor : constrained(anchor, nameConstraints);
}

/** The same anchor, for names within these NameConstraints (DER) in place of its own. @throws DerError */
export function constrained(anchor: TrustAnchor, nameConstraints: Uint8Array): TrustAnchor {
  // One array for all spans: the names stand behind what is there already.
  const der: Bytes = concat(anchor.der, nameConstraints);
  const cursor = new DerCursor(der, anchor.der.length);
  const value = readNameConstraints(cursor);
  cursor.finish();
  return { ...anchor, der, nameConstraints: value };
}
