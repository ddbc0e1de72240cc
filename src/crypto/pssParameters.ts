import type { DerCursor } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { matches, objectIdentifier } from "../der/objectIdentifier.ts";
import { constructed, tags } from "../der/tags.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { HashName } from "./hashName.ts";

/** id-RSASSA-PSS: of keys and of signatures. */
export const rsassaPss = objectIdentifier("1.2.840.113549.1.1.10");
const mgf1 = objectIdentifier("1.2.840.113549.1.1.8");

const hashes: readonly { readonly hash: HashName; readonly identifier: Bytes }[] = [
  { hash: "SHA-256", identifier: objectIdentifier("2.16.840.1.101.3.4.2.1") },
  { hash: "SHA-384", identifier: objectIdentifier("2.16.840.1.101.3.4.2.2") },
  { hash: "SHA-512", identifier: objectIdentifier("2.16.840.1.101.3.4.2.3") },
];

const sha1 = objectIdentifier("1.3.14.3.2.26");

type AnyHash = HashName | "SHA-1" | "another";

/** Parameters that can be used: one hash for the message and for MGF1, and the bytes of salt. */
export interface PssParameters {
  readonly hash: HashName;
  readonly saltLength: number;
}

/** Parameters that are well written and of no use here. */
export interface UnsupportedPssParameters {
  readonly hash: null;
  /** What stands for the message, and for MGF1. */
  readonly hashes: readonly [AnyHash, AnyHash];
}

/** RSASSA-PSS-params (RFC 4055 §3.1). Defaults are left out in DER, and stand for SHA-1 and 20 bytes of salt. */
export function readPssParameters(cursor: DerCursor): PssParameters | UnsupportedPssParameters {
  const parameters = cursor.enter(tags.sequence);

  const hashField = parameters.enterOptional(constructed(0));
  const hash = hashField === undefined ? "SHA-1" : readHash(hashField);
  hashField?.finish();
  if (hashField !== undefined && hash === "SHA-1") throw spelledOut(hashField);

  const maskField = parameters.enterOptional(constructed(1));
  const maskHash = maskField === undefined ? "SHA-1" : readMask(maskField);
  maskField?.finish();
  if (maskField !== undefined && maskHash === "SHA-1") throw spelledOut(maskField);

  const saltField = parameters.enterOptional(constructed(2));
  const saltLength = saltField === undefined ? 20 : saltField.smallInteger();
  saltField?.finish();
  if (saltField !== undefined && saltLength === 20) throw spelledOut(saltField);

  // trailerField: 1 is the only value and the default, so in DER it never stands.
  parameters.finish();

  const row = hashes.find((one) => one.hash === hash);
  if (row === undefined || maskHash !== hash) return { hash: null, hashes: [hash, maskHash] };
  return { hash: row.hash, saltLength };
}

/** A hash's AlgorithmIdentifier; RFC 4055 §2.1 has NULL and nothing mean the same. */
function readHash(cursor: DerCursor): AnyHash {
  const algorithm = cursor.enter(tags.sequence);
  const identifier = algorithm.objectIdentifier();
  if (!algorithm.atEnd) algorithm.null();
  algorithm.finish();
  const row = hashes.find((one) => matches(algorithm.bytes, identifier, one.identifier));
  if (row !== undefined) return row.hash;
  return matches(algorithm.bytes, identifier, sha1) ? "SHA-1" : "another";
}

function readMask(cursor: DerCursor): AnyHash {
  const algorithm = cursor.enter(tags.sequence);
  const identifier = algorithm.objectIdentifier();
  if (!matches(algorithm.bytes, identifier, mgf1)) {
    throw new DerError("a mask function other than MGF1", identifier.start);
  }
  const hash = readHash(algorithm);
  algorithm.finish();
  return hash;
}

const spelledOut = (cursor: DerCursor): DerError => cursor.error("a default value spelled out");
