// @ts-check
// npm run page:rules [-- --check]: writes lab/page/ruleData.ts, what the lab page says of each rule of RFC 9846: its words, from
// test/rfc/requirements.json, and the lines of ours that keep it. Those are the refusals whose code the table of misdeeds joins
// with the rule, and the comments that name the rule. With --check nothing is written; a file that is not up to date is a failure.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readMisdeeds } from "./misdeeds.mjs";
import { refusalFiles, refusalsOf } from "./vitest/refusals.mjs";

/** @typedef {{ id: string, level: string, binds: string, when: string, alert: string | null, topic: string, rule: string }} Rule */

const page = "lab/page/ruleData.ts";
/** @param {string} path */
const here = (path) => new URL(`../${path}`, import.meta.url);
/** @param {string} path */
const read = (path) => readFileSync(here(path), "utf8");

/** @type {Rule[]} */
const rules = JSON.parse(read("test/rfc/requirements.json"));
const titles = JSON.parse(read("test/rfc/sections.json"));
const misdeeds = await readMisdeeds();

/** Code → the places where it is thrown; @type {Map<string, string[]>} */
const thrown = new Map([...misdeeds.keys()].map((code) => [code, []]));
for (const file of refusalFiles()) {
  for (const { codes, line } of refusalsOf(file, read(file))) {
    for (const code of new Set(codes)) thrown.get(code)?.push(`${file}:${line}`);
  }
}
// What a path breaks is a row of a table.
read("src/x509/rules.ts")
  .split("\n")
  .forEach((text, index) => {
    const [, code] = /\bcode: "(\w+)"/.exec(text) ?? [];
    if (code !== undefined) thrown.get(code)?.push(`src/x509/rules.ts:${index + 1}`);
  });

/** Rule → the places whose comment names it; @type {Map<string, string[]>} */
const named = new Map();
const known = new Set(rules.map(({ id }) => id));
for (const name of readdirSync(here("src"), { recursive: true, encoding: "utf8" }).sort()) {
  if (!name.endsWith(".ts")) continue;
  const file = `src/${name.replaceAll("\\", "/")}`;
  read(file)
    .split("\n")
    .forEach((text, index) => {
      for (const [, id] of text.matchAll(/(?:§|, )((?:[A-E]\.)?\d+(?:\.\d+)*\/\d+)/g)) {
        if (id === undefined || !known.has(id)) continue;
        named.set(id, [...(named.get(id) ?? []), `${file}:${index + 1}`]);
      }
    });
}

const ruleRows = rules.map(({ id, level, binds, when, alert, topic, rule }) => {
  const codes = [...misdeeds].filter(([, row]) => row.rules.includes(id)).map(([code]) => code);
  return [id, level, binds, when, alert, topic, rule, codes, named.get(id) ?? []];
});
const codeRows = [...misdeeds].map(([code, { alert, rules }]) => [code, alert, rules, thrown.get(code)]);

/** @param {readonly unknown[][]} rows */
const list = (rows) => rows.map((row) => `  ${JSON.stringify(row)},\n`).join("");
const text = `// Made by \`npm run page:rules\` from test/rfc/ and src/. Changes made here by hand are lost.

type Places = readonly string[];

/** id, level, whom it binds, when, alert, topic, its words, codes of the errors that name it, lines whose comments name it */
export const ruleRows: readonly (readonly [
  string,
  string,
  string,
  string,
  string | null,
  string,
  string,
  readonly string[],
  Places,
])[] = [
${list(ruleRows)}];

/** code, alert, rules, lines where it is thrown */
export const codeRows: readonly (readonly [string, string, readonly string[], Places])[] = [
${list(codeRows)}];

/** Section → its title. */
export const sectionTitles: Readonly<Record<string, string>> = ${JSON.stringify(titles, null, 2)};
`;

if (process.argv.includes("--check")) {
  const current = existsSync(here(page)) ? read(page) : "";
  if (current !== text) {
    console.error(`${page} is not up to date: npm run page:rules writes it anew`);
    process.exit(1);
  }
} else writeFileSync(here(page), text);
console.log(`${ruleRows.length} rules, ${codeRows.length} codes`);
