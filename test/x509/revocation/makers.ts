// OCSP responses, CRLs and the paths they are about, with any part of them bent.

import { createHash } from "node:crypto";
import { defaultProvider } from "../../../src/crypto/provider/node.ts";
import { DerCursor } from "../../../src/der/cursor.ts";
import { tags } from "../../../src/der/tags.ts";
import {
  bitString,
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from "../../../src/der/writer.ts";
import { type Bytes, copyOf, fromAscii } from "../../../src/wire/bytes.ts";
import { parseCertificate, partOf } from "../../../src/x509/certificate.ts";
import type {
  CandidatePath,
  Note,
  PathCheck,
  PathCheckContext,
  PathFault,
} from "../../../src/x509/pathCheck.ts";
import { anchorFromCertificate } from "../../../src/x509/trustAnchor.ts";
import {
  distinguishedName,
  extension,
  extensions,
  generalName,
  type KeyPair,
  key,
  makeCertificate,
  type Signing,
  signing,
} from "../../certificates.ts";

/** Monday, 2 June 2025, noon. */
export const now = 1_748_865_600;
export const day = 86_400;

export const nothing: Bytes = new Uint8Array(0);
export const enumerated = (value: number): Bytes => element(0x0a, new Uint8Array([value]));

export function generalizedTime(seconds: number): Bytes {
  const digits = new Date(seconds * 1000).toISOString().replace(/\.\d+|[-:T]/g, "");
  return element(tags.generalizedTime, fromAscii(digits));
}

// ------------------------------------------------------------------------------------------------------------ paths

export interface Party {
  readonly subject: string;
  readonly key: KeyPair;
  readonly der: Bytes;
}

const validity = { notBefore: (now - 100 * day) * 1000, notAfter: (now + 100 * day) * 1000 };

export function authority(
  subject: string,
  options: { issuer?: Party; key?: KeyPair; extensions?: readonly Bytes[]; usages?: readonly Bytes[] } = {},
): Party {
  const own = options.key ?? key("P-256", subject);
  const { issuer } = options;
  const der = makeCertificate({
    subject,
    key: own,
    ...(issuer === undefined ? {} : { issuer }),
    ...validity,
    extensions: [
      extensions.basicConstraints(true),
      ...(options.usages ?? [extensions.keyUsage("keyCertSign", "cRLSign")]),
      extensions.subjectKeyIdentifier(own),
      ...(options.extensions ?? []),
    ],
  });
  return { subject, key: own, der };
}

export const root = authority("Revocation Root");
export const intermediate = authority("Revocation Intermediate", { issuer: root });

export function leafOf(issuer: Party, ...more: readonly Bytes[]): Bytes {
  return makeCertificate({
    subject: "a.example",
    key: key("P-256"),
    issuer,
    ...validity,
    extensions: [extensions.extendedKeyUsage("serverAuth"), ...more],
  });
}

export const leaf = leafOf(root);
export const lowerLeaf = leafOf(intermediate);

/** TLS feature (RFC 7633). */
export const tlsFeature = (...features: readonly number[]): Bytes =>
  extension("1.3.6.1.5.5.7.1.24", sequence(...features.map((feature) => integer(feature))));

export function pathOf(certificates: readonly Bytes[], anchor: Bytes = root.der): CandidatePath {
  return { path: certificates.map(parseCertificate), anchor: anchorFromCertificate(anchor) };
}

export const short: CandidatePath = pathOf([leaf]);
export const long: CandidatePath = pathOf([lowerLeaf, intermediate.der]);

// ---------------------------------------------------------------------------------------------------------- asking

export interface Asking {
  readonly staple?: Bytes;
  readonly at?: number;
  /** How many signatures may be checked. */
  readonly budget?: number;
}

interface Asked {
  readonly fault: PathFault | undefined;
  /** Undefined where there is a fault. */
  readonly notes?: readonly Note[];
  readonly signatures: number;
}

/** What a check says of a path; with how many signatures it looked at. */
export async function ask(check: PathCheck, candidate: CandidatePath, asking: Asking = {}): Promise<Asked> {
  const { context, signatures } = verification(asking);
  return { ...(await check(candidate, context)), signatures: signatures() };
}

/** What the checks of one verification are given, and how many signatures they have looked at. */
export function verification({ staple, at = now, budget = 100 }: Asking = {}): {
  readonly context: PathCheckContext;
  signatures(): number;
} {
  let signatures = 0;
  const context: PathCheckContext = {
    time: at,
    evidence: { ocspResponse: staple, signedCertificateTimestamps: [] },
    hashes: defaultProvider.hashes,
    async verify(...question) {
      if (signatures === budget) return "spent";
      signatures++;
      return defaultProvider.verify(...question);
    },
  };
  return { context, signatures: () => signatures };
}

// ------------------------------------------------------------------------------------------------------------ OCSP

const algorithms = {
  sha1: objectIdentifier("1.3.14.3.2.26"),
  sha256: objectIdentifier("2.16.840.1.101.3.4.2.1"),
  sha384: objectIdentifier("2.16.840.1.101.3.4.2.2"),
  sha512: objectIdentifier("2.16.840.1.101.3.4.2.3"),
};

const digest = (algorithm: string, bytes: Bytes): Bytes =>
  copyOf(createHash(algorithm).update(bytes).digest());

function keyBits(spki: Bytes): Bytes {
  const info = new DerCursor(spki).enter(tags.sequence);
  info.skip(tags.sequence);
  const { start, end } = info.bitString();
  return copyOf(spki.subarray(start, end));
}

export const keyHash = ({ spki }: KeyPair): Bytes => digest("sha1", keyBits(spki));

/** The parts of a CertID, an element each. */
export interface IdFields {
  algorithm: Bytes;
  issuerNameHash: Bytes;
  issuerKeyHash: Bytes;
  serialNumber: Bytes;
}

/** The parts of a SingleResponse. */
export interface SingleFields {
  id: Bytes;
  status: Bytes;
  thisUpdate: Bytes;
  nextUpdate: Bytes;
  extensions: Bytes;
}

export interface SingleOptions {
  readonly certificate?: Bytes;
  readonly issuer?: Party;
  readonly hash?: keyof typeof algorithms;
  readonly status?: Bytes;
  /** Seconds since 1970. */
  readonly thisUpdate?: number;
  /** Null for none. */
  readonly nextUpdate?: number | null;
  readonly extensions?: readonly Bytes[];
  readonly bendId?: (fields: IdFields) => void;
  readonly bend?: (fields: SingleFields) => void;
}

export const statuses = {
  good: element(0x80),
  unknown: element(0x82),
  revoked: (when = now - 3 * day, reason?: number): Bytes =>
    element(0xa1, generalizedTime(when), reason === undefined ? nothing : element(0xa0, enumerated(reason))),
};

/** Puts other elements in the places of some: the usual way to bend. */
export function setting<T extends object>(others: Partial<T>): (fields: T) => void {
  return (fields) => {
    Object.assign(fields, others);
  };
}

const concatFields = (fields: object): readonly Bytes[] => Object.values(fields) as Bytes[];

export function single(options: SingleOptions = {}): Bytes {
  const certificate = parseCertificate(options.certificate ?? leaf);
  const { issuer = root, hash = "sha1", nextUpdate = now + 3 * day } = options;
  const id: IdFields = {
    algorithm: sequence(algorithms[hash], nullElement()),
    issuerNameHash: octetString(digest(hash, copyOf(partOf(certificate, certificate.issuer)))),
    issuerKeyHash: octetString(digest(hash, keyBits(issuer.key.spki))),
    serialNumber: element(tags.integer, partOf(certificate, certificate.serialNumber)),
  };
  options.bendId?.(id);
  const fields: SingleFields = {
    id: sequence(...concatFields(id)),
    status: options.status ?? statuses.good,
    thisUpdate: generalizedTime(options.thisUpdate ?? now - day),
    nextUpdate: nextUpdate === null ? nothing : element(0xa0, generalizedTime(nextUpdate)),
    extensions: options.extensions === undefined ? nothing : element(0xa1, sequence(...options.extensions)),
  };
  options.bend?.(fields);
  return sequence(...concatFields(fields));
}

/** The parts of a ResponseData. */
export interface DataFields {
  version: Bytes;
  responder: Bytes;
  producedAt: Bytes;
  responses: Bytes;
  extensions: Bytes;
}

/** The parts of a BasicOCSPResponse. */
export interface BasicFields {
  data: Bytes;
  algorithm: Bytes;
  signature: Bytes;
  certificates: Bytes;
}

export interface ResponseOptions {
  readonly singles?: readonly Bytes[];
  /** Who signs. */
  readonly signer?: { readonly subject: string; readonly key: KeyPair };
  readonly signing?: Signing;
  readonly by?: "name" | "keyHash";
  readonly producedAt?: number;
  readonly certificates?: readonly Bytes[];
  readonly extensions?: readonly Bytes[];
  readonly bend?: (fields: DataFields) => void;
  readonly bendBasic?: (fields: BasicFields) => void;
}

const basicType = objectIdentifier("1.3.6.1.5.5.7.48.1.1");

export function ocspResponse(options: ResponseOptions = {}): Bytes {
  const { signer = root, by = "name", producedAt = now - day } = options;
  const data: DataFields = {
    version: nothing,
    responder:
      by === "name"
        ? element(0xa1, distinguishedName(signer.subject))
        : element(0xa2, octetString(keyHash(signer.key))),
    producedAt: generalizedTime(producedAt),
    responses: sequence(...(options.singles ?? [single()])),
    extensions: options.extensions === undefined ? nothing : element(0xa1, sequence(...options.extensions)),
  };
  options.bend?.(data);
  const tbs = sequence(...concatFields(data));
  const { algorithm, sign } = options.signing ?? signing(signer.key);
  const { certificates } = options;
  const basic: BasicFields = {
    data: tbs,
    algorithm,
    signature: bitString(sign(tbs)),
    certificates: certificates === undefined ? nothing : element(0xa0, sequence(...certificates)),
  };
  options.bendBasic?.(basic);
  return wrapped(sequence(...concatFields(basic)));
}

/** A BasicOCSPResponse, or whatever else, as an OCSPResponse. */
export function wrapped(basic: Bytes, type: Bytes = basicType): Bytes {
  return sequence(enumerated(0), element(0xa0, sequence(type, octetString(basic))));
}

export const purposesOf = (...uses: readonly string[]): Bytes =>
  extension("2.5.29.37", sequence(...uses.map((use) => objectIdentifier(use))));

export const ocspSigning = "1.3.6.1.5.5.7.3.9";

/** A certificate that lets a key answer for an issuer. */
export function delegate(
  options: {
    issuer?: { subject: string; key: KeyPair };
    key?: KeyPair;
    extensions?: readonly Bytes[];
    notBefore?: number;
    notAfter?: number;
  } = {},
): Party {
  const own = options.key ?? key("P-256", "responder");
  const subject = "Responder";
  const der = makeCertificate({
    subject,
    key: own,
    issuer: options.issuer ?? root,
    notBefore: (options.notBefore ?? now - 10 * day) * 1000,
    notAfter: (options.notAfter ?? now + 10 * day) * 1000,
    extensions: options.extensions ?? [purposesOf(ocspSigning), extensions.keyUsage("digitalSignature")],
  });
  return { subject, key: own, der };
}

// ------------------------------------------------------------------------------------------------------------- CRLs

/** The parts of a TBSCertList. */
export interface CrlFields {
  version: Bytes;
  signature: Bytes;
  issuer: Bytes;
  thisUpdate: Bytes;
  nextUpdate: Bytes;
  entries: Bytes;
  extensions: Bytes;
}

export interface CrlMaking {
  readonly issuer?: Party;
  /** Each an entry. */
  readonly entries?: readonly Bytes[];
  readonly thisUpdate?: number;
  readonly nextUpdate?: number;
  /** Beside the number. */
  readonly extensions?: readonly Bytes[];
  /** Null for none. */
  readonly number?: Bytes | null;
  readonly signing?: Signing;
  readonly bend?: (fields: CrlFields) => void;
  readonly outerAlgorithm?: Bytes;
}

export const crlNumber = (critical = false): Bytes => extension("2.5.29.20", integer(7), critical);

/** An entry for a certificate, or for a number. */
export function entry(
  of: Bytes | number,
  options: { when?: Bytes; extensions?: readonly Bytes[] } = {},
): Bytes {
  let serialNumber = typeof of === "number" ? integer(of) : nothing;
  if (typeof of !== "number") {
    const certificate = parseCertificate(of);
    serialNumber = element(tags.integer, partOf(certificate, certificate.serialNumber));
  }
  const more = options.extensions === undefined ? nothing : sequence(...options.extensions);
  return sequence(serialNumber, options.when ?? time(now - 3 * day), more);
}

export const reason = (value: number): Bytes => extension("2.5.29.21", enumerated(value));

export function crl(options: CrlMaking = {}): Bytes {
  const { issuer = root, entries = [], number = crlNumber() } = options;
  const { algorithm, sign } = options.signing ?? signing(issuer.key);
  const list = [...(number === null ? [] : [number]), ...(options.extensions ?? [])];
  const fields: CrlFields = {
    version: integer(1),
    signature: algorithm,
    issuer: distinguishedName(issuer.subject),
    thisUpdate: time(options.thisUpdate ?? now - day),
    nextUpdate: time(options.nextUpdate ?? now + 6 * day),
    entries: entries.length === 0 ? nothing : sequence(...entries),
    extensions: list.length === 0 ? nothing : element(0xa0, sequence(...list)),
  };
  options.bend?.(fields);
  const tbs = sequence(...concatFields(fields));
  return sequence(tbs, options.outerAlgorithm ?? algorithm, bitString(sign(tbs)));
}

/** The contents of an issuingDistributionPoint. */
export const scope = (...fields: readonly Bytes[]): Bytes =>
  extension("2.5.29.28", sequence(...fields), true);

export const scopeFields = {
  uri: (...uris: readonly string[]): Bytes => element(0xa0, element(0xa0, ...uris.map(generalName.uri))),
  users: element(0x81, new Uint8Array([0xff])),
  authorities: element(0x82, new Uint8Array([0xff])),
  reasons: (...numbers: readonly number[]): Bytes => {
    let bits = 0;
    for (const number of numbers) bits |= 0x8000 >> number;
    const bytes = (bits & 0xff) === 0 ? [bits >> 8] : [bits >> 8, bits & 0xff];
    const unused = Math.log2((bytes.at(-1) as number) & -(bytes.at(-1) as number));
    return element(0x83, new Uint8Array([unused, ...bytes]));
  },
  indirect: element(0x84, new Uint8Array([0xff])),
  attributes: element(0x85, new Uint8Array([0xff])),
};

/** cRLDistributionPoints with one point a URI. */
export const distributionPoints = (...uris: readonly string[]): Bytes =>
  extension("2.5.29.31", sequence(...uris.map((uri) => sequence(scopeFields.uri(uri)))));
