import { DerCursor, type Span } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { matches, objectIdentifier } from "../der/objectIdentifier.ts";
import { constructed, tags } from "../der/tags.ts";
import { type Bytes, equal } from "../wire/bytes.ts";
import type { Certificate } from "../x509/certificate.ts";
import { readKeyUsage } from "../x509/extensions/keyUsage.ts";
import type { IdentityRequest } from "./clientIdentity.ts";

type Filter = IdentityRequest["oidFilters"][number];

/** RFC 9846 §4.3.5: the two extensions that have rules for what "contains" means. */
const keyUsage = objectIdentifier("2.5.29.15");
const extendedKeyUsage = objectIdentifier("2.5.29.37");

/**
 * Whether a certificate has what a filter asks for. An extension that has no rule is passed over (§4.3.5/3); a value that
 * can't be read is contained in none.
 */
export function satisfies(certificate: Certificate, { oid, values }: Filter): boolean {
  const contains = equal(oid, keyUsage)
    ? containsUsages
    : equal(oid, extendedKeyUsage)
      ? containsPurposes
      : undefined;
  if (contains === undefined) return true;
  const value = extensionValue(certificate, oid);
  if (value === undefined) return false;
  // Whatever it contains is enough.
  if (values.length === 0) return true;
  try {
    return contains(value, values);
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}

function containsUsages(value: Bytes, wanted: Bytes): boolean {
  const [has, wants] = [value, wanted].map((bytes) => {
    const cursor = new DerCursor(bytes);
    const bits = readKeyUsage(cursor);
    cursor.finish();
    return bits;
  }) as [number, number];
  return (has & wants) === wants;
}

/** Each purpose has to stand there by itself: anyExtendedKeyUsage contains no other. */
function containsPurposes(value: Bytes, wanted: Bytes): boolean {
  const has = purposesOf(value);
  return purposesOf(wanted).every((purpose) => has.some((one) => equal(one, purpose)));
}

function purposesOf(bytes: Bytes): readonly Bytes[] {
  const cursor = new DerCursor(bytes);
  const list = cursor.enter(tags.sequence);
  cursor.finish();
  const purposes: Bytes[] = [];
  while (!list.atEnd) purposes.push(part(bytes, list.objectIdentifier()));
  return purposes;
}

/** The value of an extension as it stands in a certificate that was read, so that nothing in its way can surprise. */
function extensionValue({ der, tbs }: Certificate, oid: Bytes): Bytes | undefined {
  const fields = new DerCursor(der, tbs.start, tbs.end).enter(tags.sequence);
  while (!fields.atEnd && fields.nextTag !== constructed(3)) fields.skip(fields.nextTag);
  const list = fields.enterOptional(constructed(3))?.enter(tags.sequence);
  while (list !== undefined && !list.atEnd) {
    const extension = list.enter(tags.sequence);
    const identifier = extension.objectIdentifier();
    extension.booleanOrFalse();
    const value = extension.contents(tags.octetString);
    if (matches(der, identifier, oid)) return part(der, value);
  }
  return undefined;
}

const part = (bytes: Bytes, { start, end }: Span): Bytes => bytes.subarray(start, end);
