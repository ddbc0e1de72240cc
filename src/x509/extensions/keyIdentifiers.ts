import type { DerCursor, Span } from "../../der/cursor.ts";
import { constructed, context, tags } from "../../der/tags.ts";
import { readGeneralNames } from "../generalName.ts";

/** RFC 5280 §4.2.1.2 */
export function readSubjectKeyIdentifier(cursor: DerCursor): Span {
  return cursor.contents(tags.octetString);
}

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Span | undefined;
  /** Whether it names a certificate of the issuer besides, by its own issuer and serial number. */
  readonly hasSerialNumber: boolean;
}

/** RFC 5280 §4.2.1.1. Issuer and serial number come together or not at all. */
export function readAuthorityKeyIdentifier(cursor: DerCursor): AuthorityKeyIdentifier {
  const fields = cursor.enter(tags.sequence);
  const keyIdentifier = fields.nextTag === context(0) ? fields.contents(context(0)) : undefined;
  const hasIssuer = fields.nextTag === constructed(1);
  if (hasIssuer) readGeneralNames(fields, constructed(1));
  const hasSerialNumber = fields.nextTag === context(2);
  if (hasSerialNumber) fields.integer(context(2));
  fields.finish();
  if (hasIssuer !== hasSerialNumber) throw fields.error("a name without serial number");
  return { keyIdentifier, hasSerialNumber };
}
