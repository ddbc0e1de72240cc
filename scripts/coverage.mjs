// @ts-check
// npm run coverage [-- --page]: the whole suite with V8's coverage, and docs/coverage.md from it.
//
// What only child processes run (the command, the peers of interop) is not counted. `--page` writes the page again from
// the last run. A line or a branch that no test reaches is named, with its reason from scripts/coverage/unreached.json.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";

/**
 * @typedef {{ start: { line: number, column: number }, end: { line: number, column: number } }} Range
 * @typedef {object} FileCoverage   istanbul's form
 * @property {string} path
 * @property {Record<string, Range>} statementMap
 * @property {Record<string, { type: string, loc: Range, locations: Partial<Range>[] }>} branchMap
 * @property {Record<string, number>} s
 * @property {Record<string, number[]>} b
 * @typedef {{ covered: number, all: number }} Share
 * @typedef {{ file: string, lines: Share, branches: Share, unreached: { line: number, what: string, text: string }[] }} Row
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const found = `${root}coverage/coverage-final.json`;
const reasonsFile = new URL("coverage/unreached.json", import.meta.url);
/** Every file of these has a row of its own, and all that is unreached in them is named. */
const rooms = ["handshake", "record", "messages", "keyschedule", "x509"];

if (!process.argv.includes("--page")) {
  const vitest = await startVitest("test", [], {
    watch: false,
    // Counting makes everything slower.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      enabled: true,
      provider: "v8",
      reporter: ["text-summary", "html", "json"],
      // One test that failed is no reason to lose twenty minutes: `--page` goes on from here.
      reportOnFailure: true,
    },
  });
  await vitest.close();
  if ((process.exitCode ?? 0) !== 0) process.exit();
}
if (!existsSync(found)) {
  console.error("No run has been kept: npm run coverage.");
  process.exit(1);
}

/** @type {Record<string, FileCoverage>} */
const coverage = JSON.parse(readFileSync(found, "utf8"));
/** @type {Record<string, string>} */
const reasons = existsSync(reasonsFile) ? JSON.parse(readFileSync(reasonsFile, "utf8")) : {};
const used = new Set();

/** @param {FileCoverage} of @returns {Row} */
function rowOf({ path, statementMap, branchMap, s, b }) {
  const file = relative(root, path).replaceAll("\\", "/");
  const source = readFileSync(path, "utf8").split("\n");
  /** @type {Map<number, number>} */
  const lines = new Map();
  for (const [id, { start }] of Object.entries(statementMap)) {
    lines.set(start.line, Math.max(lines.get(start.line) ?? 0, s[id] ?? 0));
  }
  const unreached = [...lines]
    .filter(([, count]) => count === 0)
    .map(([line]) => ({ line, what: "line", text: (source[line - 1] ?? "").trim() }));
  let branches = 0;
  let covered = 0;
  for (const [id, { type, loc, locations }] of Object.entries(branchMap)) {
    for (const [i, count] of (b[id] ?? []).entries()) {
      branches++;
      if (count > 0) covered++;
      else {
        // An else that is not written has no place of its own.
        const line = locations[i]?.start?.line ?? loc.start.line;
        const what = type === "if" ? (i === 0 ? "if" : "else") : type;
        if (lines.get(line) !== 0) unreached.push({ line, what, text: (source[line - 1] ?? "").trim() });
      }
    }
  }
  const reached = lines.size - [...lines.values()].filter((count) => count === 0).length;
  return {
    file,
    lines: { covered: reached, all: lines.size },
    branches: { covered, all: branches },
    unreached: unreached.sort((x, y) => x.line - y.line),
  };
}

const rows = Object.values(coverage)
  .map(rowOf)
  .sort((x, y) => (x.file < y.file ? -1 : 1));

/** @param {readonly Share[]} shares @returns {Share} */
const sum = (shares) => ({
  covered: shares.reduce((total, { covered }) => total + covered, 0),
  all: shares.reduce((total, { all }) => total + all, 0),
});
/** @param {Share} share */
const words = ({ covered, all }) =>
  all === 0 ? "none" : `${((100 * covered) / all).toFixed(1)} % of ${all}`;
/** @param {string} name @param {readonly Row[]} of */
const cells = (name, of) =>
  `| ${name} | ${words(sum(of.map(({ lines }) => lines)))} | ${words(sum(of.map(({ branches }) => branches)))} |`;
/** @param {string} file */
const folderOf = (file) => (file.includes("/", 4) ? file.slice(0, file.lastIndexOf("/")) : "src");
/** @param {string} file */
const isInRooms = (file) => rooms.some((room) => file.startsWith(`src/${room}/`));

const folders = [...new Set(rows.map(({ file }) => folderOf(file)))];
const shown = rows.filter(({ file }) => isInRooms(file));
const named = shown.flatMap(({ file, unreached }) =>
  unreached.map(({ line, what, text }) => {
    const key = `${file} ${what}: ${text}`;
    used.add(key);
    const reason = reasons[key];
    return { line: `- \`${file}:${line}\`, ${what}, \`${text}\`: ${reason ?? "**no reason yet**"}`, reason };
  }),
);
const total = rooms.map((room) => ({
  room,
  rows: rows.filter(({ file }) => file.startsWith(`src/${room}/`)),
}));
const page = [
  "# Coverage",
  "",
  `Made by \`npm run coverage\` on ${new Date().toISOString().slice(0, 10)}, with Node ${process.versions.node}: the whole suite in one process, counted by V8.`,
  "What only child processes run (the command, some peers of interop) is not counted. A branch is one side of an `if`, a `?:`, a",
  "`??`, an `&&` or `||`, a default. That a line was reached says little; [mutation.md](mutation.md) says what was noticed.",
  "",
  "| room | lines | branches |",
  "| --- | ---: | ---: |",
  ...total.map(({ room, rows }) => cells(`\`src/${room}/\``, rows)),
  cells("all of `src/`", rows),
  "",
  "## What no test reaches in these rooms",
  "",
  ...(named.length === 0 ? ["Nothing."] : named.map(({ line }) => line)),
  "",
  "## Every folder",
  "",
  "| folder | lines | branches |",
  "| --- | ---: | ---: |",
  ...folders.map((folder) =>
    cells(
      `\`${folder}\``,
      rows.filter(({ file }) => folderOf(file) === folder),
    ),
  ),
  "",
  "## Every file of these rooms",
  "",
  "| file | lines | branches |",
  "| --- | ---: | ---: |",
  ...shown.map((row) => cells(`\`${row.file}\``, [row])),
  "",
];
writeFileSync(new URL("../docs/coverage.md", import.meta.url), page.join("\n"));

const missing = named.filter(({ reason }) => reason === undefined);
const stale = Object.keys(reasons).filter((key) => !used.has(key));
for (const { line } of missing) console.log(line);
for (const key of stale) console.log(`Has a reason, and is reached: ${key}`);
console.log(`\ndocs/coverage.md: ${named.length} unreached, ${missing.length} of them without a reason`);
process.exit(missing.length + stale.length === 0 ? 0 : 1);
