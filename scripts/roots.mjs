// @ts-check
// npm run roots -- CERTDATA --version 2.86 --date 2026-04-09: makes the lists of Mozilla's roots from NSS's certdata.txt.
// npm run roots -- --check CERTDATA: compares them with it, and writes nothing.
//
// certdata.txt is in NSS (lib/ckfw/builtins) and in Debian's source packages of nss and ca-certificates; its version stands
// in nssckbi.h beside it (NSS_BUILTINS_LIBRARY_VERSION), and its date is that of the commit.

import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { element, sequence } from "../src/der/writer.ts";
import { markOf } from "../src/trust/keyMark.ts";
import { fromAscii } from "../src/wire/bytes.ts";
import { trustedForServers } from "./certdata.mjs";

/** @typedef {import("./certdata.mjs").Root} Root */

const listFile = "src/roots/mozilla.ts";
const marksFile = "src/trust/mozillaMarks.ts";
const expectationsFile = "test/vectors/mozilla-roots.json";

const { values: given, positionals } = parseArgs({
  options: { check: { type: "boolean" }, version: { type: "string" }, date: { type: "string" } },
  allowPositionals: true,
});
const [path] = positionals;
const bytes = readFileSync(path ?? fail("expected the path of certdata.txt"));
const roots = trustedForServers(bytes.toString("utf8"));
const source = sourceOf();

/** @type {readonly (readonly [file: string, text: string])[]} */
const made = [
  [listFile, listOf(roots)],
  [marksFile, marksOf(roots)],
  [expectationsFile, expectationsOf(roots)],
];
if (given.check) {
  const stale = made.filter(([file, text]) => read(file) !== text).map(([file]) => file);
  if (stale.length > 0) fail(`not what ${path} says: ${stale.join(", ")}`);
} else {
  for (const [file, text] of made) writeFileSync(here(file), text);
}
console.log(`${roots.length} roots of certdata.txt ${source.version} (${source.date})`);

/** Which list it is; to compare, the one that was taken last. */
function sourceOf() {
  const sha256 = hex(bytes);
  if (given.check) return { ...JSON.parse(read(expectationsFile)).source, sha256 };
  const { version = fail("expected --version"), date = fail("expected --date") } = given;
  return { version, date, sha256 };
}

/** @param {string} what */
function header(what) {
  return `// This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not
// distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.
//
// ${what}
// Made by scripts/roots.mjs from NSS's certdata.txt, version ${source.version} of ${source.date}; not to be edited.
// SHA-256 of certdata.txt: ${source.sha256}
`;
}

/** @param {readonly Root[]} list */
function listOf(list) {
  const rows = list.map((root) => {
    const { label, subject, spki, distrustAfter, pathLength, permitted } = root;
    const limits = [
      distrustAfter === undefined ? "" : `, distrustAfter: ${distrustAfter}`,
      pathLength === undefined ? "" : `, pathLength: ${pathLength}`,
      permitted.length === 0 ? "" : `, nameConstraints: "${base64(constraints(permitted))}"`,
    ];
    return `  // ${label}\n  { subject: "${base64(subject)}", spki: "${base64(spki)}"${limits.join("")} },\n`;
  });
  return `${header("Mozilla's roots for servers: names, keys and limits.")}
/** Of which list of Mozilla's these are the roots, and when that was the newest. */
export const listVersion = { version: "${source.version}", date: "${source.date}" } as const;

/** A root: DER in base64. */
export interface ListedRoot {
  readonly subject: string;
  readonly spki: string;
  /** Seconds since 1970. */
  readonly distrustAfter?: number;
  readonly pathLength?: number;
  readonly nameConstraints?: string;
}

// biome-ignore format: a line a root
export const listed: readonly ListedRoot[] = [
${rows.join("")}];
`;
}

/** @param {readonly Root[]} list */
function marksOf(list) {
  const isLimited = (/** @type {Root} */ { distrustAfter, permitted }) =>
    distrustAfter !== undefined || permitted.length > 0;
  const limited = unique(list.filter(isLimited));
  const others = unique(list.filter((root) => !isLimited(root)));
  const marks = [...limited, ...others].map(({ spki }) => markOf(spki));
  if (new Set(marks.map(hex)).size < marks.length) fail("two keys have the same mark");
  const rows = limited.map(({ label, distrustAfter, permitted }) => {
    const limits = [
      distrustAfter === undefined ? "" : `distrustAfter: ${distrustAfter}`,
      permitted.length === 0 ? "" : `nameConstraints: "${base64(constraints(permitted))}"`,
    ];
    return `  // ${label}\n  { ${limits.filter((limit) => limit !== "").join(", ")} },\n`;
  });
  return `${header("By what keys on Mozilla's list of roots for servers are known, and what limits some of them.")}
/** What limits the first keys, in their order. Dates in seconds since 1970, NameConstraints as DER in base64. */
export const limits: readonly { readonly distrustAfter?: number; readonly nameConstraints?: string }[] = [
${rows.join("")}];

/** Eight bytes a key, in base64. */
export const marks =
  "${base64(Buffer.concat(marks))}";
`;
}

/** One root a key: some keys have two certificates. @param {readonly Root[]} list */
function unique(list) {
  return [...new Map(list.map((root) => [hex(root.spki), root])).values()];
}

/** What tests compare with, by a reader that is not ours. @param {readonly Root[]} list */
function expectationsOf(list) {
  const rows = list.map(({ label, certificate, distrustAfter, pathLength, permitted }) => {
    const { publicKey } = new X509Certificate(certificate);
    return JSON.stringify({
      label,
      sha256: hex(certificate),
      spki: hex(publicKey.export({ format: "der", type: "spki" })),
      ...(distrustAfter === undefined ? {} : { distrustAfter: new Date(distrustAfter * 1000).toISOString() }),
      ...(pathLength === undefined ? {} : { pathLength }),
      ...(permitted.length === 0 ? {} : { permitted }),
    });
  });
  return `{\n"source": ${JSON.stringify(source)},\n"roots": [\n${rows.join(",\n")}\n]\n}\n`;
}

/** NameConstraints that permit DNS names. @param {readonly string[]} names */
function constraints(names) {
  const dnsName = 0x82;
  const bases = names.map((name) => sequence(element(dnsName, fromAscii(name))));
  return sequence(element(0xa0, ...bases));
}

/** @param {Uint8Array} value */
function base64(value) {
  return Buffer.from(value).toString("base64");
}

/** SHA-256. @param {Uint8Array} value */
function hex(value) {
  return createHash("sha256").update(value).digest("hex");
}

/** @param {string} file */
function here(file) {
  return new URL(`../${file}`, import.meta.url);
}

/** @param {string} file */
function read(file) {
  return existsSync(here(file)) ? readFileSync(here(file), "utf8") : "";
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
