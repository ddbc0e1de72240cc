import { dottedForm } from "../der/objectIdentifier.ts";
import { latin1 } from "../der/strings.ts";
import { keyInWords, signatureInWords } from "./algorithmWords.ts";
import { type Certificate, isSelfIssued } from "./certificate.ts";
import { commonNames, nameToString } from "./distinguishedName.ts";
import { addressToString, generalNames } from "./generalName.ts";
import { generalNameToString, visible } from "./nameWords.ts";
import type { Purpose } from "./profile.ts";
import type { Question, RuleName } from "./rules.ts";
import type { TrustAnchor } from "./trustAnchor.ts";
import type { Failure, Verdict } from "./verdict.ts";

/** Why a chain is not trusted, for a person who can do something about it: the reason first, what else is wrong after it. */
export function explain(verdict: Verdict, question: Question): string {
  if (verdict.trusted) return `trusted by ${nameOf(verdict.anchor)}`;
  const [first, ...others] = verdict.failures.map((failure) =>
    explainFailure(failure, verdict.leaf, question),
  );
  return others.length === 0 ? (first as string) : `${first}; besides: ${[...new Set(others)].join("; ")}`;
}

const nameOf = ({ der, subject }: Certificate | TrustAnchor): string =>
  nameToString(der, subject) || "(no name)";

/** Names are a stranger's, and may be as long as a certificate. */
const longest = 500;

export function explainFailure(failure: Failure, leaf: Certificate | undefined, question: Question): string {
  const words = inWords(failure, leaf, question);
  return words.length > longest ? `${words.slice(0, longest)} …` : words;
}

function inWords(failure: Failure, leaf: Certificate | undefined, question: Question): string {
  const { rule, certificate, anchor } = failure;
  const about = aboutInWords(failure);
  if (rule === "encoding") {
    return anchor === undefined ? about : `the trusted root ${nameOf(anchor)} can't be read: ${about}`;
  }
  const subject = certificate ?? anchor;
  if (subject === undefined) return about;
  const isLeaf = certificate !== undefined && certificate === leaf;
  const who =
    anchor !== undefined ? `the trusted root ${nameOf(anchor)}` : isLeaf ? "certificate" : nameOf(subject);
  if (rule === "dates") {
    const { notBefore, notAfter } = certificate ?? anchor?.validity ?? { notBefore: 0, notAfter: 0 };
    const words = datesInWords(notBefore, notAfter, question.time);
    return isLeaf ? words : `${who} ${words}`;
  }
  if (certificate !== undefined && rule === "anchor") return issuerInWords(certificate, isLeaf, about);
  if (certificate !== undefined && rule === "name") return nameInWords(certificate, question);
  return `${who} ${predicate(rule, subject, about, question)}`;
}

function aboutInWords({ rule, about }: Failure): string {
  if (typeof about === "string") return about;
  const { der, name } = about;
  return rule === "nameConstraints" ? generalNameToString(der, name) : nameToString(der, name);
}

const purposeInWords: Readonly<Record<Purpose, string>> = {
  server: "servers (its extended key usage lacks serverAuth)",
  client: "clients (its extended key usage lacks clientAuth)",
  email: "e-mail (its extended key usage lacks emailProtection)",
};

/** What is wrong with the form of a certificate: only another one helps. */
const formInWords: Readonly<Partial<Record<RuleName, string>>> = {
  issuerName: "does not say who issued it (its issuer is empty)",
  webKey: "has a key of a kind that public certificates may not have (only RSA and P-256, P-384, P-521)",
  pose: "is no certificate authority, and claims to sign certificates or to constrain names",
  serialZero: "has the serial number 0",
  authorityKeyIdentifier: "does not name its issuer's key (no authority key identifier)",
  subjectKeyIdentifier: "is a certificate authority's, and does not name its key (no subject key identifier)",
  criticalAuthority: "is a certificate authority's, and does not say so in a critical extension",
  strayPathLength: "limits the length of paths, and is no certificate authority",
  criticalConstraints: "constrains names in an extension that is not critical",
  constraintSyntax: "constrains DNS names with a dot in front of them",
  policyConstraints: "has policy constraints that are not critical",
  nameless: "has an empty subject, and its alternative names are not critical",
  nameSyntax: "has a DNS name that is none (with an underscore, an address, a stray wildcard …)",
  webLeaf: "is a certificate authority's, where a server's own has to be",
  webNames: "has no alternative names, or critical ones beside a subject",
  commonName: "has a common name that is no exact copy of one of its alternative names",
  webPurpose: "has an extended key usage that is missing, critical or for any purpose",
  rootPurpose: "has an extended key usage, which public roots may not have",
  rootKeyIdentifier: "names another key than its own as its issuer's",
};

function predicate(
  rule: RuleName,
  subject: Certificate | TrustAnchor,
  about: string,
  question: Question,
): string {
  switch (rule) {
    case "version":
      return `is of X.509 version ${"version" in subject ? subject.version : 1}, where 3 is needed`;
    case "serialNumber":
      return "has a serial number that is negative or longer than 20 bytes";
    case "criticalExtensions": {
      const list =
        "extensions" in subject ? subject.extensions.unprocessedCritical : subject.unprocessedCritical;
      const names = list.map((identifier) => dottedForm(subject.der, identifier)).join(", ");
      return `has a critical extension that is not supported: ${names}`;
    }
    case "keyKind":
      return subject.publicKey.kind === "unsupported"
        ? `has a key that can't be used: ${keyInWords(subject.publicKey)}`
        : "is signed with a key that can't be used";
    case "keySize":
      return `has a key that is too weak, too large or oddly made: ${keyInWords(subject.publicKey)}`;
    case "brokenSignatureAlgorithm":
      return `is signed with ${algorithmName(subject)}, which can be forged`;
    case "signatureAlgorithm":
      return `is signed with ${algorithmName(subject)}, which is not supported`;
    case "pssParameters":
      return "is signed with other RSASSA-PSS parameters than its issuer's key is restricted to";
    case "signature":
      return about === ""
        ? "has a signature that is not from its own key, and names no other"
        : `has a signature that is not from the key of ${about}, which it names as its issuer`;
    case "authority":
      return "is no certificate authority, and signed a certificate all the same";
    case "certificateSigning":
      return "may not sign certificates (its key usage says so), and did";
    case "pathLength":
      return `has more intermediate certificates below it than it may have: ${about}`;
    case "depth":
      return `has more intermediate certificates above it than were asked for: ${about}`;
    case "distrusted":
      return "is not trusted for certificates as new as this one: its owner has to get one from another authority";
    case "nameConstraints":
      return `is for ${about}, which a certificate authority above it may not vouch for`;
    case "budget":
      return "has too many names, or too many or too costly ways to a trusted root to look at them all";
    case "purpose":
      return `may not be used for ${purposeInWords[question.purpose]}`;
    default:
      return about || formInWords[rule] || `breaks the rule ${rule}`;
  }
}

function algorithmName(subject: Certificate | TrustAnchor): string {
  return "signatureAlgorithm" in subject ? signatureInWords(subject) : "an algorithm";
}

function issuerInWords(certificate: Certificate, isLeaf: boolean, sameName: string): string {
  const issuer = nameToString(certificate.der, certificate.issuer) || "(no name)";
  const subject = isLeaf ? "" : `${nameOf(certificate)} was `;
  if (sameName !== "") {
    return `${subject}issued by ${issuer}, but with another key than that of the ${sameName} that is known`;
  }
  if (isSelfIssued(certificate)) {
    return isLeaf
      ? "self-signed certificate, which is not among the trusted roots"
      : `the chain ends with ${issuer}, which is not among the trusted roots`;
  }
  const hint = isLeaf ? "" : ", or a certificate between is missing";
  return `${subject}issued by ${issuer}, which no trusted root vouches for${hint}`;
}

const mostNames = 5;

function nameInWords(certificate: Certificate, { wanted }: Question): string {
  const { der, subject, extensions } = certificate;
  const names: string[] = [];
  for (const name of extensions.subjectAltName ?? []) {
    if (name.tag === generalNames.dNSName) names.push(visible(latin1(der, name)));
    else if (name.tag === generalNames.iPAddress)
      names.push(addressToString(der.subarray(name.start, name.end)));
    else if (name.tag === generalNames.rfc822Name && typeof wanted === "object" && wanted.kind === "email")
      names.push(visible(latin1(der, name)));
  }
  const want = `wanted ${wanted === "any" ? wanted : wanted.name}`;
  if (names.length > 0) return `certificate is for ${enumerate(names)}, ${want}`;
  const [common] = commonNames(der, subject);
  const hint = common === undefined ? "" : ` (only a common name, ${visible(common)}, which does not count)`;
  return `certificate is for no host at all${hint}, ${want}`;
}

function enumerate(names: readonly string[]): string {
  const shown = names.length > mostNames + 1 ? names.slice(0, mostNames) : names;
  const rest = names.length - shown.length;
  const all = rest > 0 ? [...shown, `${rest} others`] : shown;
  return all.length === 1 ? (all[0] as string) : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1]}`;
}

function datesInWords(notBefore: number, notAfter: number, time: number): string {
  if (time > notAfter) return `expired ${duration(time - notAfter)} ago (on ${dateInWords(notAfter, time)})`;
  return `will not be valid for another ${duration(notBefore - time)} (until ${dateInWords(notBefore, time)})`;
}

const units = [
  [365.25 * 86_400, "year"],
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

function duration(seconds: number): string {
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [1, "second"];
  const count = Math.max(1, Math.floor(seconds / size));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** The day; and the time of day where that makes the difference. */
export function dateInWords(seconds: number, near?: number): string {
  const text = new Date(seconds * 1000).toISOString();
  const isNear = near !== undefined && Math.abs(near - seconds) < 2 * 86_400;
  return isNear ? `${text.slice(0, 10)} at ${text.slice(11, 19)} UTC` : text.slice(0, 10);
}
