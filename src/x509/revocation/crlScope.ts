import { DerCursor, type Span } from "../../der/cursor.ts";
import { constructed, context, tags } from "../../der/tags.ts";
import { type Certificate, sameBytes } from "../certificate.ts";
import { type GeneralName, generalNames, readGeneralNames } from "../generalName.ts";

/** Which certificates of its issuer a CRL is for, and which reasons (RFC 5280 §5.2.5, issuingDistributionPoint). */
export interface CrlScope {
  /** Where it is to be found; undefined where it is the whole list. */
  readonly names: readonly GeneralName[] | undefined;
  readonly only: "users" | "authorities" | "attributes" | undefined;
  /** As flags of ReasonFlags; {@link allReasons} where it is for all. */
  readonly reasons: number;
  /** Whether it has entries of other issuers. */
  readonly indirect: boolean;
}

/** All reasons there are (§4.2.1.13): bit 0 is unused. */
export const allReasons = 0x1fe;

export const wholeScope: CrlScope = {
  names: undefined,
  only: undefined,
  reasons: allReasons,
  indirect: false,
};

export function readScope(cursor: DerCursor): CrlScope {
  const fields = cursor.enter(tags.sequence);
  const start = fields.offset;
  const point = fields.enterOptional(constructed(0));
  const names = point === undefined ? undefined : readPointName(point);
  const users = fields.booleanOrFalse(context(1));
  const authorities = fields.booleanOrFalse(context(2));
  const someReasons = fields.nextTag === context(3) ? fields.namedBits(context(3)) & allReasons : allReasons;
  const indirect = fields.booleanOrFalse(context(4));
  const attributes = fields.booleanOrFalse(context(5));
  fields.finish();
  if (fields.offset === start) throw fields.error("an issuing distribution point that says nothing");
  if (Number(users) + Number(authorities) + Number(attributes) > 1) {
    throw fields.error("a list that is only for two kinds of certificates");
  }
  const only = users ? "users" : authorities ? "authorities" : attributes ? "attributes" : undefined;
  return { names, only, reasons: someReasons, indirect };
}

/** Names relative to the issuer (nobody writes them so) match none. */
function readPointName(point: DerCursor): readonly GeneralName[] {
  let names: readonly GeneralName[] = [];
  if (point.nextTag === constructed(0)) names = readGeneralNames(point, constructed(0));
  else {
    const relative = point.enter(constructed(1));
    do relative.skipAny();
    while (!relative.atEnd);
  }
  point.finish();
  return names;
}

/** §6.3.3 (b) (2): whether a CRL, whose scope stands in `der`, is one that would list this certificate. */
export function isInScope({ names, only }: CrlScope, der: Uint8Array, certificate: Certificate): boolean {
  const isAuthority = certificate.extensions.basicConstraints?.ca === true;
  if (only === "attributes" || (only === "users" && isAuthority)) return false;
  if (only === "authorities" && !isAuthority) return false;
  if (names === undefined) return true;
  // The end of §6.3.3: its issuer is a name of a certificate's distribution point, whatever else is.
  const { issuer, der: certificateDer } = certificate;
  return names.some(
    (name) =>
      (name.tag === generalNames.directoryName && sameBytes(der, name, certificateDer, issuer)) ||
      pointNames(certificate).some(
        (own) => own.tag === name.tag && sameBytes(der, name, certificateDer, own),
      ),
  );
}

/** The names of the distribution points of a certificate, which were found to be well written when it was read. */
function pointNames({ der, extensions }: Certificate): readonly GeneralName[] {
  const span: Span | undefined = extensions.crlDistributionPoints;
  if (span === undefined) return [];
  const list = new DerCursor(der, span.start, span.end).enter(tags.sequence);
  const names: GeneralName[] = [];
  while (!list.atEnd) {
    const field = list.enter(tags.sequence).enterOptional(constructed(0));
    if (field?.nextTag === constructed(0)) names.push(...readGeneralNames(field, constructed(0)));
  }
  return names;
}
