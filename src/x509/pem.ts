import { decodeBase64 } from "../wire/base64.ts";
import type { Bytes } from "../wire/bytes.ts";

/** One block of a PEM file (RFC 7468), not decoded yet: whoever looks for certificates need not mind the other blocks. */
export interface PemBlock {
  readonly label: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** What is no PEM, in words that name the line. */
export class PemError extends Error {
  override readonly name = "PemError";
}

const beginning = /^-----BEGIN ([A-Z0-9 ]*)-----\s*$/;
const ending = /^-----END ([A-Z0-9 ]*)-----\s*$/;

/** Every block, in order; text round the blocks is passed over. @throws PemError */
export function pemBlocks(file: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  let label: string | undefined;
  let line = 0;
  let text = "";
  // A byte order mark is some editors' greeting.
  for (const [i, written] of file
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    // Most lines are neither, and a look at their first letters says so.
    const isBoundary = written.startsWith("-----");
    const begins = isBoundary ? beginning.exec(written)?.[1] : undefined;
    if (begins !== undefined) {
      if (label !== undefined)
        throw new PemError(`line ${i + 1}: a block begins before the one of line ${line} ends`);
      label = begins;
      line = i + 1;
      text = "";
      continue;
    }
    if (label === undefined) continue;
    const ends = isBoundary ? ending.exec(written)?.[1] : undefined;
    if (ends === undefined) {
      text += written.trim();
      continue;
    }
    if (ends !== label) throw new PemError(`line ${i + 1}: ${label} ends as ${ends}`);
    blocks.push({ label, line, text });
    label = undefined;
  }
  if (label !== undefined) throw new PemError(`line ${line}: a block begins and never ends`);
  return blocks;
}

/** RFC 7468 §5.1, and what old tools write. `TRUSTED CERTIFICATE` is another format. */
export function isCertificate({ label }: PemBlock): boolean {
  return label === "CERTIFICATE" || label === "X509 CERTIFICATE";
}

/** The certificates among the blocks, one at least. @throws PemError */
export function certificatesFromPem(file: string): readonly Bytes[] {
  return certificateBlocks(file).map(decodeBlock);
}

/** The same, not decoded yet: one that is broken is no reason to lose the others. @throws PemError */
export function certificateBlocks(file: string): readonly PemBlock[] {
  const blocks = pemBlocks(file);
  const certificates = blocks.filter(isCertificate);
  if (certificates.length === 0) {
    const got = blocks.length === 0 ? "no PEM at all" : blocks.map(({ label }) => label).join(", ");
    throw new PemError(`expected certificates in PEM (-----BEGIN CERTIFICATE-----), got ${got}`);
  }
  return certificates;
}

/** RFC 7468 §3: no headers inside, padding at the end. @throws PemError */
export function decodeBlock({ line, text }: PemBlock): Bytes {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new PemError(`line ${line}: the block holds something else than base64`);
  return bytes;
}
