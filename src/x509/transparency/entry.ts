import { DerCursor } from "../../der/cursor.ts";
import { matches } from "../../der/objectIdentifier.ts";
import { constructed, tags } from "../../der/tags.ts";
import { element, sequence } from "../../der/writer.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { Writer } from "../../wire/writer.ts";
import { type Certificate, partOf } from "../certificate.ts";
import { extensionRows } from "../extensions/table.ts";

const { identifier: timestampList } = extensionRows.signedCertificateTimestamps;

/** RFC 6962 §3.1: LogEntryType. */
const entryTypes = { x509: 0, precertificate: 1 } as const;

/** The entry of a log that was given the certificate itself: its timestamps come with the handshake. */
export function certificateEntry({ der }: Certificate): Bytes {
  const writer = new Writer(der.length + 5);
  writer.uint(2, entryTypes.x509);
  writer.vector(3, (inner) => inner.bytes(der));
  return writer.finish();
}

/** The entry of a log that was given the precertificate: its timestamps stand in the certificate. */
export function precertificateEntry(certificate: Certificate, issuerKeyHash: Bytes): Bytes {
  const writer = new Writer(certificate.der.length + 37);
  writer.uint(2, entryTypes.precertificate);
  writer.bytes(issuerKeyHash);
  writer.vector(3, (inner) => inner.bytes(withoutTimestamps(certificate)));
  return writer.finish();
}

/**
 * RFC 6962 §3.2: the TBSCertificate that the log saw is the one of the certificate without the extension that holds the
 * timestamps. Nothing else is encoded anew but the lengths round it.
 */
function withoutTimestamps(certificate: Certificate): Bytes {
  const { der } = certificate;
  const fields = new DerCursor(der, certificate.tbs.start, certificate.tbs.end).enter(tags.sequence);
  const start = fields.offset;
  while (fields.nextTag !== constructed(3)) fields.skip(fields.nextTag);
  const before = der.subarray(start, fields.offset);
  const list = fields.enter(constructed(3)).enter(tags.sequence);
  const kept: Bytes[] = [];
  while (!list.atEnd) {
    const extension = list.skip(tags.sequence);
    const identifier = new DerCursor(der, extension.start, extension.end)
      .enter(tags.sequence)
      .objectIdentifier();
    const isTimestamps = matches(der, identifier, timestampList);
    if (!isTimestamps) kept.push(partOf(certificate, extension));
  }
  // RFC 5280 §4.1: a list of extensions has one at least.
  return kept.length === 0 ? sequence(before) : sequence(before, element(constructed(3), sequence(...kept)));
}
