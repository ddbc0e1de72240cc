import type { DerCursor, Span } from "../../der/cursor.ts";
import { tags } from "../../der/tags.ts";

/** RFC 7633 §4: the TLS extensions that a server with this certificate answers, by their numbers. */
export function readTlsFeature(cursor: DerCursor): readonly number[] {
  const list = cursor.enter(tags.sequence);
  const features: number[] = [];
  while (!list.atEnd) features.push(list.smallInteger());
  return features;
}

/** RFC 6962 §3.3: the list is a string within the string. */
export function readSignedCertificateTimestamps(cursor: DerCursor): Span {
  return cursor.contents(tags.octetString);
}
