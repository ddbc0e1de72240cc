import type { Span } from "../der/cursor.ts";
import { isString, latin1, stringOf } from "../der/strings.ts";
import { type Certificate, sameBytes } from "./certificate.ts";
import { emailAddresses, isEmptyName, type NameAttribute, relativeNames } from "./distinguishedName.ts";
import type { NameConstraints } from "./extensions/nameConstraints.ts";
import { type GeneralName, generalNames, generalNameToString } from "./generalName.ts";
import { parseIPv4, parseIPv6 } from "./names.ts";

/** Constraints, with the bytes that they stand in. */
export interface HeldConstraints {
  readonly der: Uint8Array;
  readonly value: NameConstraints;
}

/** What is spent by looking, over all paths. */
export interface ComparisonBudget {
  nameComparisons: number;
}

/** A name and what it says, to be held against constraints of its form. */
interface NameAtHand {
  readonly tag: number;
  readonly der: Uint8Array;
  readonly span: Span;
  /** For the forms that are text. */
  readonly text: string;
}

/**
 * RFC 5280 §4.2.1.10: every name of a certificate has to be within the permitted subtrees of its form, if there are any,
 * and outside of the excluded ones. Answers with the first that is not, in words, or with `spent`.
 */
export function constraintViolation(
  certificate: Certificate,
  constraints: HeldConstraints,
  budget: ComparisonBudget,
): { readonly name: string } | "spent" | undefined {
  const { permitted, excluded } = constraints.value;
  for (const name of namesOf(certificate)) {
    let isWithin = true;
    for (const base of permitted) {
      if (base.tag !== name.tag) continue;
      if (budget.nameComparisons-- <= 0) return "spent";
      isWithin = isInSubtree(name, constraints.der, base, "permitted");
      if (isWithin) break;
    }
    if (!isWithin) return { name: nameInWords(name) };
    for (const base of excluded) {
      if (base.tag !== name.tag) continue;
      if (budget.nameComparisons-- <= 0) return "spent";
      if (isInSubtree(name, constraints.der, base, "excluded")) return { name: nameInWords(name) };
    }
  }
  return undefined;
}

function nameInWords({ tag, der, span, text }: NameAtHand): string {
  return tag === generalNames.rfc822Name ? `email:${text}` : generalNameToString(der, { tag, ...span });
}

/** The subject, e-mail addresses in it, and the subjectAltName. */
function* namesOf({ der, subject, extensions }: Certificate): Generator<NameAtHand> {
  if (!isEmptyName(subject)) {
    yield { tag: generalNames.directoryName, der, span: subject, text: "" };
    for (const text of emailAddresses(der, subject)) {
      yield { tag: generalNames.rfc822Name, der, span: subject, text };
    }
  }
  for (const name of extensions.subjectAltName ?? []) {
    yield { tag: name.tag, der, span: name, text: isText(name.tag) ? latin1(der, name) : "" };
  }
}

const isText = (tag: number): boolean =>
  tag === generalNames.dNSName ||
  tag === generalNames.rfc822Name ||
  tag === generalNames.uniformResourceIdentifier;

/**
 * A name that can't be read, or of a form that is not known, is judged against itself: outside of what is permitted, and
 * within what is excluded.
 */
function isInSubtree(
  name: NameAtHand,
  der: Uint8Array,
  base: GeneralName,
  kind: "permitted" | "excluded",
): boolean {
  const unclear = kind === "excluded";
  switch (base.tag) {
    case generalNames.dNSName:
      return dnsIsWithin(name.text.toLowerCase(), latin1(der, base).toLowerCase(), kind);
    case generalNames.rfc822Name:
      return emailIsWithin(name.text, latin1(der, base)) ?? unclear;
    case generalNames.uniformResourceIdentifier:
      return uriIsWithin(name.text, latin1(der, base).toLowerCase()) ?? unclear;
    case generalNames.iPAddress:
      return addressIsWithin(name, der, base);
    case generalNames.directoryName:
      return directoryIsWithin(name, der, base);
    default:
      return unclear;
  }
}

const host = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** A host and all below it; with a dot in front, which the RFC does not have for this form but CAs do, only what is below. */
function dnsIsWithin(name: string, base: string, kind: "permitted" | "excluded"): boolean {
  if (!host.test(name)) return kind === "excluded";
  if (base === "" || name === base) return true;
  if (name.endsWith(base.startsWith(".") ? base : `.${base}`)) return true;
  // A wildcard may stand for the very host that is excluded (or, behind a dot, lies above what is excluded).
  if (kind === "permitted" || !name.startsWith("*.")) return false;
  const bare = base.startsWith(".") ? base.slice(1) : base;
  return bare.slice(bare.indexOf(".") + 1) === name.slice(2);
}

/** One mailbox, all of a host, or with a dot in front all hosts below one; undefined where the name is no mailbox. */
function emailIsWithin(name: string, base: string): boolean | undefined {
  const mailbox = splitMailbox(name);
  if (mailbox === undefined) return undefined;
  if (!base.includes("@")) return hostIsWithin(mailbox.host, base.toLowerCase());
  const wanted = splitMailbox(base);
  // §4.2.1.6: only the host is compared without regard to case.
  return wanted === undefined ? undefined : mailbox.local === wanted.local && mailbox.host === wanted.host;
}

/** As RFC 5321 §4.1.2 writes a mailbox: a quoted local part may hold an @. */
function splitMailbox(text: string): { local: string; host: string } | undefined {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, at), text.slice(at + 1).toLowerCase()];
  if (at < 1 || !host.test(domain) || domain.startsWith("*")) return undefined;
  if (!/^([^\s@"<>(),:;[\]\\]+|"([^"\\]|\\.)*")$/.test(local)) return undefined;
  return { local, host: domain };
}

const hostIsWithin = (name: string, base: string): boolean =>
  base === "" || (base.startsWith(".") ? name.endsWith(base) : name === base);

/** By the host of the URI, which has to have one that is a name; undefined where it has not. */
function uriIsWithin(uri: string, base: string): boolean | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1];
  const name = authority?.toLowerCase();
  if (
    name === undefined ||
    !host.test(name) ||
    parseIPv4(name) !== undefined ||
    parseIPv6(name) !== undefined
  ) {
    return undefined;
  }
  return hostIsWithin(name, base);
}

function addressIsWithin({ der, span }: NameAtHand, baseDer: Uint8Array, base: GeneralName): boolean {
  const size = span.end - span.start;
  // IPv4 and IPv6 are forms of their own, although they share a tag: one never permits or excludes the other.
  if (base.end - base.start !== 2 * size) return false;
  for (let i = 0; i < size; i++) {
    const differing = (der[span.start + i] as number) ^ (baseDer[base.start + i] as number);
    if ((differing & (baseDer[base.start + size + i] as number)) !== 0) return false;
  }
  return true;
}

/** §7.1: the base's RDNs are the first ones of the name. */
function directoryIsWithin({ der, span }: NameAtHand, baseDer: Uint8Array, base: GeneralName): boolean {
  const wanted = relativeNames(baseDer, base);
  const given = relativeNames(der, span);
  if (wanted.length > given.length) return false;
  return wanted.every((rdn, i) => {
    const other = given[i] ?? [];
    return (
      rdn.length === other.length &&
      rdn.every((attribute) => other.some((candidate) => sameAttribute(baseDer, attribute, der, candidate)))
    );
  });
}

/**
 * §7.1: text without regard to case, to the type of string or to how many spaces there are. Chains compare names by their
 * bytes, which is stricter; here the strict way would let an excluded name pass in another spelling.
 */
function sameAttribute(a: Uint8Array, inA: NameAttribute, b: Uint8Array, inB: NameAttribute): boolean {
  if (!sameBytes(a, inA.type, b, inB.type)) return false;
  if (sameBytes(a, inA.element, b, inB.element)) return true;
  if (!isString(inA.tag) || !isString(inB.tag)) return false;
  return folded(stringOf(a, inA.tag, inA.value)) === folded(stringOf(b, inB.tag, inB.value));
}

const folded = (text: string): string => text.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");
