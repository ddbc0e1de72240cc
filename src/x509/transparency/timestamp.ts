import type { SignatureAlgorithm } from "../../crypto/signatureSchemes.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { Writer } from "../../wire/writer.ts";

/** A signed certificate timestamp of version 1 (RFC 6962 §3.2): what a log promised, and its signature. */
export interface SignedTimestamp {
  /** SHA-256 of the log's key, 32 bytes. */
  readonly logId: Bytes;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The same as it was signed: 8 bytes. */
  readonly timeBytes: Bytes;
  readonly extensions: Bytes;
  /** Undefined where it is none of the two that logs may sign with (RFC 6962 §2.1.4). */
  readonly algorithm: Extract<SignatureAlgorithm, { kind: "ecdsa" | "rsa-pkcs1" }> | undefined;
  readonly signature: Bytes;
}

const idLength = 32;
const timeLength = 8;
const version1 = 0;
/** RFC 5246 §7.4.1.4.1: a hash and a kind of signature, a byte each. */
const algorithms = new Map<number, SignedTimestamp["algorithm"]>([
  [0x0403, { kind: "ecdsa", hash: "SHA-256" }],
  [0x0401, { kind: "rsa-pkcs1", hash: "SHA-256" }],
]);

const uint16 = (bytes: Bytes, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** One SerializedSCT; undefined where it is of another version, or can't be read. */
export function parseTimestamp(bytes: Bytes): SignedTimestamp | undefined {
  const extensionsAt = 1 + idLength + timeLength + 2;
  const extensionsEnd = extensionsAt + uint16(bytes, extensionsAt - 2);
  const signatureAt = extensionsEnd + 4;
  // A length that reaches beyond the end leaves less than nothing for the signature.
  if (bytes[0] !== version1 || bytes.length - signatureAt !== uint16(bytes, signatureAt - 2))
    return undefined;
  const timeBytes = bytes.subarray(1 + idLength, extensionsAt - 2);
  let time = 0;
  // What is too large to be exact lies in a future that is refused anyway.
  for (const byte of timeBytes) time = 256 * time + byte;
  return {
    logId: bytes.subarray(1, 1 + idLength),
    time,
    timeBytes,
    extensions: bytes.subarray(extensionsAt, extensionsEnd),
    algorithm: algorithms.get(uint16(bytes, extensionsEnd)),
    signature: bytes.subarray(signatureAt),
  };
}

/** SignedCertificateTimestampList (RFC 6962 §3.3), not taken apart further; undefined where it can't be read. */
export function parseTimestampList(bytes: Bytes): readonly Bytes[] | undefined {
  if (bytes.length < 2 || uint16(bytes, 0) !== bytes.length - 2) return undefined;
  const list: Bytes[] = [];
  for (let offset = 2; offset < bytes.length; ) {
    const start = offset + 2;
    const length = uint16(bytes, offset);
    if (length === 0 || start + length > bytes.length) return undefined;
    list.push(bytes.subarray(start, start + length));
    offset = start + length;
  }
  return list.length === 0 ? undefined : list;
}

/** What the log signed: the timestamp's own fields round an entry of the log. */
export function signedBytes({ timeBytes, extensions }: SignedTimestamp, entry: Bytes): Bytes {
  const writer = new Writer(entry.length + extensions.length + 12);
  writer.uint(1, version1);
  writer.uint(1, certificateTimestamp);
  writer.bytes(timeBytes);
  writer.bytes(entry);
  writer.vector(2, (inner) => inner.bytes(extensions));
  return writer.finish();
}

/** RFC 6962 §3.2: SignatureType, so that a tree head can't pass for a timestamp. */
const certificateTimestamp = 0;
