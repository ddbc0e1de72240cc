import { isString, latin1, stringOf } from "../der/strings.ts";
import { noBytes, toHex } from "../wire/bytes.ts";
import type { Certificate } from "./certificate.ts";
import { emailAddresses, isEmptyName, type NameAttribute, relativeNames } from "./distinguishedName.ts";
import type { NameConstraints } from "./extensions/nameConstraints.ts";
import { type GeneralName, generalNames } from "./generalName.ts";
import { hostName, mailbox } from "./mailbox.ts";
import { parseIPv4 } from "./names.ts";
import type { NamedPart } from "./verdict.ts";

/** Constraints, with the bytes that they stand in. */
export interface HeldConstraints {
  readonly der: Uint8Array;
  readonly value: NameConstraints;
}

/** What is spent by looking, over all paths, and what was made ready on the way. */
export interface ComparisonBudget {
  nameComparisons: number;
  names: Map<Certificate, readonly Comparable[]> | undefined;
  bases: Map<NameConstraints, Bases> | undefined;
}

export const comparisonBudget = (nameComparisons: number): ComparisonBudget => ({
  nameComparisons,
  names: undefined,
  bases: undefined,
});

interface Bases {
  readonly permitted: readonly Comparable[];
  readonly excluded: readonly Comparable[];
}

/** A name of a certificate, or the base of a subtree, made ready to be compared: once, however often that happens. */
interface Comparable {
  readonly tag: number;
  /** For the forms that are text: as it stands there, in lower case. */
  readonly text: string;
  /** The same without a dot in front, and what is behind the first dot in that. */
  readonly bare: string;
  readonly parent: string;
  /** The host in that text, in lower case; undefined where there is none that can be read. */
  readonly host: string | undefined;
  /** Of a mailbox, what stands before the host. A base without one stands for a host. */
  readonly local: string | undefined;
  /** For an address, and its mask behind it where it is a base. */
  readonly bytes: Uint8Array;
  /** For a directory name: its RDNs, each folded into one text. */
  readonly rdns: readonly string[];
  /** Where it stands. */
  readonly name: GeneralName;
}

/**
 * RFC 5280 §4.2.1.10: every name of a certificate has to be within the permitted subtrees of its form, if there are any,
 * and outside of the excluded ones. Answers with the first that is not, or with `spent`.
 */
export function constraintViolation(
  certificate: Certificate,
  { der, value }: HeldConstraints,
  budget: ComparisonBudget,
): NamedPart | "spent" | undefined {
  let names = budget.names?.get(certificate);
  if (names === undefined) {
    // To make names ready costs by their size.
    budget.nameComparisons -= 4 * certificate.der.length;
    if (budget.nameComparisons < 0) return "spent";
    names = [...namesOf(certificate)];
    budget.names ??= new Map();
    budget.names.set(certificate, names);
  }
  // Every pair counts before any is looked at, by its RDNs: what a form or an order would save decides nothing.
  const size = names.reduce((sum, { rdns }) => sum + Math.max(1, rdns.length), 0);
  budget.nameComparisons -= size * (value.permitted.length + value.excluded.length);
  if (budget.nameComparisons < 0) return "spent";
  let bases = budget.bases?.get(value);
  if (bases === undefined) {
    const comparables = (list: readonly GeneralName[]) => list.map((base) => comparable(der, base));
    bases = { permitted: comparables(value.permitted), excluded: comparables(value.excluded) };
    budget.bases ??= new Map();
    budget.bases.set(value, bases);
  }
  for (const name of names) {
    let isWithin = true;
    for (const base of bases.permitted) {
      if (base.tag !== name.tag) continue;
      isWithin = isInSubtree(name, base, "permitted");
      if (isWithin) break;
    }
    if (!isWithin) return { der: certificate.der, name: name.name };
    for (const base of bases.excluded) {
      if (base.tag === name.tag && isInSubtree(name, base, "excluded")) {
        return { der: certificate.der, name: name.name };
      }
    }
  }
  return undefined;
}

/** The subject, e-mail addresses in it, and the subjectAltName. */
function* namesOf({ der, subject, extensions }: Certificate): Generator<Comparable> {
  if (!isEmptyName(subject)) {
    yield comparable(der, { tag: generalNames.directoryName, ...subject });
    for (const { tag, value } of emailAddresses(der, subject)) {
      const name = { tag: generalNames.rfc822Name, ...value };
      yield { ...empty, ...mailbox(isString(tag) ? stringOf(der, tag, value) : ""), tag: name.tag, name };
    }
  }
  for (const name of extensions.subjectAltName ?? []) yield comparable(der, name);
}

const empty = {
  text: "",
  bare: "",
  parent: "",
  host: undefined,
  local: undefined,
  bytes: noBytes,
  rdns: [] as readonly string[],
};

function comparable(der: Uint8Array, name: GeneralName): Comparable {
  const { tag } = name;
  // The forms that are text.
  const given = tag < generalNames.iPAddress ? latin1(der, name) : "";
  const text = given.toLowerCase();
  const common = { ...empty, tag, name, text };
  switch (tag) {
    case generalNames.dNSName: {
      const bare = text.replace(/^\./, "");
      const parent = bare.slice(bare.indexOf(".") + 1);
      return { ...common, bare, parent, host: hostName.test(text) ? text : undefined };
    }
    case generalNames.rfc822Name:
      return { ...common, ...mailbox(given) };
    case generalNames.uniformResourceIdentifier:
      return { ...common, host: hostOfUri(text) };
    case generalNames.iPAddress:
      return { ...common, bytes: der.subarray(name.start, name.end) };
    case generalNames.directoryName:
      return { ...common, rdns: relativeNames(der, name).map((rdn) => foldedRdn(der, rdn)) };
    default:
      return common;
  }
}

/** Of a URI in lower case that has a host, and one that is a name (RFC 5280 §4.2.1.10). */
function hostOfUri(uri: string): string | undefined {
  const name = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:[\]]+)(?::\d*)?(?:[/?#]|$)/.exec(uri)?.[1];
  return name !== undefined && hostName.test(name) && parseIPv4(name) === undefined ? name : undefined;
}

/**
 * §7.1: text without regard to case, to the type of string or to how many spaces there are. Chains compare names by their
 * bytes, which is stricter; here the strict way would let an excluded name pass in another spelling.
 */
function foldedRdn(der: Uint8Array, rdn: readonly NameAttribute[]): string {
  return rdn
    .map(({ type, tag, value, element }) => {
      const text = isString(tag)
        ? stringOf(der, tag, value)
            .normalize("NFKC")
            .toLowerCase()
            // RFC 4518 §2.2: what is not seen is nothing.
            .replace(/\p{DI}/gu, "")
            .trim()
            .replace(/\s+/g, " ")
        : toHex(der.subarray(element.start, element.end));
      // Quoted, so that no value looks like the end of one and the beginning of another.
      return JSON.stringify([latin1(der, type), isString(tag), text]);
    })
    .sort()
    .join("\n");
}

/**
 * A name that can't be read, or of a form that is not known, is judged against itself: outside of what is permitted, and
 * within what is excluded.
 */
function isInSubtree(name: Comparable, base: Comparable, kind: "permitted" | "excluded"): boolean {
  const unclear = kind === "excluded";
  const { tag } = base;
  const { host = "" } = name;
  if (tag < generalNames.iPAddress && host === "") return unclear;
  switch (tag) {
    case generalNames.dNSName:
      return dnsIsWithin(host, base, unclear);
    case generalNames.rfc822Name:
      // §4.2.1.6: only the host is compared without regard to case.
      if (base.host !== undefined) return name.local === base.local && host === base.host;
      return hostIsWithin(host, base.text);
    case generalNames.uniformResourceIdentifier:
      return hostIsWithin(host, base.text);
    case generalNames.iPAddress:
      return addressIsWithin(name.bytes, base.bytes);
    case generalNames.directoryName:
      // §7.1: the base's RDNs are the first ones of the name.
      return base.rdns.every((rdn, i) => rdn === name.rdns[i]);
    default:
      return unclear;
  }
}

/** A host and all below it; with a dot in front, which the RFC does not have for this form but CAs do, only what is below. */
function dnsIsWithin(name: string, { text, bare, parent }: Comparable, isExcluded: boolean): boolean {
  if (text === "" || name === text) return true;
  if (name.endsWith(bare) && name[name.length - bare.length - 1] === ".") return true;
  // RFC 9525 has a wildcard stand for one label: so it may stand for the very host that is excluded.
  return isExcluded && name.startsWith("*.") && parent === name.slice(2);
}

/** All of a host, or with a dot in front all hosts below one. */
function hostIsWithin(name: string, base: string): boolean {
  return base === "" || (base.startsWith(".") ? name.endsWith(base) : name === base);
}

function addressIsWithin(address: Uint8Array, base: Uint8Array): boolean {
  const size = address.length;
  // IPv4 and IPv6 are forms of their own, although they share a tag: one never permits or excludes the other.
  if (base.length !== 2 * size) return false;
  for (let i = 0; i < size; i++) {
    const differing = (address[i] as number) ^ (base[i] as number);
    if ((differing & (base[size + i] as number)) !== 0) return false;
  }
  return true;
}
