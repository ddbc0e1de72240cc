import type { HashName } from "../../crypto/hashName.ts";
import { DerCursor, type Span } from "../../der/cursor.ts";
import { DerError } from "../../der/error.ts";
import { dottedForm, matches, objectIdentifier } from "../../der/objectIdentifier.ts";
import { constructed, context, tags } from "../../der/tags.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { readName } from "../distinguishedName.ts";
import { type CertificateSignature, readSignatureAlgorithm } from "../signatureAlgorithm.ts";
import { answerLimits } from "./answerLimits.ts";
import { readExtensionList } from "./extensionList.ts";
import { readGeneralizedTime } from "./generalizedTime.ts";
import { readEnumerated, readReason } from "./reason.ts";

/** An OCSP response (RFC 6960 §4.2.1), as offsets into its bytes: what was asked for, or why there is none. */
export type OcspResponse =
  | { readonly outcome: "failed"; readonly says: string }
  | ({ readonly outcome: "successful" } & BasicOcspResponse);

/** BasicOCSPResponse: the only type there is. */
export interface BasicOcspResponse {
  readonly der: Bytes;
  /** What is signed. */
  readonly tbs: Span;
  readonly responder: ResponderId;
  /** Seconds since 1970, as all times here. */
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  readonly signatureAlgorithm: CertificateSignature;
  readonly signature: Span;
  /** Certificates that may help to check the signature, not read yet. */
  readonly certificates: readonly Span[];
  readonly hasUnreadCritical: boolean;
}

/** Who signed: by its Name, with its header, or by the SHA-1 of its key. */
export type ResponderId =
  | { readonly by: "name"; readonly name: Span }
  | { readonly by: "keyHash"; readonly hash: Span };

/** What is said of one certificate. */
export interface SingleResponse {
  readonly id: CertificateId;
  readonly status: CertificateStatus;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly hasUnreadCritical: boolean;
  /** The SignedCertificateTimestampList (RFC 6962 §3.3), if there is one, unchecked. */
  readonly signedCertificateTimestamps: Span | undefined;
}

/** Which certificate: its number, and hashes of its issuer's name and key. */
export interface CertificateId {
  /** Undefined for a hash that is not supported: whom it means can't be told. */
  readonly hash: HashName | "SHA-1" | undefined;
  readonly issuerNameHash: Span;
  readonly issuerKeyHash: Span;
  readonly serialNumber: Span;
}

export type CertificateStatus =
  | { readonly kind: "good" | "unknown" }
  | { readonly kind: "revoked"; readonly time: number; readonly reason: number | undefined };

const basicResponse = objectIdentifier("1.3.6.1.5.5.7.48.1.1");
const timestampList = objectIdentifier("1.3.6.1.4.1.11129.2.4.5");
const hashes = new Map<string, HashName | "SHA-1">([
  ["1.3.14.3.2.26", "SHA-1"],
  ["2.16.840.1.101.3.4.2.1", "SHA-256"],
  ["2.16.840.1.101.3.4.2.2", "SHA-384"],
  ["2.16.840.1.101.3.4.2.3", "SHA-512"],
]);

/** OCSPResponseStatus; 4 is not used. */
const failures = [
  undefined,
  "the request was malformed",
  "the responder failed",
  "try again later",
  undefined,
  "the request had to be signed",
  "the responder is not in charge",
] as const;

/**
 * Reads an OCSP response, which has to be all of the bytes. They must not change afterwards: the response is a view of them.
 *
 * @throws DerError and nothing else
 */
export function parseOcspResponse(der: Bytes): OcspResponse {
  if (der.length > answerLimits.ocspBytes) {
    throw new DerError(`an OCSP response of ${der.length} bytes, where ${answerLimits.ocspBytes} may be`, 0);
  }
  const outer = new DerCursor(der);
  const fields = outer.enter(tags.sequence);
  outer.finish();
  const status = readEnumerated(fields);
  if (status !== 0) {
    // RFC 6960 §4.2.1: no more is said then.
    fields.finish();
    const says = failures[status];
    if (says === undefined) throw fields.error(`a response status that there is not: ${status}`);
    return { outcome: "failed", says };
  }
  const field = fields.enter(constructed(0));
  fields.finish();
  const response = field.enter(tags.sequence);
  field.finish();
  const type = response.objectIdentifier();
  if (!matches(der, type, basicResponse)) {
    throw response.error(`an OCSP response of the type ${dottedForm(der, type)}`);
  }
  const value = response.enter(tags.octetString);
  response.finish();
  const basic = value.enter(tags.sequence);
  value.finish();
  return readBasicResponse(basic, der);
}

function readBasicResponse(fields: DerCursor, der: Bytes): OcspResponse {
  const start = fields.offset;
  const data = fields.enter(tags.sequence);
  const tbs = { start, end: fields.offset };
  const version = data.enterOptional(constructed(0));
  if (version !== undefined) {
    const number = version.smallInteger();
    throw version.error(number === 0 ? "version 1 spelled out" : `an OCSP response of version ${number + 1}`);
  }
  const responder = readResponderId(data);
  const producedAt = readGeneralizedTime(data);
  const list = data.enter(tags.sequence);
  const responses: SingleResponse[] = [];
  while (!list.atEnd) {
    if (responses.push(readSingleResponse(list)) > answerLimits.ocspResponses) {
      throw list.error(`an OCSP response about more than ${answerLimits.ocspResponses} certificates`);
    }
  }
  const extensions = data.enterOptional(constructed(1));
  // None that can be critical is known: a nonce is for who asked, and we did not.
  const hasUnreadCritical = extensions !== undefined && readExtensionList(extensions, () => false);
  extensions?.finish();
  data.finish();

  const signatureAlgorithm = readSignatureAlgorithm(fields);
  const signature = fields.bitString();
  const certificates = readCertificates(fields.enterOptional(constructed(0)));
  fields.finish();
  return {
    outcome: "successful",
    der,
    tbs,
    responder,
    producedAt,
    responses,
    signatureAlgorithm,
    signature,
    certificates,
    hasUnreadCritical,
  };
}

function readResponderId(data: DerCursor): ResponderId {
  const isName = data.nextTag === constructed(1);
  const field = data.enter(isName ? constructed(1) : constructed(2));
  const id: ResponderId = isName
    ? { by: "name", name: readName(field) }
    : { by: "keyHash", hash: field.contents(tags.octetString) };
  field.finish();
  return id;
}

function readSingleResponse(list: DerCursor): SingleResponse {
  const fields = list.enter(tags.sequence);
  const id = readCertificateId(fields);
  const status = readStatus(fields);
  const thisUpdate = readGeneralizedTime(fields);
  const next = fields.enterOptional(constructed(0));
  const nextUpdate = next === undefined ? undefined : readGeneralizedTime(next);
  next?.finish();
  if (nextUpdate !== undefined && nextUpdate < thisUpdate)
    throw fields.error("a next update before this one");
  let timestamps: Span | undefined;
  const extensions = fields.enterOptional(constructed(1));
  const hasUnreadCritical =
    extensions !== undefined &&
    readExtensionList(extensions, (identifier, value) => {
      if (!matches(fields.bytes, identifier, timestampList)) return false;
      timestamps = value.contents(tags.octetString);
      return true;
    });
  extensions?.finish();
  fields.finish();
  return {
    id,
    status,
    thisUpdate,
    nextUpdate,
    hasUnreadCritical,
    signedCertificateTimestamps: timestamps,
  };
}

function readCertificateId(single: DerCursor): CertificateId {
  const fields = single.enter(tags.sequence);
  const algorithm = fields.enter(tags.sequence);
  const hash = hashes.get(dottedForm(fields.bytes, algorithm.objectIdentifier()));
  // RFC 4055 §2.1: NULL, or nothing; what others have is theirs.
  if (hash === undefined) while (!algorithm.atEnd) algorithm.skipAny();
  else if (!algorithm.atEnd) algorithm.null();
  algorithm.finish();
  const issuerNameHash = fields.contents(tags.octetString);
  const issuerKeyHash = fields.contents(tags.octetString);
  const serialNumber = fields.integer();
  fields.finish();
  return { hash, issuerNameHash, issuerKeyHash, serialNumber };
}

const good: CertificateStatus = { kind: "good" };
const unknown: CertificateStatus = { kind: "unknown" };

function readStatus(single: DerCursor): CertificateStatus {
  const tag = single.nextTag;
  if (tag === constructed(1)) {
    const revoked = single.enter(tag);
    const time = readGeneralizedTime(revoked);
    const field = revoked.enterOptional(constructed(0));
    const reason = field === undefined ? undefined : readReason(field);
    field?.finish();
    revoked.finish();
    return { kind: "revoked", time, reason };
  }
  const isGood = tag === context(0);
  const nothing = single.enter(isGood ? tag : context(2));
  nothing.finish();
  return isGood ? good : unknown;
}

function readCertificates(field: DerCursor | undefined): readonly Span[] {
  const certificates: Span[] = [];
  if (field === undefined) return certificates;
  const list = field.enter(tags.sequence);
  field.finish();
  while (!list.atEnd) {
    if (certificates.push(list.skip(tags.sequence)) > answerLimits.ocspCertificates) {
      throw list.error(`an OCSP response with more than ${answerLimits.ocspCertificates} certificates`);
    }
  }
  return certificates;
}
