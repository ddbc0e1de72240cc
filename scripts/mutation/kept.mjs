// @ts-check
// What is known of each file's mutants. Between the runs that find it out it lies in .mutation/, mutant by mutant; what is known
// of whole files stays with the code, in results.json: what was noticed as numbers, what survived one by one.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

/**
 * @typedef {{ line: number, mutator: string, text: string, replacement: string, status: string }} Mutant
 * @typedef {object} Kept
 * @property {string} date
 * @property {string} source the SHA-256 of the file as it was tried
 * @property {number} planned how many there are to try
 * @property {Record<string, number>} settled how many have come to what, of those that are not told one by one
 * @property {Mutant[]} mutants
 */

const root = new URL("../../", import.meta.url);
const resultsFile = new URL("results.json", import.meta.url);

/** @param {string} file */
const pathOf = (file) => new URL(`.mutation/${file}.json`, root);

/** @param {string} file */
const hashOf = (file) =>
  createHash("sha256")
    .update(readFileSync(new URL(file, root)))
    .digest("hex");

/** @returns {Record<string, Kept>} */
const readResults = () => (existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : {});

/** @param {Mutant} mutant */
export const isUndecided = ({ status }) => !["Killed", "Timeout", "Ignored", "CompileError"].includes(status);

/** @param {Mutant} mutant */
const keyOf = ({ line, mutator, text, replacement }) => JSON.stringify([line, mutator, text, replacement]);

/**
 * What was found out about the file as it stands now; undefined where it has changed since, or was never tried.
 *
 * @param {string} file
 * @returns {Kept | undefined}
 */
export function readKept(file) {
  const source = hashOf(file);
  const path = pathOf(file);
  const here = existsSync(path) ? /** @type {Kept} */ (JSON.parse(readFileSync(path, "utf8"))) : undefined;
  if (here?.source === source) return here;
  const known = readResults()[file];
  return known?.source === source ? known : undefined;
}

/**
 * Keeps what a run found out; of mutants that it did not try, what an earlier one did.
 *
 * @param {string} file
 * @param {readonly Mutant[]} found
 * @param {number} planned how many there are to try
 */
export function keep(file, found, planned) {
  const before = readKept(file);
  const earlier = before?.mutants ?? [];
  const known = new Set(earlier.map(keyOf));
  const settled = before?.settled ?? {};
  // Those that are settled as numbers may be tried again on the lines of others, and count once.
  const news = Object.keys(settled).length === 0 ? found : found.filter((mutant) => known.has(keyOf(mutant)));
  const tried = new Set(news.map(keyOf));
  const mutants = [...earlier.filter((mutant) => !tried.has(keyOf(mutant))), ...news];
  mutants.sort((a, b) => a.line - b.line);
  const path = pathOf(file);
  mkdirSync(new URL(".", path), { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const all = Math.max(planned, before?.planned ?? 0);
  /** @type {Kept} */
  const kept = { date, source: hashOf(file), planned: all, settled, mutants };
  writeFileSync(path, JSON.stringify(kept, undefined, 1));
}

/**
 * How many of the planned ones have not been tried.
 *
 * @param {Kept} kept
 */
export function untriedOf({ planned, settled, mutants }) {
  return Math.max(
    0,
    Object.values(settled).reduce((left, count) => left - count, planned - mutants.length),
  );
}

/**
 * Whether all of a file's mutants have been tried.
 *
 * @param {string} file
 */
export function isWhole(file) {
  const kept = readKept(file);
  return kept !== undefined && untriedOf(kept) === 0;
}

/**
 * With numbers for all that is decided.
 *
 * @param {Kept} kept
 * @returns {Kept}
 */
export function settle(kept) {
  const settled = { ...kept.settled };
  for (const { status } of kept.mutants.filter((one) => !isUndecided(one))) {
    settled[status] = (settled[status] ?? 0) + 1;
  }
  return { ...kept, settled, mutants: kept.mutants.filter(isUndecided) };
}

/**
 * Writes down what is known of whole files, so that others need not find it out again.
 *
 * @param {readonly string[]} files
 */
export function keepResults(files) {
  /** @type {Record<string, Kept>} */
  const results = {};
  for (const file of files) {
    const kept = readKept(file);
    if (kept !== undefined && untriedOf(kept) === 0) results[file] = settle(kept);
  }
  writeFileSync(resultsFile, `${JSON.stringify(results, undefined, 2)}\n`);
}
