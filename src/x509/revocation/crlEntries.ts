import { DerCursor, type Span } from "../../der/cursor.ts";
import { matches, objectIdentifier } from "../../der/objectIdentifier.ts";
import { tags } from "../../der/tags.ts";
import { readTime } from "../../der/time.ts";
import { answerLimits } from "./answerLimits.ts";
import { readExtensionList } from "./extensionList.ts";
import { readGeneralizedTime } from "./generalizedTime.ts";
import { readReason } from "./reason.ts";

/** What a CRL says of one certificate (RFC 5280 §5.1.2.6, §5.3). */
export interface CrlEntry {
  /** Seconds since 1970. */
  readonly time: number;
  readonly reason: number | undefined;
  /** Whether it has a critical extension that nothing here reads. */
  readonly hasUnreadCritical: boolean;
}

/** The entries of a CRL. There may be a hundred thousand, so they are offsets, and no objects. */
export interface CrlEntries {
  readonly count: number;
  /** Whether any has: the whole list must not be used then (§5.3). */
  readonly hasUnreadCritical: boolean;
  /** The entry with a serial number: the contents of an INTEGER, which stands in `bytes`. */
  find(bytes: Uint8Array, serialNumber: Span): CrlEntry | undefined;
}

export const noEntries: CrlEntries = { count: 0, hasUnreadCritical: false, find: () => undefined };

const reasonCode = objectIdentifier("2.5.29.21");
const invalidityDate = objectIdentifier("2.5.29.24");

/** No certificate has one above 20 (§4.1.2.2); below 128, one byte tells the length. */
const longestSerialNumber = answerLimits.crlSerialNumberBytes;

/**
 * Reads revokedCertificates, each entry once and strictly. The index is made when first one is looked up, which is after
 * the signature was checked: nobody but the issuer chooses the numbers that share a slot in it.
 */
export function readEntries(cursor: DerCursor): CrlEntries {
  const list = cursor.enter(tags.sequence);
  const { bytes } = list;
  const starts: number[] = [];
  let hasUnreadCritical = false;
  // §5.1.2.6: a list of none is left out.
  do {
    starts.push(list.offset);
    if (readEntry(list).hasUnreadCritical) hasUnreadCritical = true;
  } while (!list.atEnd);

  let index: Uint32Array | undefined;
  return {
    count: starts.length,
    hasUnreadCritical,
    find(wanted, serialNumber) {
      index ??= indexOf(bytes, starts);
      const start = lookUp(index, bytes, wanted, serialNumber);
      return start === undefined ? undefined : readEntry(new DerCursor(bytes, start));
    },
  };
}

function readEntry(list: DerCursor): CrlEntry {
  const fields = list.enter(tags.sequence);
  const serialNumber = fields.integer();
  if (serialNumber.end - serialNumber.start > longestSerialNumber) {
    throw fields.error(`a serial number of more than ${longestSerialNumber} bytes`);
  }
  const time = readTime(fields);
  let reason: number | undefined;
  const hasUnreadCritical =
    !fields.atEnd &&
    readExtensionList(fields, (identifier, value) => {
      if (matches(fields.bytes, identifier, reasonCode)) reason = readReason(value);
      else if (matches(fields.bytes, identifier, invalidityDate)) readGeneralizedTime(value);
      else return false;
      return true;
    });
  fields.finish();
  return { time, reason, hasUnreadCritical };
}

/** A hash table with open addressing: where each entry starts, at the slot of its number or behind it; 0 where none is. */
function indexOf(bytes: Uint8Array, starts: readonly number[]): Uint32Array {
  const index = new Uint32Array(1 << (33 - Math.clz32(starts.length)));
  const mask = index.length - 1;
  for (const start of starts) {
    let slot = hashOf(bytes, serialNumberAt(bytes, start)) & mask;
    while (index[slot] !== 0) slot = (slot + 1) & mask;
    index[slot] = start;
  }
  return index;
}

function lookUp(
  index: Uint32Array,
  bytes: Uint8Array,
  wanted: Uint8Array,
  serialNumber: Span,
): number | undefined {
  const mask = index.length - 1;
  const value = wanted.subarray(serialNumber.start, serialNumber.end);
  for (let slot = hashOf(wanted, serialNumber) & mask; ; slot = (slot + 1) & mask) {
    const start = index[slot] as number;
    if (start === 0) return undefined;
    if (matches(bytes, serialNumberAt(bytes, start), value)) return start;
  }
}

/** Of an entry that was read before: behind its header, which is of two bytes or tells its length. */
function serialNumberAt(bytes: Uint8Array, entry: number): Span {
  const length = bytes[entry + 1] as number;
  const integer = entry + 2 + (length < 0x80 ? 0 : length & 0x7f);
  const start = integer + 2;
  return { start, end: start + (bytes[integer + 1] as number) };
}

/** FNV-1a */
function hashOf(bytes: Uint8Array, { start, end }: Span): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}
