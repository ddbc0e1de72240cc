import type { PublicKey } from "../crypto/publicKey.ts";
import { DerCursor, type Span } from "../der/cursor.ts";
import { constructed, tags } from "../der/tags.ts";
import { readLooseTime } from "../der/time.ts";
import type { Bytes } from "../wire/bytes.ts";
import { readKey, sameBytes, type UnsupportedKey } from "./certificate.ts";
import { readName } from "./distinguishedName.ts";
import { type BasicConstraints, readBasicConstraints } from "./extensions/basicConstraints.ts";
import { isAmong, rowOf } from "./extensions/block.ts";
import { readExtendedKeyUsage } from "./extensions/extendedKeyUsage.ts";
import { readSubjectKeyIdentifier } from "./extensions/keyIdentifiers.ts";
import { keyUsages } from "./extensions/keyUsage.ts";
import { type NameConstraints, readNameConstraints } from "./extensions/nameConstraints.ts";

/**
 * Who is believed: a name with a key (RFC 5280 §6.1.1 (d)), and what limits the belief. Most anchors come from
 * certificates, but those are only the paper that the name and key are written on: how such a certificate numbers,
 * signs and writes itself is not judged, for many roots in use are older than the rules.
 */
export interface TrustAnchor {
  /** What the spans of the name constraints refer to. */
  readonly der: Bytes;
  /** The Name, with its header. */
  readonly subject: Span;
  readonly publicKey: PublicKey | UnsupportedKey;
  /** Seconds since 1970; undefined where the anchor has no dates of its own. */
  readonly validity: { readonly notBefore: number; readonly notAfter: number } | undefined;
  readonly subjectKeyIdentifier: Span | undefined;
  /** Whether it may sign certificates, or only stand for itself. */
  readonly mayIssue: boolean;
  /** How many intermediate certificates may stand below it, self-issued ones not counted. */
  readonly pathLength: number | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** What it may vouch for, as flags (extendedKeyUsage.ts); undefined where it may for anything. */
  readonly extendedKeyUsage: number | undefined;
  /** Critical extensions that nothing here understands: what they restrict can't be known. */
  readonly unprocessedCritical: readonly Span[];
  /** The certificate that it was made from, DER. */
  readonly certificate: Bytes | undefined;
  /** The rules for what is below it, where the question does not name others. */
  readonly profile: "webpki" | "private";
  /** Seconds since 1970: certificates of peers whose validity begins later are not believed. */
  readonly distrustAfter: number | undefined;
}

/** What a certificate does not say of itself: how far its anchor is trusted. */
export type AnchorTrust = Pick<TrustAnchor, "profile" | "distrustAfter">;

/**
 * An anchor from a certificate. Only what an anchor is made of is read strictly; serial number, algorithm, issuer, signature
 * and the form of the dates are passed over. Its profile is `private` unless said otherwise.
 *
 * @throws DerError
 */
export function anchorFromCertificate(
  certificate: Bytes,
  { profile = "private", distrustAfter }: Partial<AnchorTrust> = {},
): TrustAnchor {
  const tbs = enterTbs(certificate);
  const { version, issuer } = skipToValidity(tbs);
  const dates = tbs.enter(tags.sequence);
  const validity = { notBefore: readLooseTime(dates), notAfter: readLooseTime(dates) };
  dates.finish();
  const subject = readName(tbs);
  const publicKey = readKey(tbs);
  while (!tbs.atEnd && tbs.nextTag !== constructed(3)) tbs.skipAny();
  if (version !== 3 && !tbs.atEnd) throw tbs.error(`extensions, which version ${version} does not have`);
  const extensions = readAnchorExtensions(tbs);
  return {
    der: certificate,
    subject,
    publicKey,
    validity,
    ...extensions,
    // Version 1 has no way to say that it is a CA's; who trusts one as a root has said it. What another issued is no root.
    mayIssue: extensions.mayIssue || (version === 1 && sameBytes(certificate, issuer, certificate, subject)),
    certificate,
    profile,
    distrustAfter,
  };
}

/** The subject of a certificate, and nothing more: enough to find an anchor again. @throws DerError */
export function subjectOf(certificate: Bytes): Span {
  const tbs = enterTbs(certificate);
  skipToValidity(tbs);
  tbs.skip(tags.sequence);
  return readName(tbs);
}

function enterTbs(certificate: Bytes): DerCursor {
  const outer = new DerCursor(certificate);
  const fields = outer.enter(tags.sequence);
  outer.finish();
  const tbs = fields.enter(tags.sequence);
  fields.skip(tags.sequence);
  fields.skip(tags.bitString);
  fields.finish();
  return tbs;
}

function skipToValidity(tbs: DerCursor): { readonly version: number; readonly issuer: Span } {
  const version = (tbs.enterOptional(constructed(0))?.smallInteger() ?? 0) + 1;
  tbs.skip(tags.integer);
  tbs.skip(tags.sequence);
  const issuer = tbs.skip(tags.sequence);
  return { version, issuer };
}

type AnchorExtensions = Pick<
  TrustAnchor,
  | "mayIssue"
  | "pathLength"
  | "nameConstraints"
  | "extendedKeyUsage"
  | "subjectKeyIdentifier"
  | "unprocessedCritical"
>;

function readAnchorExtensions(tbs: DerCursor): AnchorExtensions {
  const field = tbs.enterOptional(constructed(3));
  const list = field?.enter(tags.sequence);
  field?.finish();
  tbs.finish();
  let constraints: BasicConstraints | undefined;
  let maySign = true;
  let names: NameConstraints | undefined;
  let purposes: number | undefined;
  let identifier: Span | undefined;
  const unprocessedCritical: Span[] = [];
  const seen: Span[] = [];
  while (list !== undefined && !list.atEnd) {
    const extension = list.enter(tags.sequence);
    const type = extension.objectIdentifier();
    const { bytes } = extension;
    const row = rowOf(bytes, type);
    if (isAmong(bytes, seen, type)) throw extension.error("an extension that stands twice");
    seen.push(type);
    const critical = extension.nextTag === tags.boolean && extension.boolean();
    const value = extension.enter(tags.octetString);
    switch (row?.name) {
      case "basicConstraints":
        constraints = readBasicConstraints(value);
        break;
      case "keyUsage": {
        // Two roots in use have zeros at the end of these bits, which DER leaves out.
        const { start, end } = value.bits();
        maySign = start < end && ((bytes[start] as number) & (0x80 >> keyCertSignBit)) !== 0;
        break;
      }
      case "nameConstraints":
        names = readNameConstraints(value);
        break;
      case "extendedKeyUsage":
        purposes = readExtendedKeyUsage(value);
        break;
      case "subjectKeyIdentifier":
        identifier = readSubjectKeyIdentifier(value);
        break;
      // Of those that are known, these restrict what is below in ways that nothing here holds to (the latter by RFC 7633 §4.2.2).
      case "policyConstraints":
      case "tlsFeature":
      case undefined:
        if (critical) unprocessedCritical.push(type);
    }
  }
  return {
    mayIssue: constraints?.ca === true && maySign,
    pathLength: constraints?.pathLength,
    nameConstraints: names,
    extendedKeyUsage: purposes,
    subjectKeyIdentifier: identifier,
    unprocessedCritical,
  };
}

const keyCertSignBit = Math.log2(keyUsages.keyCertSign);
