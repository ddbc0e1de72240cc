import { decodeBase64 } from "../wire/base64.ts";
import { toHex } from "../wire/bytes.ts";
import { markOf, markSize } from "./keyMark.ts";
import { limits, marks } from "./mozillaMarks.ts";

/** What Mozilla holds a root to. */
export interface MozillaLimits {
  /** Seconds since 1970: of certificates that are valid from later on, none is believed. */
  readonly distrustAfter?: number;
  /** NameConstraints, DER in base64. */
  readonly nameConstraints?: string;
}

const none: MozillaLimits = {};

// Read when the first anchor is made of a certificate.
let known: Map<string, MozillaLimits> | undefined;

/** The limits of a key on Mozilla's list of roots for servers; undefined for a key that is not on it. */
export function mozillaLimits(spki: Uint8Array): MozillaLimits | undefined {
  known ??= readMarks();
  return known.get(toHex(markOf(spki)));
}

function readMarks(): Map<string, MozillaLimits> {
  const text = toHex(decodeBase64(marks) as Uint8Array);
  const size = 2 * markSize;
  const map = new Map<string, MozillaLimits>();
  for (let i = 0; i < text.length; i += size) map.set(text.slice(i, i + size), limits[i / size] ?? none);
  return map;
}
