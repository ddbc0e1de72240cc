import type { PeerErrorCode } from "../wire/misdeeds.ts";
import type { Certificate } from "./certificate.ts";
import { purposes } from "./extensions/extendedKeyUsage.ts";
import { keyUsages } from "./extensions/keyUsage.ts";
import { findName, type ReferenceName } from "./names.ts";
import type { Profile, Purpose } from "./profile.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

/** What is asked of a chain. */
export interface Question {
  /** Seconds since 1970. */
  readonly time: number;
  /** Undefined where any name will do. */
  readonly wanted: ReferenceName | undefined;
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

type Role = "leaf" | "issuer";

interface Rule {
  /** The code of the error of a chain that breaks it. */
  readonly code: PeerErrorCode;
  /** Where it comes from. */
  readonly source: string;
  /** Which certificates it is for; the others are rules of paths, which the path builder looks at. */
  readonly roles?: readonly Role[];
  readonly broken?: (certificate: Certificate, question: Question) => boolean;
  /** The same, for anchors; where it is absent they are not judged. */
  readonly anchorBroken?: (anchor: TrustAnchor, question: Question) => boolean;
}

/** RSA keys in a path (RFC 9846 §C.2); exponents are odd, above 1 and small enough to verify with. */
const rsaBits = { min: 2048, max: 8192 } as const;
const exponentBytes = 4;

function isUnfitSize(key: Certificate["publicKey"]): boolean {
  if (key.kind !== "rsa" && key.kind !== "rsa-pss") return false;
  const bits = bitLength(key.modulus);
  const last = key.exponent[key.exponent.length - 1] as number;
  const isOne = key.exponent.length === 1 && last === 1;
  return (
    bits < rsaBits.min ||
    bits > rsaBits.max ||
    bits % 8 !== 0 ||
    key.exponent.length > exponentBytes ||
    last % 2 === 0 ||
    isOne
  );
}

export function bitLength(magnitude: Uint8Array): number {
  return 8 * magnitude.length - Math.clz32(magnitude[0] ?? 0) + 24;
}

const isOutside = (time: number, notBefore: number, notAfter: number): boolean =>
  time < notBefore || time > notAfter;

const both: readonly Role[] = ["leaf", "issuer"];

/**
 * Every reason to refuse a chain, a row each. Where several apply, the one that stands first is the one that is told: what
 * is wrong with the certificate itself, then who vouches for it, then whom and when it is for.
 */
export const rules = {
  /** It is DER, and every field is what RFC 5280 says. */
  encoding: { code: "certificate_malformed", source: "RFC 5280 §4.1" },
  version: {
    code: "certificate_unsupported",
    source: "RFC 5280 §4.1.2.1",
    roles: both,
    broken: ({ version }) => version !== 3,
  },
  serialNumber: {
    code: "certificate_invalid",
    source: "RFC 5280 §4.1.2.2",
    roles: both,
    broken: ({ der, serialNumber: { start, end } }) => end - start > 20 || (der[start] as number) >= 0x80,
  },
  criticalExtensions: {
    code: "certificate_unsupported",
    source: "RFC 5280 §4.2",
    roles: both,
    broken: ({ extensions }) => extensions.unprocessedCritical.length > 0,
    anchorBroken: ({ unprocessedCritical }) => unprocessedCritical.length > 0,
  },
  keyKind: {
    code: "certificate_unsupported",
    source: "RFC 9846 §4.5.1.2",
    roles: both,
    broken: ({ publicKey }) => publicKey.kind === "unsupported",
    anchorBroken: ({ publicKey }) => publicKey.kind === "unsupported",
  },
  keySize: {
    code: "certificate_invalid",
    source: "RFC 9846 §C.2",
    roles: both,
    broken: ({ publicKey }) => isUnfitSize(publicKey),
    anchorBroken: ({ publicKey }) => isUnfitSize(publicKey),
  },
  /** No SHA-1 and MD5 in a signature that counts. */
  brokenSignatureAlgorithm: { code: "certificate_invalid", source: "RFC 9846 §4.5.1.3" },
  signatureAlgorithm: { code: "certificate_unsupported", source: "RFC 9846 §4.3.3" },
  /** The signature of an RSASSA-PSS key that has parameters has the same. */
  pssParameters: { code: "certificate_invalid", source: "RFC 9846 §4.3.3" },
  signature: { code: "certificate_invalid", source: "RFC 5280 §6.1.3 (a) (1)" },
  authority: {
    code: "certificate_invalid",
    source: "RFC 5280 §4.2.1.9",
    roles: ["issuer"],
    broken: ({ extensions }) => extensions.basicConstraints?.ca !== true,
    anchorBroken: ({ mayIssue }) => !mayIssue,
  },
  certificateSigning: {
    code: "certificate_invalid",
    source: "RFC 5280 §4.2.1.3",
    roles: ["issuer"],
    broken: ({ extensions: { keyUsage } }) =>
      keyUsage !== undefined && (keyUsage & keyUsages.keyCertSign) === 0,
  },
  pathLength: { code: "certificate_invalid", source: "RFC 5280 §4.2.1.9" },
  nameConstraints: { code: "certificate_invalid", source: "RFC 5280 §4.2.1.10" },
  /** All paths that the limits allow were tried. */
  budget: { code: "certificate_too_costly", source: "src/x509/limits.ts" },
  anchor: { code: "certificate_unknown_ca", source: "RFC 5280 §6.1.1 (d)" },
  revoked: { code: "certificate_revoked", source: "RFC 5280 §6.3, RFC 6960 §2.2" },
  /** What was given to tell whether it was revoked is wrong, stale or missing. */
  revocationStatus: { code: "certificate_status_invalid", source: "RFC 6960 §3.2, RFC 5280 §6.3.3" },
  mustStaple: { code: "certificate_status_invalid", source: "RFC 7633 §4.2.3" },
  transparency: { code: "certificate_not_logged", source: "RFC 6962 §5.2" },
  purpose: {
    code: "certificate_invalid",
    source: "RFC 5280 §4.2.1.12",
    roles: both,
    broken: ({ extensions: { extendedKeyUsage } }) =>
      extendedKeyUsage !== undefined && (extendedKeyUsage & (purposes.serverAuth | purposes.any)) === 0,
  },
  name: {
    code: "certificate_name_mismatch",
    source: "RFC 9525 §6",
    roles: ["leaf"],
    broken: (certificate, { wanted }) => wanted !== undefined && findName(certificate, wanted) === undefined,
  },
  dates: {
    code: "certificate_expired",
    source: "RFC 5280 §4.1.2.5",
    roles: both,
    broken: ({ notBefore, notAfter }, { time }) => isOutside(time, notBefore, notAfter),
    anchorBroken: ({ validity }, { time }) =>
      validity !== undefined && isOutside(time, validity.notBefore, validity.notAfter),
  },
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;

const rows = Object.entries(rules) as readonly (readonly [RuleName, Rule])[];
const order = new Map(rows.map(([name], i) => [name, i]));

/** Which of two rules is told, if both are broken: the lower. */
export const rankOf = (rule: RuleName): number => order.get(rule) as number;

type CertificateRule = readonly [RuleName, NonNullable<Rule["broken"]>];

const certificateRules: Readonly<Record<Role, readonly CertificateRule[]>> = {
  leaf: rulesOf("leaf"),
  issuer: rulesOf("issuer"),
};

function rulesOf(role: Role): readonly CertificateRule[] {
  return rows.flatMap(([name, rule]): readonly CertificateRule[] =>
    rule.broken !== undefined && rule.roles?.includes(role) === true ? [[name, rule.broken]] : [],
  );
}

/** The rules for a certificate by itself, in the order in which they are told. */
export function rulesFor(role: Role): readonly CertificateRule[] {
  return certificateRules[role];
}

const anchorRules = rows.flatMap(([name, { anchorBroken }]) =>
  anchorBroken === undefined ? [] : ([[name, anchorBroken]] as const),
);

/** The first rule that an anchor breaks. */
export function brokenByAnchor(anchor: TrustAnchor, question: Question): RuleName | undefined {
  for (const [name, broken] of anchorRules) if (broken(anchor, question)) return name;
  return undefined;
}
