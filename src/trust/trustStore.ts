import type { Span } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { decodeBase64 } from "../wire/base64.ts";
import { type Bytes, equal } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { constrained } from "../x509/anchorFromParts.ts";
import type { AnchorSource } from "../x509/path.ts";
import { certificateBlocks, decodeBlock, type PemBlock, PemError } from "../x509/pem.ts";
import { copyOfElement, isDer, isPemOrDer, type PemOrDer, textOf } from "../x509/pemOrDer.ts";
import { anchorFromCertificate, subjectOf, type TrustAnchor } from "../x509/trustAnchor.ts";
import { mozillaLimits } from "./mozillaKeys.ts";
import { subjectIndex } from "./subjectIndex.ts";

/** Trust anchors, found by their subject. */
export interface TrustStore extends AnchorSource {
  /** Why some of what was given is no anchor: it is left out, and spoils no other. To tell, all are read. */
  unreadable(): readonly string[];
}

/**
 * What is trusted: a certificate in DER; text (as a string or as bytes) with one or more in PEM; an anchor that is no
 * certificate; or all that another store has.
 */
export type Root = Uint8Array | string | TrustAnchor | AnchorSource;

/** Who is trusted: a store, or what one is made of. */
export type Roots = AnchorSource | Iterable<Root>;

interface Entry {
  readonly der: Bytes;
  readonly subject: Span;
  /** Undefined until somebody asks; null where it can't be one. */
  anchor: TrustAnchor | null | undefined;
}

/**
 * Anchors from certificates, and from elsewhere. Reading waits until a chain asks for the first name, and goes no further
 * than the names; the rest of a certificate is read when its own name is asked for.
 *
 * An anchor that is made of a certificate here has the profile `webpki` and Mozilla's limits if its key is on Mozilla's
 * list, and the profile `private` if not. Other anchors keep what they say.
 *
 * @throws TlsError `invalid_option` for what is none of these, text without a certificate in it, or bytes that are neither
 *   text nor one element of DER
 */
export function createTrustStore(roots: Iterable<Root>): TrustStore {
  const given: (Bytes | PemBlock)[] = [];
  const stores: AnchorSource[] = [];
  const anchors: TrustAnchor[] = [];
  for (const root of roots) {
    if (isPemOrDer(root)) given.push(...certificatesIn(root));
    else if (isAnchor(root)) anchors.push(root);
    else if (isStore(root)) stores.push(root);
    else throw localError("invalid_option", `roots: expected PEM, DER or a store, got ${typeof root}`);
  }

  const problems: string[] = [];
  let index: ReturnType<typeof read> | undefined;

  function read() {
    const entries = subjectIndex<Entry>();
    for (const anchor of anchors) entries.add({ der: anchor.der, subject: anchor.subject, anchor });
    for (const one of given) {
      const entry = attempt((): Entry => {
        const der = one instanceof Uint8Array ? one : decodeBlock(one);
        return { der, subject: subjectOf(der), anchor: undefined };
      });
      if (entry === undefined) continue;
      const namesakes = entries.find(entry.der, entry.subject);
      if (!namesakes.some(({ der }) => equal(der, entry.der))) entries.add(entry);
    }
    return entries;
  }

  function anchorOf(entry: Entry): TrustAnchor | null {
    if (entry.anchor === undefined) entry.anchor = attempt(() => listedAnchor(entry.der)) ?? null;
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
      const found: TrustAnchor[] = [];
      for (const entry of index.find(bytes, name)) {
        const anchor = anchorOf(entry);
        if (anchor !== null) found.push(anchor);
      }
      for (const store of stores) found.push(...store.named(bytes, name));
      return found;
    },
    unreadable() {
      index ??= read();
      for (const entry of index.all()) anchorOf(entry);
      return [...problems, ...stores.flatMap((store) => (isTrustStore(store) ? store.unreadable() : []))];
    },
  };
}

/** The anchors of what is given: of a store as they are, and else of one that is made of it. @throws TlsError `invalid_option` */
export function anchorsOf(roots: Roots): AnchorSource {
  return isStore(roots) ? roots : createTrustStore(roots);
}

function isStore(root: unknown): root is AnchorSource {
  return typeof root === "object" && root !== null && "named" in root;
}

function isTrustStore(store: AnchorSource): store is TrustStore {
  return "unreadable" in store;
}

function isAnchor(root: unknown): root is TrustAnchor {
  return typeof root === "object" && root !== null && "subject" in root && "publicKey" in root;
}

/** An anchor, with what Mozilla's list says of its key. @throws DerError */
function listedAnchor(der: Bytes): TrustAnchor {
  const anchor = anchorFromCertificate(der);
  const { publicKey } = anchor;
  const limits = publicKey.kind === "unsupported" ? undefined : mozillaLimits(publicKey.spki);
  if (limits === undefined) return anchor;
  const { distrustAfter, nameConstraints } = limits;
  const listed = anchorFromCertificate(der, { profile: "webpki", distrustAfter });
  // As NSS has it, constraints of the certificate itself go before.
  return nameConstraints === undefined || listed.nameConstraints !== undefined
    ? listed
    : constrained(listed, decodeBase64(nameConstraints) as Bytes);
}

function certificatesIn(root: PemOrDer): readonly (Bytes | PemBlock)[] {
  try {
    return isDer(root) ? [copyOfElement(root)] : certificateBlocks(textOf(root));
  } catch (error) {
    if (error instanceof PemError) throw localError("invalid_option", `roots: ${error.message}`);
    if (!(error instanceof DerError)) throw error;
    throw localError("invalid_option", `roots: expected a certificate in DER: ${error.message}`);
  }
}
