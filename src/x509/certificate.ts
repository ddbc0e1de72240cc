import { readPublicKey, UnsupportedKeyError } from "../crypto/parsePublicKey.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import { DerCursor, type Span } from "../der/cursor.ts";
import { DerError } from "../der/error.ts";
import { constructed, context, tags } from "../der/tags.ts";
import { readTime } from "../der/time.ts";
import type { Bytes } from "../wire/bytes.ts";
import { readName } from "./distinguishedName.ts";
import { type Extensions, readExtensions } from "./extensions/block.ts";
import { limits } from "./limits.ts";
import { type CertificateSignature, readSignatureAlgorithm } from "./signatureAlgorithm.ts";

/** A key of a kind that nothing here can use: no reason to refuse a certificate that nobody needs. */
export interface UnsupportedKey {
  readonly kind: "unsupported";
  /** In general words. */
  readonly says: string;
  /** The contents of the object identifier of the kind or curve that is not known, where it is that. */
  readonly identifier: Bytes | undefined;
}

/**
 * A certificate (RFC 5280 §4.1) as offsets into its bytes. It was read once, and everything in it that is known was
 * checked then; whether it may be used for something is decided by the rules.
 */
export interface Certificate {
  readonly der: Bytes;
  /** What is signed. */
  readonly tbs: Span;
  readonly version: 1 | 2 | 3;
  /** The bytes of the integer, which may be negative or too long. */
  readonly serialNumber: Span;
  readonly signatureAlgorithm: CertificateSignature;
  /** The AlgorithmIdentifier, with its header. */
  readonly signatureAlgorithmSpan: Span;
  readonly signature: Span;
  /** Names with their headers: they are compared by their bytes. */
  readonly issuer: Span;
  readonly subject: Span;
  /** Seconds since 1970, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, with its header. */
  readonly spki: Span;
  readonly publicKey: PublicKey | UnsupportedKey;
  readonly extensions: Extensions;
}

/**
 * Reads a certificate, which has to be all of the bytes. They must not change afterwards: the certificate is a view of them.
 *
 * @throws DerError and nothing else
 */
export function parseCertificate(der: Bytes): Certificate {
  if (der.length > limits.certificateBytes) {
    throw new DerError(`more than ${limits.certificateBytes} bytes`, 0);
  }
  const outer = new DerCursor(der);
  const fields = outer.enter(tags.sequence);
  outer.finish();

  const tbsStart = fields.offset;
  const tbs = fields.enter(tags.sequence);
  const tbsSpan = { start: tbsStart, end: fields.offset };
  const version = readVersion(tbs);
  const serialNumber = tbs.integer();
  const innerStart = tbs.offset;
  const signatureAlgorithm = readSignatureAlgorithm(tbs);
  const signatureAlgorithmSpan = { start: innerStart, end: tbs.offset };
  const issuer = readName(tbs);
  const validity = tbs.enter(tags.sequence);
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.finish();
  const subject = readName(tbs);
  const spkiStart = tbs.offset;
  const publicKey = readKey(tbs);
  const spki = { start: spkiStart, end: tbs.offset };
  // §4.1.2.8: out of use, but to be understood.
  for (const tag of [context(1), context(2)]) {
    if (tbs.nextTag !== tag) continue;
    if (version === 1) throw tbs.error(`a unique identifier, which version ${version} does not have`);
    tbs.bits(tag);
  }
  if (!tbs.atEnd && version !== 3) throw tbs.error(`extensions, which version ${version} does not have`);
  const extensions = readExtensions(tbs);
  tbs.finish();

  // §4.1.1.2: the same algorithm as inside, where it is signed.
  const outside = fields.skip(tags.sequence);
  if (!sameBytes(der, signatureAlgorithmSpan, der, outside)) {
    throw new DerError("another signature algorithm than in what is signed", outside.start);
  }
  const signature = fields.bitString();
  fields.finish();

  return {
    der,
    tbs: tbsSpan,
    version,
    serialNumber,
    signatureAlgorithm,
    signatureAlgorithmSpan,
    signature,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    publicKey,
    extensions,
  };
}

/** §4.1.2.1: version 1 is the default, and so never written. */
function readVersion(tbs: DerCursor): 1 | 2 | 3 {
  const field = tbs.enterOptional(constructed(0));
  if (field === undefined) return 1;
  const version = field.smallInteger();
  field.finish();
  if (version === 1) return 2;
  if (version === 2) return 3;
  throw field.error(version === 0 ? "version 1 spelled out" : `a certificate of version ${version + 1}`);
}

/** SubjectPublicKeyInfo; one of no use is a value, not an error. */
export function readKey(tbs: DerCursor): PublicKey | UnsupportedKey {
  try {
    return readPublicKey(tbs);
  } catch (error) {
    if (error instanceof UnsupportedKeyError) {
      return { kind: "unsupported", says: error.message, identifier: error.identifier };
    }
    throw error;
  }
}

/** Whether two parts are the same, each of its own bytes. */
export function sameBytes(a: Uint8Array, inA: Span, b: Uint8Array, inB: Span): boolean {
  const length = inA.end - inA.start;
  if (length !== inB.end - inB.start) return false;
  for (let i = 0; i < length; i++) if (a[inA.start + i] !== b[inB.start + i]) return false;
  return true;
}

/** RFC 5280 §6.1: subject and issuer are the same. Whether it signed itself is another question. */
export function isSelfIssued({ der, subject, issuer }: Certificate): boolean {
  return sameBytes(der, subject, der, issuer);
}

export function partOf({ der }: Certificate, { start, end }: Span): Bytes {
  return der.subarray(start, end);
}
