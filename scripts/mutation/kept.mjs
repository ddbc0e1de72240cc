// @ts-check
// What is known of each file's mutants, between the runs that found it out and the page.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

/**
 * @typedef {{ line: number, mutator: string, text: string, replacement: string, status: string }} Mutant
 * @typedef {{ date: string, source: string, planned: number, mutants: Mutant[] }} Kept   of so many planned, what was tried
 */

const root = new URL("../../", import.meta.url);

/** @param {string} file */
function pathOf(file) {
  return new URL(`.mutation/${file}.json`, root);
}

/**
 * What was found out about the file as it stands now; undefined where it has changed since, or was never tried.
 *
 * @param {string} file
 * @returns {Kept | undefined}
 */
export function readKept(file) {
  const path = pathOf(file);
  if (!existsSync(path)) return undefined;
  const kept = /** @type {Kept} */ (JSON.parse(readFileSync(path, "utf8")));
  return kept.source === readFileSync(new URL(file, root), "utf8") ? kept : undefined;
}

/**
 * Keeps what a run found out; of mutants that it did not try, what an earlier one did.
 *
 * @param {string} file
 * @param {readonly Mutant[]} found
 * @param {number} planned how many there are to try
 */
export function keep(file, found, planned) {
  const keyOf = (/** @type {Mutant} */ { line, mutator, text, replacement }) =>
    JSON.stringify([line, mutator, text, replacement]);
  const tried = new Set(found.map(keyOf));
  const before = readKept(file);
  const earlier = (before?.mutants ?? []).filter((mutant) => !tried.has(keyOf(mutant)));
  const mutants = [...earlier, ...found].sort((a, b) => a.line - b.line);
  const path = pathOf(file);
  mkdirSync(new URL(".", path), { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  const source = readFileSync(new URL(file, root), "utf8");
  const all = Math.max(planned, before?.planned ?? 0);
  writeFileSync(path, JSON.stringify({ date, source, planned: all, mutants }, undefined, 1));
}

/**
 * Whether all of a file's mutants have been tried.
 *
 * @param {string} file
 */
export function isWhole(file) {
  const kept = readKept(file);
  return kept !== undefined && kept.mutants.length >= kept.planned;
}
