import type { DerCursor, Span } from "../../der/cursor.ts";
import { matches } from "../../der/objectIdentifier.ts";
import { constructed, tags } from "../../der/tags.ts";
import { limits } from "../limits.ts";
import { type ExtensionName, type ExtensionValues, extensionBits, extensionRows } from "./table.ts";

export interface Extensions extends ExtensionValues {
  /** The known ones that are there, by their {@link extensionBits}: their values don't tell, for not all are kept. */
  readonly present: number;
  /** Those among them that are critical. */
  readonly critical: number;
  /** Object identifiers of the critical ones that nothing here does what they ask for, the unknown ones among them. */
  readonly unprocessedCritical: readonly Span[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const rows = Object.entries(extensionRows).map(([key, row]) => {
  const name = key as ExtensionName;
  return { name, bit: extensionBits[name], ...row };
});

// Most are id-ce (2.5.29.n, three bytes) and are found by their last number.
const byLastNumber = new Map(
  rows.filter(({ identifier }) => identifier.length === 3).map((row) => [row.identifier[2] as number, row]),
);
const others = rows.filter(({ identifier }) => identifier.length !== 3);

/** What is known of an extension by its object identifier. */
export function rowOf(bytes: Uint8Array, identifier: Span): (typeof rows)[number] | undefined {
  if (identifier.end - identifier.start === 3) {
    const row = byLastNumber.get(bytes[identifier.end - 1] as number);
    return row !== undefined && matches(bytes, identifier, row.identifier) ? row : undefined;
  }
  for (const row of others) if (matches(bytes, identifier, row.identifier)) return row;
  return undefined;
}

export function isAmong(bytes: Uint8Array, seen: readonly Span[], identifier: Span): boolean {
  return seen.some(({ start, end }) => matches(bytes, identifier, bytes.subarray(start, end)));
}

const none: readonly Span[] = [];

/** All keys from the start, so that the engine gives every certificate the same shape. */
function emptyExtensions(): Mutable<Extensions> {
  return {
    subjectKeyIdentifier: undefined,
    keyUsage: undefined,
    subjectAltName: undefined,
    issuerAltName: undefined,
    basicConstraints: undefined,
    nameConstraints: undefined,
    crlDistributionPoints: undefined,
    certificatePolicies: undefined,
    policyMappings: undefined,
    authorityKeyIdentifier: undefined,
    policyConstraints: undefined,
    extendedKeyUsage: undefined,
    freshestCrl: undefined,
    inhibitAnyPolicy: undefined,
    subjectDirectoryAttributes: undefined,
    authorityInfoAccess: undefined,
    subjectInfoAccess: undefined,
    tlsFeature: undefined,
    signedCertificateTimestamps: undefined,
    present: 0,
    critical: 0,
    unprocessedCritical: none,
  };
}

/** Whether an extension is among those of `present` or `critical`. */
export const hasBit = (bits: number, name: ExtensionName): boolean => (bits & extensionBits[name]) !== 0;

/** The rest of a TBSCertificate (RFC 5280 §4.2): one extension at least, and none twice. */
export function readExtensions(tbs: DerCursor): Extensions {
  const extensions = emptyExtensions();
  if (tbs.atEnd) return extensions;
  const field = tbs.enter(constructed(3));
  const list = field.enter(tags.sequence);
  field.finish();
  const { bytes } = tbs;
  const seen: Span[] = [];
  do {
    const extension = list.enter(tags.sequence);
    const identifier = extension.objectIdentifier();
    const row = rowOf(bytes, identifier);
    if (row === undefined ? isAmong(bytes, seen, identifier) : (extensions.present & row.bit) !== 0) {
      throw extension.error("an extension that stands twice");
    }
    if (seen.push(identifier) > limits.extensions) {
      throw extension.error(`more than ${limits.extensions} extensions`);
    }
    const critical = extension.booleanOrFalse();
    const value = extension.enter(tags.octetString);
    extension.finish();
    if (critical && row?.processed !== true) {
      extensions.unprocessedCritical = [...extensions.unprocessedCritical, identifier];
    }
    if (row === undefined) continue;
    extensions.present |= row.bit;
    if (critical) extensions.critical |= row.bit;
    // The row's reader gives the type that its name has in Extensions.
    (extensions as Record<ExtensionName, unknown>)[row.name] = row.read(value);
    value.finish();
  } while (!list.atEnd);
  return extensions;
}
