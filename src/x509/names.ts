import { latin1 } from "../der/strings.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { Certificate } from "./certificate.ts";
import { type GeneralName, generalNames } from "./generalName.ts";
import { mailbox } from "./mailbox.ts";

/** What the caller wanted to reach (RFC 9525 §2: the reference identity). */
export type ReferenceName =
  /** In lower case, without a trailing dot. */
  | { readonly kind: "dns"; readonly name: string }
  | { readonly kind: "ip"; readonly name: string; readonly address: Bytes }
  /** A mailbox (RFC 5321 §4.1.2); its domain in lower case. */
  | { readonly kind: "email"; readonly name: string; readonly local: string; readonly domain: string };

// Letters, digits and hyphens (RFC 1123 §2.1), and the underscore that hosts of private networks carry.
const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A DNS name (a Unicode one becomes A-labels) or an IP address in any spelling; undefined where it is neither. */
export function parseReferenceName(text: string): ReferenceName | undefined {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const address = parseIPv4(bare) ?? parseIPv6(bare);
  if (address !== undefined) return { kind: "ip", name: bare, address };
  const ascii = /^[\x21-\x7e]+$/.test(text) ? text : aLabels(text);
  if (ascii === undefined) return undefined;
  // RFC 9525 §6.3: compared without regard to case; the dot of the root is no part of a name in a certificate.
  const name = ascii.toLowerCase().replace(/\.$/, "");
  const labels = name.split(".");
  if (name.length > 253 || !labels.every((one) => label.test(one))) return undefined;
  // What ends in a number, decimal or hexadecimal, is read as an address elsewhere (URL standard), so it can't be a name here.
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) as string)) return undefined;
  return { kind: "dns", name };
}

/** By the URL parser, which every runtime has; a name that turns into an address is none. */
function aLabels(text: string): string | undefined {
  if (/[\s/?#@\\%:[\]]/.test(text)) return undefined;
  try {
    const { hostname } = new URL(`http://${text}`);
    return parseIPv4(hostname) === undefined ? hostname : undefined;
  } catch {
    return undefined;
  }
}

/** Dotted decimal, four parts, no zeros in front: other spellings mean other things to other readers. */
export function parseIPv4(text: string): Bytes | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part <= 255) ? new Uint8Array(parts) : undefined;
}

/** RFC 4291 §2.2: any spelling, the last 32 bits dotted or not. */
export function parseIPv6(text: string): Bytes | undefined {
  let groups = text;
  const lastColon = text.lastIndexOf(":");
  if (lastColon < 0) return undefined;
  const tail = parseIPv4(text.slice(lastColon + 1));
  if (tail !== undefined) {
    const group = (i: number): string => (((tail[i] as number) << 8) | (tail[i + 1] as number)).toString(16);
    groups = `${text.slice(0, lastColon + 1)}${group(0)}:${group(2)}`;
  }
  const halves = groups.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", rest] = halves;
  const before = head === "" ? [] : head.split(":");
  const after = rest === undefined || rest === "" ? [] : rest.split(":");
  const missing = 8 - before.length - after.length;
  if (rest === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...before, ...new Array<string>(missing).fill("0"), ...after];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return new Uint8Array(
    all.map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 0xff]),
  );
}

/**
 * The name in a certificate's subjectAltName that is the wanted one. Neither its common name (RFC 9525 §2) nor an
 * emailAddress of its subject is looked at. No wildcard is taken below a domain that is said to be a public suffix.
 */
export function findName(
  { der, extensions }: Certificate,
  wanted: ReferenceName,
  isPublicSuffix?: (domain: string) => boolean,
): GeneralName | undefined {
  const wantedTag = tagOf[wanted.kind];
  for (const name of extensions.subjectAltName ?? []) {
    if (name.tag === wantedTag && isWanted(der, name, wanted, isPublicSuffix)) return name;
  }
  return undefined;
}

// RFC 9525 §6.4: an address is never compared with a dNSName that looks like one.
const tagOf = {
  dns: generalNames.dNSName,
  ip: generalNames.iPAddress,
  email: generalNames.rfc822Name,
} as const;

function isWanted(
  der: Uint8Array,
  name: GeneralName,
  wanted: ReferenceName,
  isPublicSuffix: ((domain: string) => boolean) | undefined,
): boolean {
  switch (wanted.kind) {
    case "dns":
      return dnsMatches(der, name, wanted.name, isPublicSuffix);
    case "ip":
      return isAddress(der, name, wanted.address);
    case "email": {
      const { local, host } = mailbox(latin1(der, name));
      return local === wanted.local && host === wanted.domain;
    }
  }
}

/** `user@a.example`; undefined for what is no mailbox of a host with a name (RFC 5321 §4.1.2). */
export function parseMailbox(text: string): ReferenceName | undefined {
  const { local, host } = mailbox(text);
  return local === undefined || host === undefined
    ? undefined
    : { kind: "email", name: text, local, domain: host };
}

function isAddress(der: Uint8Array, { start, end }: GeneralName, address: Uint8Array): boolean {
  if (end - start !== address.length) return false;
  for (let i = 0; i < address.length; i++) if (der[start + i] !== address[i]) return false;
  return true;
}

/**
 * RFC 9525 §6.3: equal without regard to case, or `*` as the whole left-most label in place of exactly one. Two labels at
 * least stand behind it, so that nobody holds a certificate for all of a top-level domain.
 */
function dnsMatches(
  der: Uint8Array,
  { start, end }: GeneralName,
  wanted: string,
  isPublicSuffix: ((domain: string) => boolean) | undefined,
): boolean {
  if (der[start] !== 0x2a) return equalsIgnoringCase(der, start, end, wanted, 0);
  const dot = wanted.indexOf(".");
  if (dot < 0 || wanted.indexOf(".", dot + 1) < 0) return false;
  return (
    equalsIgnoringCase(der, start + 1, end, wanted, dot) && isPublicSuffix?.(wanted.slice(dot + 1)) !== true
  );
}

/** Whether bytes, in any case, are the rest of a text that is in lower case. */
function equalsIgnoringCase(
  der: Uint8Array,
  start: number,
  end: number,
  text: string,
  from: number,
): boolean {
  if (end - start !== text.length - from) return false;
  for (let i = 0; i < end - start; i++) {
    const byte = der[start + i] as number;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text.charCodeAt(from + i)) return false;
  }
  return true;
}
