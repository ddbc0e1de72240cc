import type { PeerErrorCode } from "../wire/misdeeds.ts";
import type { Certificate } from "./certificate.ts";
import { isEmptyName } from "./distinguishedName.ts";
import { hasBit } from "./extensions/block.ts";
import { purposes } from "./extensions/extendedKeyUsage.ts";
import { keyUsages } from "./extensions/keyUsage.ts";
import { isForWeb, isUnfitSize } from "./keyStrength.ts";
import { findName, type ReferenceName } from "./names.ts";
import * as own from "./ownRules.ts";
import { type Profile, type Purpose, profiles, type Role } from "./profile.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

/** What is asked of a chain. */
export interface Question {
  /** Seconds since 1970. */
  readonly time: number;
  /** Whether any name will do has to be said: what no name could be read from is none (a TypeError), and not any. */
  readonly wanted: ReferenceName | "any";
  readonly purpose: Purpose;
  /** Undefined: what the path's anchor says. */
  readonly profile: Profile | undefined;
  /** How many certificates may stand between the peer's own and the anchor, self-issued ones not counted. */
  readonly maxIntermediates: number | undefined;
  /**
   * Whether anybody may get names below this domain, so that no wildcard stands for all of them; given in lower case. By
   * default only top-level domains are such.
   */
  readonly isPublicSuffix?: ((domain: string) => boolean) | undefined;
}

interface Rule {
  /** The code of the error of a chain that breaks it. */
  readonly code: PeerErrorCode;
  /**
   * Which certificates it is for, and under which profiles; what is said of no certificate by itself is a rule of paths,
   * which the path builder looks at. Anchors are judged by the certificate that they were made from, and only where the
   * question names the profile.
   */
  readonly roles?: Readonly<Partial<Record<Role, readonly Profile[]>>>;
  /** Of one purpose only. */
  readonly purpose?: Purpose;
  /** Looks at the certificate alone; the answer is remembered. */
  readonly broken?: (certificate: Certificate) => boolean;
  readonly brokenFor?: (certificate: Certificate, question: Question) => boolean;
  /** Of every anchor, made from a certificate or not. */
  readonly anchorBroken?: (anchor: TrustAnchor, question: Question) => boolean;
}

// Said so that a time that is no number is within no dates.
const isOutside = (time: number, notBefore: number, notAfter: number): boolean =>
  !(time >= notBefore && time <= notAfter);

const purposeFlags = {
  server: purposes.serverAuth,
  client: purposes.clientAuth,
  email: purposes.emailProtection,
} as const;

const isForOther = (allowed: number | undefined, purpose: Purpose): boolean =>
  allowed !== undefined && (allowed & (purposeFlags[purpose] | purposes.any)) === 0;

const strict: readonly Profile[] = ["rfc5280", "webpki"];
const web: readonly Profile[] = ["webpki"];
const below = { leaf: profiles, intermediate: profiles };

/**
 * Every reason to refuse a chain, a row each, with what it asks for and, in parentheses, where that stands. Where several apply, the one that stands first is the one that is told: what
 * is wrong with the certificate itself, then who vouches for it, then whom and when it is for, then its form.
 */
export const rules = {
  /** It is DER, and every field is what RFC 5280 says (RFC 5280 §4.1). */
  encoding: { code: "certificate_malformed" },
  /** It is of version 3 (RFC 5280 §4.1.2.1). */
  version: {
    code: "certificate_unsupported",
    roles: { ...below, anchor: strict },
    broken: ({ version }) => version !== 3,
  },
  /** The serial number is not negative, and has 20 bytes at most (RFC 5280 §4.1.2.2). */
  serialNumber: {
    code: "certificate_invalid",
    roles: { ...below, anchor: strict },
    broken: ({ der, serialNumber: { start, end } }) => end - start > 20 || (der[start] as number) >= 0x80,
  },
  /** Critical extensions are known, and what they ask for is done (RFC 5280 §4.2). */
  criticalExtensions: {
    code: "certificate_unsupported",
    roles: { ...below, anchor: strict },
    broken: ({ extensions }) => extensions.unprocessedCritical.length > 0,
    anchorBroken: ({ unprocessedCritical }) => unprocessedCritical.length > 0,
  },
  /** The issuer has a name (RFC 5280 §4.1.2.4). */
  issuerName: {
    code: "certificate_invalid",
    roles: below,
    broken: ({ issuer }) => isEmptyName(issuer),
  },
  /** The key is of a kind that can be used: RSA, RSASSA-PSS, P-256, P-384, P-521 or Ed25519 (RFC 9846 §4.5.1.2). */
  keyKind: {
    code: "certificate_unsupported",
    roles: below,
    broken: ({ publicKey }) => publicKey.kind === "unsupported",
    anchorBroken: ({ publicKey }) => publicKey.kind === "unsupported",
  },
  /** An RSA key has 2048 to 8192 bits, a multiple of 8, and an odd exponent from 3 to 2^32 (RFC 9846 §C.2, BR §6.1.5). */
  keySize: {
    code: "certificate_invalid",
    roles: below,
    broken: ({ publicKey }) => isUnfitSize(publicKey),
    anchorBroken: ({ publicKey }) => isUnfitSize(publicKey),
  },
  /** The key is RSA under rsaEncryption, P-256, P-384 or P-521 (BR §7.1.3.1). */
  webKey: {
    code: "certificate_invalid",
    roles: { leaf: web, intermediate: web, anchor: web },
    broken: ({ publicKey }) => !isForWeb(publicKey),
  },
  /** No SHA-1 and MD5 in a signature that counts (RFC 9846 §4.5.1.3). */
  brokenSignatureAlgorithm: { code: "certificate_invalid" },
  /** The signature is of a kind that is known (RFC 9846 §4.3.3). */
  signatureAlgorithm: { code: "certificate_unsupported" },
  /** The signature of an RSASSA-PSS key that has parameters has the same (RFC 9846 §4.3.3). */
  pssParameters: { code: "certificate_invalid" },
  /** The signature is the issuer's (RFC 5280 §6.1.3 (a) (1)). */
  signature: { code: "certificate_invalid" },
  /** Who issues is a CA, by its basicConstraints (RFC 5280 §4.2.1.9). */
  authority: {
    code: "certificate_invalid",
    roles: { intermediate: profiles },
    broken: (certificate) => !own.isAuthority(certificate),
    anchorBroken: ({ mayIssue }) => !mayIssue,
  },
  /** A key usage of a CA, if it is there, allows to sign certificates (RFC 5280 §4.2.1.3). */
  certificateSigning: {
    code: "certificate_invalid",
    roles: { intermediate: profiles },
    broken: (certificate) => own.lacksUsage(certificate, keyUsages.keyCertSign),
  },
  /** No more intermediates than a CA above allows (RFC 5280 §4.2.1.9). */
  pathLength: { code: "certificate_invalid" },
  /** No more intermediates than the caller allows (the question's maxIntermediates). */
  depth: { code: "certificate_invalid" },
  /** Names keep within what every CA above may vouch for (RFC 5280 §4.2.1.10). */
  nameConstraints: { code: "certificate_invalid" },
  /** The limits suffice to find a path (docs/certificates.md, limits). */
  budget: { code: "certificate_too_costly" },
  /** A path leads to who is trusted (RFC 5280 §6.1.1 (d)). */
  anchor: { code: "certificate_unknown_ca" },
  /** It was issued before its anchor was distrusted (Mozilla's CKA_NSS_SERVER_DISTRUST_AFTER). */
  distrusted: { code: "certificate_distrusted" },
  /** It was not revoked (RFC 5280 §6.3, RFC 6960 §2.2). */
  revoked: { code: "certificate_revoked" },
  /** What was given to tell whether it was revoked is right, fresh and not missing (RFC 6960 §3.2, RFC 5280 §6.3.3). */
  revocationStatus: { code: "certificate_status_invalid" },
  /** It has the OCSP response that it says it comes with (RFC 7633 §4.2.3). */
  mustStaple: { code: "certificate_status_invalid" },
  /** It was logged (RFC 6962 §5.2). */
  transparency: { code: "certificate_not_logged" },
  /** An extended key usage, if it is there, has the purpose: the leaf's, that of every CA above and the anchor's (RFC 5280 §4.2.1.12). */
  purpose: {
    code: "certificate_invalid",
    roles: below,
    brokenFor: ({ extensions }, { purpose }) => isForOther(extensions.extendedKeyUsage, purpose),
    anchorBroken: ({ extendedKeyUsage }, { purpose }) => isForOther(extendedKeyUsage, purpose),
  },
  /** It is for the wanted name (RFC 9525 §6). */
  name: {
    code: "certificate_name_mismatch",
    roles: { leaf: profiles },
    brokenFor: (certificate, { wanted, isPublicSuffix }) =>
      wanted !== "any" && findName(certificate, wanted, isPublicSuffix) === undefined,
  },
  /** It is valid now; an anchor's dates count where it has any (RFC 5280 §4.1.2.5). */
  dates: {
    code: "certificate_expired",
    roles: below,
    brokenFor: ({ notBefore, notAfter }, { time }) => isOutside(time, notBefore, notAfter),
    anchorBroken: ({ validity }, { time }) =>
      validity !== undefined && isOutside(time, validity.notBefore, validity.notAfter),
  },
  /** Who is no CA does not say that it signs certificates, nor constrains names (RFC 5280 §4.2.1.9, §4.2.1.10). */
  pose: {
    code: "certificate_invalid",
    roles: { leaf: profiles },
    broken: own.poses,
  },
  /** The serial number is not zero; that of nine public roots is (RFC 5280 §4.1.2.2). */
  serialZero: {
    code: "certificate_invalid",
    roles: { leaf: strict, intermediate: strict },
    broken: own.isZero,
  },
  /** The issuer's key is named by its identifier, unless the certificate is self-issued (RFC 5280 §4.2.1.1). */
  authorityKeyIdentifier: {
    code: "certificate_invalid",
    roles: { leaf: strict, intermediate: strict, anchor: strict },
    broken: own.lacksAuthorityKeyIdentifier,
  },
  /** A CA's certificate has a key identifier (RFC 5280 §4.2.1.2). */
  subjectKeyIdentifier: {
    code: "certificate_invalid",
    roles: { leaf: strict, intermediate: strict, anchor: strict },
    broken: (certificate) =>
      own.isAuthority(certificate) && certificate.extensions.subjectKeyIdentifier === undefined,
  },
  /** A CA's basicConstraints are critical (RFC 5280 §4.2.1.9). */
  criticalAuthority: {
    code: "certificate_invalid",
    roles: { leaf: strict, intermediate: strict, anchor: strict },
    broken: (certificate) =>
      own.isAuthority(certificate) && !hasBit(certificate.extensions.critical, "basicConstraints"),
  },
  /** A path length is a CA's (RFC 5280 §4.2.1.9). */
  strayPathLength: {
    code: "certificate_invalid",
    roles: { leaf: strict },
    broken: (certificate) =>
      !own.isAuthority(certificate) && certificate.extensions.basicConstraints?.pathLength !== undefined,
  },
  /** Name constraints are critical (RFC 5280 §4.2.1.10; BR §7.1.2.5.2 allows it). */
  criticalConstraints: {
    code: "certificate_invalid",
    roles: { intermediate: ["rfc5280"], anchor: ["rfc5280"] },
    broken: ({ extensions: { nameConstraints, critical } }) =>
      nameConstraints !== undefined && !hasBit(critical, "nameConstraints"),
  },
  /** A DNS name in them does not begin with a dot (RFC 5280 §4.2.1.10). */
  constraintSyntax: {
    code: "certificate_invalid",
    roles: { intermediate: strict, anchor: strict },
    broken: own.hasDottedConstraint,
  },
  /** Policy constraints are critical, and so refused: see criticalExtensions (RFC 5280 §4.2.1.11). */
  policyConstraints: {
    code: "certificate_invalid",
    roles: { leaf: strict, intermediate: strict, anchor: strict },
    broken: ({ extensions }) => hasBit(extensions.present, "policyConstraints"),
  },
  /** Under an empty subject the alternative names are critical (RFC 5280 §4.2.1.6). */
  nameless: {
    code: "certificate_invalid",
    roles: { leaf: strict },
    broken: own.isNameless,
  },
  /** DNS names among the alternative names are of letters, digits and hyphens, and are no addresses (RFC 5280 §4.2.1.6). */
  nameSyntax: {
    code: "certificate_invalid",
    roles: { leaf: strict, intermediate: strict },
    broken: own.hasOddName,
  },
  /** It is no CA's (BR §7.1.2.7.8). */
  webLeaf: {
    code: "certificate_invalid",
    roles: { leaf: web },
    broken: own.isAuthority,
  },
  /** Alternative names are there, and are critical under an empty subject only (BR §7.1.2.7.12). */
  webNames: {
    code: "certificate_invalid",
    roles: { leaf: web },
    broken: own.hasUnfitNames,
  },
  /** There is one common name at most, a copy of an alternative name to the letter (BR §7.1.4.3). */
  commonName: {
    code: "certificate_invalid",
    roles: { leaf: web },
    purpose: "server",
    broken: own.hasOwnCommonName,
  },
  /** An extended key usage is there, is not critical, and does not stand for every purpose (BR §7.1.2.7.10). */
  webPurpose: {
    code: "certificate_invalid",
    roles: { leaf: web },
    broken: own.hasUnfitPurposes,
  },
  /** A root has no extended key usage (BR §7.1.2.1.2). */
  rootPurpose: {
    code: "certificate_invalid",
    roles: { anchor: web },
    broken: ({ extensions }) => hasBit(extensions.present, "extendedKeyUsage"),
  },
  /** A root that names its issuer's key names its own, by its identifier only (BR §7.1.2.1.3). */
  rootKeyIdentifier: {
    code: "certificate_invalid",
    roles: { anchor: web },
    broken: own.namesAnotherKey,
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;

/** The rows, for those who look rules up or write them down. */
export const ruleRows = Object.entries(rules) as readonly (readonly [RuleName, Rule])[];
