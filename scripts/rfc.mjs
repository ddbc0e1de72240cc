// @ts-check
// npm run rfc [-- --check]: joins the rules of RFC 9846 with the tests that show them, and writes docs/rfc9846.md.
//
// A test names its rules in square brackets at the end of its name: "refuses a share in a group not offered [4.3.8/11]".
// With --check nothing is written; what is wrong is listed, and so is a page that is not up to date.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readLocalCodes, readMisdeeds } from "./misdeeds.mjs";
import { collectTests } from "./vitest/tests.mjs";

/**
 * @typedef {object} Rule
 * @property {string} id
 * @property {string} level
 * @property {"client" | "server"} binds
 * @property {"send" | "receive" | "derive" | "store" | "configure"} when
 * @property {string | null} alert
 * @property {string} topic
 * @property {string} rule
 */
/** @typedef {{ title: string, variants: string[] }} Shown */

/** @param {string} path */
const here = (path) => new URL(`../${path}`, import.meta.url);
/** @param {string} path */
const json = (path) => JSON.parse(readFileSync(here(path), "utf8"));

const page = "docs/rfc9846.md";
/** Of the tests of one rule in one file, so many are listed; the rest of a long table is counted. */
const most = 12;

/** @type {Rule[]} */
const rules = json("test/rfc/requirements.json");
/** @type {Record<string, string>} */
const titles = json("test/rfc/sections.json");
/** @type {{ topics: string[], untested: Record<string, string> }} */
const { topics: claimed, untested } = json("test/rfc/claims.json");
const misdeeds = await readMisdeeds();
const codes = new Set([...misdeeds.keys(), ...(await readLocalCodes())]);
const tests = await collectTests();

/** @type {string[]} */
const problems = [];
const byId = new Map(rules.map((rule) => [rule.id, rule]));

/** Rule → file → title → the tests; @type {Map<string, Map<string, Map<string, Shown>>>} */
const shown = new Map();
for (const { file, title, variant, ids } of tests) {
  for (const id of ids) {
    if (!byId.has(id)) {
      if (!codes.has(id)) {
        problems.push(`${file}: "${title}" names [${id}], which is neither a rule nor the code of an error`);
      }
      continue;
    }
    const files = getOr(shown, id, () => new Map());
    const titles = getOr(files, file, () => new Map());
    const { variants } = getOr(titles, title, () => ({ title, variants: /** @type {string[]} */ ([]) }));
    if (variant !== undefined && !variants.includes(variant)) variants.push(variant);
  }
}

/** Rule → the codes of the errors that name it; @type {Map<string, string[]>} */
const errors = new Map();
for (const [code, row] of misdeeds) {
  for (const id of row.rules) {
    if (byId.has(id)) getOr(errors, id, () => []).push(code);
    else problems.push(`src/wire/misdeeds.ts: ${code} names [${id}], which is no rule`);
  }
}

for (const topic of claimed) {
  if (!rules.some((rule) => rule.topic === topic))
    problems.push(`test/rfc/claims.json: no rule has the topic ${topic}`);
}
for (const [id, reason] of Object.entries(untested)) {
  if (!byId.has(id)) problems.push(`test/rfc/claims.json: [${id}] is no rule`);
  else if (shown.has(id))
    problems.push(`test/rfc/claims.json: [${id}] has tests by now, so its reason is out of date`);
  else if (reason.trim() === "") problems.push(`test/rfc/claims.json: [${id}] has an empty reason`);
}
for (const rule of rules) {
  if (stateOf(rule) === "open" && claimed.includes(rule.topic)) {
    problems.push(`[${rule.id}] (${rule.topic}) has neither a test nor a reason: ${rule.rule}`);
  }
}

const text = write();
if (process.argv.includes("--check")) {
  const current = existsSync(here(page)) ? readFileSync(here(page), "utf8") : "";
  if (current !== text) problems.push(`${page} is not up to date: npm run rfc writes it anew`);
} else {
  mkdirSync(here("docs"), { recursive: true });
  writeFileSync(here(page), text);
}

for (const problem of problems) console.error(problem);
const sum = count(rules);
console.log(
  `${problems.length === 0 ? "" : "\n"}${sum.rules} rules: ${sum.shown} shown by tests, ` +
    `${sum.reasoned} with a reason, ${sum.open} open; ${problems.length} problems`,
);
process.exit(problems.length === 0 ? 0 : 1);

// ------------------------------------------------------------------------------------------------------- the page

function write() {
  const all = count(rules);
  const ours = count(rules.filter((rule) => claimed.includes(rule.topic)));
  const lines = [
    "<!-- Written by `npm run rfc` from test/rfc/ and the names of the tests. Changes made here by hand are lost. -->",
    "",
    "# RFC 9846, rule by rule",
    "",
    ...wrapped(
      `What RFC 9846 (TLS 1.3) asks of a client, as ${all.rules} rules, and for each the tests of this project that show ` +
        "it. A test is named under a rule only if it fails once the code that keeps the rule is gone; for every check of " +
        "what a server sends, `npm run test:checks` sees to that by taking out each in turn. A rule that no test can show " +
        'says why. Whoever doubts a line can run it: `npx vitest run -t "part of its name"`.',
    ),
    "",
    ...wrapped(
      "The rules are a reading in our own words, numbered by section. They are no substitute for the RFC, which holds " +
        "where the two differ. Beside each rule stand",
    ),
    "",
    "- its level, in the RFC's keywords (*stated* where the RFC uses none);",
    "- when it applies, and *the server's duty* where it binds the server and this client enforces it;",
    "- the alert that the RFC demands, if it names one;",
    "- the `code` of the errors by which this client reports that the rule was broken.",
    "",
    "| mark | meaning |",
    "| :---: | --- |",
    "| ✓ | shown by the tests below it |",
    "| ◇ | shown by no test, for the reason below it |",
    "| ○ | open: its topic is not claimed yet |",
    "",
    "## Where it stands",
    "",
    ...wrapped(
      `This project answers for ${claimed.length} topics with ${plural(ours.rules, "rule")}: ${ours.shown} are shown by ` +
        `tests, ${ours.reasoned} have a reason, ${ours.open === 0 ? "none is" : `${ours.open} are`} open.`,
    ),
    "",
    ...topicTable(),
    "",
    "## Contents",
    "",
    ...contents(),
    "",
    ...sections(),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function topicTable() {
  const row = (/** @type {string} */ name, /** @type {Rule[]} */ list) => {
    const { rules, shown, reasoned, open } = count(list);
    return `| ${name} | ${rules} | ${shown || ""} | ${reasoned || ""} | ${open || ""} |`;
  };
  const of = (/** @type {string} */ topic) => rules.filter((rule) => rule.topic === topic);
  const others = [...new Set(rules.map((rule) => rule.topic))].filter((topic) => !claimed.includes(topic));
  return [
    "| topic | rules | ✓ shown | ◇ with a reason | ○ open |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...claimed.map((topic) => row(spaced(topic), of(topic))),
    ...others.map((topic) => row(`*${spaced(topic)}, not claimed yet*`, of(topic))),
    row("**all**", rules),
  ];
}

function contents() {
  const lines = [];
  for (const section of allSections()) {
    const list = rulesOf(section);
    const depth = section.startsWith("RFC") ? 0 : section.split(".").length - 1;
    const counts = list.length === 0 ? "" : `: ${plural(list.length, "rule")}`;
    lines.push(`${"  ".repeat(depth)}- [${headingOf(section)}](#${slugOf(headingOf(section))})${counts}`);
  }
  return lines;
}

function sections() {
  const lines = [];
  for (const section of allSections()) {
    const depth = section.startsWith("RFC") ? 1 : section.split(".").length;
    lines.push(`${"#".repeat(Math.min(depth + 1, 4))} ${headingOf(section)}`, "");
    for (const rule of rulesOf(section)) lines.push(...ruleEntry(rule), "");
  }
  return lines;
}

/** @param {Rule} rule */
function ruleEntry(rule) {
  const state = stateOf(rule);
  const mark = { shown: "✓", reasoned: "◇", open: "○" }[state];
  const phrases = {
    send: "sending",
    receive: "on receipt",
    derive: "deriving",
    store: "storing",
    configure: "configured",
  };
  const facts = [rule.level === "text" ? "stated" : rule.level, phrases[rule.when]];
  if (rule.binds === "server") facts.push("the server's duty");
  if (rule.alert !== null) facts.push(`alert \`${rule.alert}\``);
  const named = errors.get(rule.id) ?? [];
  if (named.length > 0)
    facts.push(`${named.length === 1 ? "error" : "errors"} ${named.map((code) => `\`${code}\``).join(", ")}`);
  const lines = [
    `${mark} **${rule.id}** · ${facts.join(" · ")} <a id="${anchorOf(rule.id)}"></a>`,
    "",
    `> ${escaped(rule.rule)}`,
    "",
  ];
  if (state === "reasoned") lines.push(`No test: ${untested[rule.id]}`);
  else if (state === "open")
    lines.push(claimed.includes(rule.topic) ? "**Open.**" : "Open: not claimed yet.");
  else {
    for (const [file, titles] of [...(shown.get(rule.id) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
      lines.push(`- [${file}](../${file})`);
      const list = [...titles.values()];
      for (const { title, variants } of list.slice(0, most)) {
        const both = variants.length === 0 ? "" : ` (${variants.join(", ")})`;
        lines.push(`  - ${escaped(title)}${both}`);
      }
      if (list.length > most) lines.push(`  - … and ${list.length - most} more like these`);
    }
  }
  return lines;
}

/** The sections in the order of the document, each after those that it is part of. */
function allSections() {
  /** @type {Set<string>} */
  const sections = new Set();
  for (const { id } of rules) {
    const section = id.slice(0, id.lastIndexOf("/"));
    const parts = section.split(".");
    if (!section.startsWith("RFC"))
      for (const i of parts.keys()) sections.add(parts.slice(0, i + 1).join("."));
    sections.add(section);
  }
  return sections;
}

/** @param {string} section */
function rulesOf(section) {
  return rules.filter(({ id }) => id.slice(0, id.lastIndexOf("/")) === section);
}

/** @param {string} section */
function headingOf(section) {
  return `${section} ${titles[section]}`;
}

/** @param {string} id */
function anchorOf(id) {
  return `r-${id.replace(/[ §]+/g, "-").replace("/", "-").toLowerCase()}`;
}

/** @param {Rule} rule @returns {"shown" | "reasoned" | "open"} */
function stateOf(rule) {
  if (shown.has(rule.id)) return "shown";
  return untested[rule.id] === undefined ? "open" : "reasoned";
}

/** @param {Rule[]} list */
function count(list) {
  const states = list.map(stateOf);
  const of = (/** @type {string} */ state) => states.filter((each) => each === state).length;
  return { rules: list.length, shown: of("shown"), reasoned: of("reasoned"), open: of("open") };
}

/** @param {string} heading What GitHub makes of it. */
function slugOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^a-z0-9 _-]/g, "")
    .replaceAll(" ", "-");
}

/** @param {string} text */
function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1] ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= 110) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @param {string} topic */
function spaced(topic) {
  return topic.replaceAll("_", " ");
}

/** @param {string} text What Markdown would take for its own. */
function escaped(text) {
  return text.replace(/[*<`|]/g, "\\$&");
}

/** @param {number} count @param {string} noun */
function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * @template K, V
 * @param {Map<K, V>} map
 * @param {K} key
 * @param {() => V} make
 * @returns {V}
 */
function getOr(map, key, make) {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
