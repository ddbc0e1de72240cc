import { DerCursor, type Span } from "../../der/cursor.ts";
import { DerError } from "../../der/error.ts";
import { matches, objectIdentifier } from "../../der/objectIdentifier.ts";
import { constructed, tags } from "../../der/tags.ts";
import { readTime } from "../../der/time.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { sameBytes } from "../certificate.ts";
import { readName } from "../distinguishedName.ts";
import { readAuthorityKeyIdentifier } from "../extensions/keyIdentifiers.ts";
import { type CertificateSignature, readSignatureAlgorithm } from "../signatureAlgorithm.ts";
import { type CrlEntries, noEntries, readEntries } from "./crlEntries.ts";
import { type CrlScope, readScope, wholeScope } from "./crlScope.ts";
import { readExtensionList } from "./extensionList.ts";

/** A certificate revocation list (RFC 5280 §5.1) as offsets into its bytes. It was read once, all of it. */
export interface Crl {
  readonly der: Bytes;
  /** What is signed. */
  readonly tbs: Span;
  readonly signatureAlgorithm: CertificateSignature;
  readonly signature: Span;
  /** The Name, with its header. */
  readonly issuer: Span;
  /** Seconds since 1970. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly entries: CrlEntries;
  readonly scope: CrlScope;
  /** Why nothing may be concluded from it, in words; undefined where something may. */
  readonly unusable: string | undefined;
}

const identifiers = {
  authorityKeyIdentifier: objectIdentifier("2.5.29.35"),
  crlNumber: objectIdentifier("2.5.29.20"),
  deltaCrlIndicator: objectIdentifier("2.5.29.27"),
  issuingDistributionPoint: objectIdentifier("2.5.29.28"),
};

/**
 * Reads a CRL, which has to be all of the bytes (16 MiB at most, as its length has three bytes). They must not change
 * afterwards: the CRL is a view of them.
 *
 * @throws DerError and nothing else
 */
export function parseCrl(der: Bytes): Crl {
  const outer = new DerCursor(der);
  const fields = outer.enter(tags.sequence);
  outer.finish();
  const tbsStart = fields.offset;
  const tbs = fields.enter(tags.sequence);
  const tbsSpan = { start: tbsStart, end: fields.offset };

  const isVersion2 = tbs.nextTag === tags.integer;
  if (isVersion2 && tbs.smallInteger() !== 1) throw tbs.error("a CRL of a version that there is not");
  const innerStart = tbs.offset;
  const signatureAlgorithm = readSignatureAlgorithm(tbs);
  const inner = { start: innerStart, end: tbs.offset };
  const issuer = readName(tbs);
  const thisUpdate = readTime(tbs);
  const hasNextUpdate = tbs.nextTag === tags.utcTime || tbs.nextTag === tags.generalizedTime;
  const nextUpdate = hasNextUpdate ? readTime(tbs) : undefined;
  const entries = tbs.nextTag === tags.sequence ? readEntries(tbs) : noEntries;
  const field = tbs.enterOptional(constructed(0));
  if (field !== undefined && !isVersion2) throw tbs.error("extensions, which version 1 does not have");
  const extensions = readCrlExtensions(field);
  tbs.finish();

  // §5.1.1.2: the same algorithm as inside, where it is signed.
  const algorithm = fields.skip(tags.sequence);
  if (!sameBytes(der, inner, der, algorithm)) {
    throw new DerError("a signature algorithm that is another one than within what is signed", inner.start);
  }
  const signature = fields.bitString();
  fields.finish();
  return {
    der,
    tbs: tbsSpan,
    signatureAlgorithm,
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    entries,
    scope: extensions.scope,
    unusable: whyUnusable(extensions, entries, nextUpdate),
  };
}

interface CrlExtensions {
  scope: CrlScope;
  hasNumber: boolean;
  isDelta: boolean;
  hasUnreadCritical: boolean;
}

function readCrlExtensions(field: DerCursor | undefined): CrlExtensions {
  const extensions: CrlExtensions = {
    scope: wholeScope,
    hasNumber: false,
    isDelta: false,
    hasUnreadCritical: false,
  };
  if (field === undefined) return extensions;
  const { bytes } = field;
  extensions.hasUnreadCritical = readExtensionList(field, (identifier, value, critical) => {
    const is = (wanted: Bytes): boolean => matches(bytes, identifier, wanted);
    if (is(identifiers.issuingDistributionPoint)) extensions.scope = readScope(value);
    else if (is(identifiers.deltaCrlIndicator)) {
      value.unsigned();
      extensions.isDelta = true;
    }
    // The others may not be critical (§5.2.1, §5.2.3), and do nothing that who makes them so could have in mind.
    else if (critical) return false;
    else if (is(identifiers.authorityKeyIdentifier)) {
      readAuthorityKeyIdentifier(value);
    } else if (is(identifiers.crlNumber)) {
      value.unsigned();
      extensions.hasNumber = true;
    } else return false;
    return true;
  });
  field.finish();
  return extensions;
}

function whyUnusable(
  { scope, hasNumber, isDelta, hasUnreadCritical }: CrlExtensions,
  entries: CrlEntries,
  nextUpdate: number | undefined,
): string | undefined {
  if (isDelta) return "has only what changed since another one (a delta CRL), which is not supported";
  if (scope.indirect)
    return "is about other issuers' certificates too (an indirect CRL), which is not supported";
  if (hasUnreadCritical || entries.hasUnreadCritical) {
    return "has a critical extension that is not supported";
  }
  // §5.2.3, §5.1.2.5: without them nobody can tell old from new.
  if (!hasNumber) return "has no number";
  if (nextUpdate === undefined) return "does not say when the next one comes";
  return undefined;
}
