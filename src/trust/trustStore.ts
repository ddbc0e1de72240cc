import { DerCursor, type Span } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { tags } from "../der/tags.ts";
import { type Bytes, copyOf, equal } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { sameBytes } from "../x509/certificate.ts";
import type { AnchorSource } from "../x509/path.ts";
import { certificateBlocks, decodeBlock, type PemBlock, PemError } from "../x509/pem.ts";
import { anchorFromCertificate, subjectOf, type TrustAnchor } from "../x509/trustAnchor.ts";

/** Trust anchors, found by their subject. */
export interface TrustStore extends AnchorSource {
  /** Why some of what was given is no anchor: it is left out, and spoils no other. To tell, all are read. */
  unreadable(): readonly string[];
}

/** Certificates: one in DER, or text (as a string or as bytes) with one or more in PEM. */
export type Certificates = Iterable<Uint8Array | string>;

interface Entry {
  readonly der: Bytes;
  readonly subject: Span;
  /** Undefined until somebody asks; null where it can't be one. */
  anchor: TrustAnchor | null | undefined;
}

/**
 * Anchors from certificates. Reading waits until a chain asks for the first name, and goes no further than the names; the
 * rest of a certificate is read when its own name is asked for.
 *
 * @throws TlsError `invalid_option` for what is neither PEM with a certificate in it nor one element of DER
 */
export function createTrustStore(certificates: Certificates): TrustStore {
  const given = [...expand(certificates)];
  const problems: string[] = [];
  let index: Map<number, Entry[]> | undefined;

  function read(): Map<number, Entry[]> {
    const entries = new Map<number, Entry[]>();
    for (const one of given) {
      const entry = attempt((): Entry => {
        const der = one instanceof Uint8Array ? one : decodeBlock(one);
        return { der, subject: subjectOf(der), anchor: undefined };
      });
      if (entry === undefined) continue;
      const slot = slotOf(entry.der, entry.subject);
      const sharing = entries.get(slot);
      if (sharing === undefined) entries.set(slot, [entry]);
      else if (!sharing.some(({ der }) => equal(der, entry.der))) sharing.push(entry);
    }
    return entries;
  }

  function anchorOf(entry: Entry): TrustAnchor | null {
    if (entry.anchor === undefined) entry.anchor = attempt(() => anchorFromCertificate(entry.der)) ?? null;
    return entry.anchor;
  }

  /** The answer, or a note of why there is none. */
  function attempt<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof DerError || error instanceof PemError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  }

  return {
    named(bytes, name) {
      index ??= read();
      const anchors: TrustAnchor[] = [];
      for (const entry of index.get(slotOf(bytes, name)) ?? []) {
        if (!sameBytes(entry.der, entry.subject, bytes, name)) continue;
        const anchor = anchorOf(entry);
        if (anchor !== null) anchors.push(anchor);
      }
      return anchors;
    },
    unreadable() {
      index ??= read();
      for (const entries of index.values()) for (const entry of entries) anchorOf(entry);
      return [...problems];
    },
  };
}

function* expand(certificates: Certificates): Generator<Bytes | PemBlock> {
  for (const one of certificates) {
    if (typeof one !== "string" && !(one instanceof Uint8Array)) {
      throw localError("invalid_option", `roots: expected PEM or DER, got ${typeof one}`);
    }
    // A certificate in DER begins as a SEQUENCE does; no text does.
    if (one instanceof Uint8Array && one[0] === tags.sequence) yield wholeElement(one);
    else yield* blocksOf(typeof one === "string" ? one : new TextDecoder().decode(one));
  }
}

function wholeElement(der: Uint8Array): Bytes {
  try {
    const cursor = new DerCursor(der);
    cursor.skip(tags.sequence);
    cursor.finish();
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw localError("invalid_option", `roots: expected a certificate in DER: ${error.message}`);
  }
  return copyOf(der);
}

function blocksOf(text: string): readonly PemBlock[] {
  try {
    return certificateBlocks(text);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw localError("invalid_option", `roots: ${error.message}`);
  }
}

/** FNV-1a over a name: cheaper than a text of it. What shares a slot is told apart by its bytes. */
function slotOf(bytes: Uint8Array, { start, end }: Span): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash;
}
