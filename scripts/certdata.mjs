// @ts-check
// Reads certdata.txt, NSS's list of roots: which of them Mozilla trusts for servers, and within which limits.

import { createHash } from "node:crypto";
import { anchorFromCertificate } from "../src/x509/trustAnchor.ts";

/**
 * @typedef {object} Root
 * @property {string} label
 * @property {Uint8Array<ArrayBuffer>} certificate
 * @property {Uint8Array} subject with its header
 * @property {Uint8Array} spki
 * @property {number | undefined} pathLength
 * @property {number | undefined} distrustAfter seconds since 1970
 * @property {readonly string[]} permitted DNS names
 */
/** @typedef {Map<string, string | Uint8Array<ArrayBuffer>>} Entry an object of the list: attribute → value */

/**
 * The name constraints that NSS has in its code (lib/certdb/genname.c) and not in its list: subject → names that are
 * permitted. The other row there, of IGC/A, is for a root that left the list.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const imposed = { "TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1": [".tr"] };

/** @param {string} text @returns {readonly Root[]} */
export function trustedForServers(text) {
  const entries = readEntries(text);
  const trusts = new Map(
    entries
      .filter((entry) => entry.get("CKA_CLASS") === "CKO_NSS_TRUST")
      .map((entry) => [identityOf(entry), entry]),
  );
  return entries
    .filter((entry) => entry.get("CKA_CLASS") === "CKO_CERTIFICATE")
    .flatMap((entry) => {
      const trust = trusts.get(identityOf(entry));
      return trust?.get("CKA_TRUST_SERVER_AUTH") === "CKT_NSS_TRUSTED_DELEGATOR"
        ? [rootOf(entry, trust)]
        : [];
    });
}

/** @param {Entry} entry @param {Entry} trust @returns {Root} */
function rootOf(entry, trust) {
  const label = JSON.parse(String(entry.get("CKA_LABEL")));
  const certificate = bytesOf(entry, "CKA_VALUE");
  const sha1 = createHash("sha1").update(certificate).digest();
  if (!sha1.equals(bytesOf(trust, "CKA_CERT_SHA1_HASH")))
    throw new Error(`${label}: the hash is another one`);
  const anchor = anchorFromCertificate(certificate);
  const subject = certificate.subarray(anchor.subject.start, anchor.subject.end);
  if (!equal(subject, bytesOf(entry, "CKA_SUBJECT"))) throw new Error(`${label}: the subject is another one`);
  if (
    anchor.publicKey.kind === "unsupported" ||
    !anchor.mayIssue ||
    anchor.nameConstraints !== undefined ||
    anchor.unprocessedCritical.length > 0
  ) {
    throw new Error(`${label}: has what the compact form has no place for`);
  }
  return {
    label,
    certificate,
    subject,
    spki: anchor.publicKey.spki,
    pathLength: anchor.pathLength,
    distrustAfter: distrustOf(entry, trust),
    permitted: imposed[label] ?? [],
  };
}

/**
 * NSS looks at the certificate's entry; of version 2.86 one root (Izenpe.com) has its date in the entry of its trust, where
 * it can only be meant for the same.
 *
 * @param {readonly Entry[]} entries
 */
function distrustOf(...entries) {
  const dates = entries
    .map((entry) => entry.get("CKA_NSS_SERVER_DISTRUST_AFTER"))
    .filter((value) => value instanceof Uint8Array)
    .map((value) => secondsOf(Buffer.from(value).toString("latin1")));
  return dates.length === 0 ? undefined : Math.min(...dates);
}

/** @param {string} text as UTCTime has it, without its header */
function secondsOf(text) {
  const [, year, month, day, hour, minute, second] =
    /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.map(Number) ?? [];
  if (year === undefined) throw new Error(`no date: ${text}`);
  return Date.UTC(2000 + year, /** @type {number} */ (month) - 1, day, hour, minute, second) / 1000;
}

/** @param {string} text @returns {Entry[]} */
function readEntries(text) {
  /** @type {Entry[]} */
  const entries = [];
  const lines = text.slice(text.indexOf("\nBEGINDATA\n")).split("\n").values();
  for (const line of lines) {
    const [, name, type, value = ""] = /^(CKA_\w+) (\w+)(?: (.*))?$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (name === "CKA_CLASS") entries.push(new Map());
    const entry = /** @type {Entry} */ (entries.at(-1));
    entry.set(name, type === "MULTILINE_OCTAL" ? readOctal(lines) : value);
  }
  return entries;
}

/** @param {Iterator<string>} lines */
function readOctal(lines) {
  const bytes = [];
  for (let { value, done } = lines.next(); value !== "END"; { value, done } = lines.next()) {
    if (done === true || !/^(\\[0-3][0-7]{2})+$/.test(value)) throw new Error(`no octal digits: ${value}`);
    for (const digits of value.slice(1).split("\\")) bytes.push(Number.parseInt(digits, 8));
  }
  return new Uint8Array(bytes);
}

/** @param {Entry} entry @param {string} name */
function bytesOf(entry, name) {
  const value = entry.get(name);
  if (!(value instanceof Uint8Array)) throw new Error(`${entry.get("CKA_LABEL")}: has no ${name}`);
  return value;
}

/** Issuer and serial number, by which a certificate and its trust belong together. @param {Entry} entry */
function identityOf(entry) {
  return ["CKA_ISSUER", "CKA_SERIAL_NUMBER"]
    .map((name) => (entry.has(name) ? Buffer.from(bytesOf(entry, name)).toString("hex") : ""))
    .join(" ");
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function equal(a, b) {
  return Buffer.compare(a, b) === 0;
}
