/** `tls13/roots`: Mozilla's roots for servers, for where the system has none, or not those that the web is tested with. */
import type { Span } from "../der/cursor.ts";
import { type SubjectIndex, subjectIndex } from "../trust/subjectIndex.ts";
import type { TrustStore } from "../trust/trustStore.ts";
import { decodeBase64 } from "../wire/base64.ts";
import type { Bytes } from "../wire/bytes.ts";
import { anchorFromParts } from "../x509/anchorFromParts.ts";
import type { TrustAnchor } from "../x509/trustAnchor.ts";
import { type ListedRoot, listed, listVersion } from "./mozilla.ts";

interface Entry {
  readonly der: Bytes;
  readonly subject: Span;
  readonly root: ListedRoot;
  anchor: TrustAnchor | undefined;
}

let index: SubjectIndex<Entry> | undefined;

/**
 * The roots that Mozilla trusts for servers, each with the limits that Mozilla has for it. Names are decoded when a chain
 * asks for the first one, a root when it is asked for. All have the profile `webpki`. They are no certificates: a root's own
 * dates don't count, and paths end below it.
 */
export function mozillaRoots(): TrustStore {
  return store;
}

/** The version of NSS's list, and the day (UTC) on which it was that. */
export const mozillaRootsVersion: { readonly version: string; readonly date: string } = listVersion;

const store: TrustStore = {
  named(bytes, name) {
    index ??= readNames();
    return index.find(bytes, name).map((entry) => {
      entry.anchor ??= anchorOf(entry.root);
      return entry.anchor;
    });
  },
  unreadable: () => [],
};

function readNames(): SubjectIndex<Entry> {
  const entries = subjectIndex<Entry>();
  for (const root of listed) {
    const der = decode(root.subject);
    entries.add({ der, subject: { start: 0, end: der.length }, root, anchor: undefined });
  }
  return entries;
}

function anchorOf({ subject, spki, distrustAfter, pathLength, nameConstraints }: ListedRoot): TrustAnchor {
  return anchorFromParts({
    subject: decode(subject),
    spki: decode(spki),
    pathLength,
    nameConstraints: nameConstraints === undefined ? undefined : decode(nameConstraints),
    profile: "webpki",
    distrustAfter,
  });
}

// The script that writes the list writes base64.
const decode = (text: string): Bytes => decodeBase64(text) as Bytes;
