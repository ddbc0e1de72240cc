// @ts-check
// npm run mutation [-- FILE… | --survivors FILE… | --page]: does a test notice each small change to the handshake and the records?
//
// Stryker makes the changes and runs the tests that come to them. What was found out about a file is kept until the file changes
// (mutation/kept.mjs), so a run that was cut off goes on where it stood, and parts of it may be run by themselves: `--survivors`
// tries again only what survived there, with all tests. docs/mutation.md and mutation/results.json are written from what is kept,
// after a run of everything and with `--page`. A mutant that no test can tell from the code has its reason in
// mutation/equivalents.json.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";
import { isUndecided, isWhole, keep, keepResults, readKept, settle, untriedOf } from "./mutation/kept.mjs";

/** @typedef {{ mutator: string, text: string, replacement?: string, reason: string }} Equivalent */

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const rooms = ["src/record/", "src/handshake/"];
const args = process.argv.slice(2);
const named = args.filter((arg) => !arg.startsWith("--")).map((path) => path.replace(/^\.\//, ""));
const files = rooms.flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => room + name.replaceAll("\\", "/"))
    .sort(),
);
const wanted = files.filter((file) => named.length === 0 || named.some((path) => file.startsWith(path)));

if (!args.includes("--page")) {
  // The tests of the room itself are few and quick; all the others are only for what they let pass.
  for (const room of args.includes("--survivors") ? [] : rooms) {
    const mutate = wanted.filter((file) => file.startsWith(room));
    const fresh = mutate.filter((file) => named.length > 0 || !isWhole(file));
    if (fresh.length > 0) await tryMutants(fresh, [`${room.replace("src/", "test/")}**/*.test.ts`]);
  }
  const survivors = wanted.flatMap((file) => {
    const undecided = (readKept(file)?.mutants ?? []).filter(isUndecided);
    return undecided.map(({ line, text }) => `${file}:${line}-${line + text.split("\n").length - 1}`);
  });
  if (survivors.length > 0) await tryMutants([...new Set(survivors)], []);
}
if (named.length === 0) {
  writePage();
  keepResults(files);
}

/** @param {string[]} mutate @param {string[]} testFiles none for all */
async function tryMutants(mutate, testFiles) {
  console.log(testFiles.length === 0 ? "What has survived, with all tests:" : `${testFiles}:`);
  const stryker = new Stryker({
    mutate,
    testFiles,
    testRunner: "vitest",
    vitest: { configFile: "scripts/mutation/vitest.config.mjs", related: false },
    plugins: [
      fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner")),
      "./scripts/mutation/plugins.mjs",
    ],
    ignorers: ["words"],
    reporters: ["keeper"],
    coverageAnalysis: "perTest",
    // What is decided while a module loads would need the whole suite for each mutant.
    ignoreStatic: true,
    ignorePatterns: ["/.mutation", "/.peers", "/bench", "/coverage", "/demo", "/dist", "/docs", "/examples"],
    concurrency: 2,
    timeoutMS: 15_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 20,
    allowConsoleColors: false,
  });
  await stryker.runMutationTest();
  // Of a file in which nothing can be changed, as one of types alone, nobody hears.
  for (const file of mutate) if (files.includes(file) && readKept(file) === undefined) keep(file, [], 0);
}

function writePage() {
  /** @type {Record<string, Equivalent[]>} */
  const equivalents = JSON.parse(readFileSync(new URL("mutation/equivalents.json", import.meta.url), "utf8"));
  const used = new Set();
  const rows = [];
  /** @type {{ shown: string, reason: string }[]} */
  const argued = [];
  const open = [];
  const untried = [];
  const dates = new Set();
  const all = { killed: 0, timeout: 0, equivalent: 0, open: 0, ignored: 0 };
  for (const file of files) {
    const kept = readKept(file);
    if (kept === undefined) {
      untried.push(`\`${file}\``);
      continue;
    }
    const left = untriedOf(kept);
    if (left > 0) untried.push(`${left} of \`${file}\``);
    dates.add(kept.date);
    const { settled, mutants } = settle(kept);
    const { Killed: killed = 0, Timeout: timeout = 0, Ignored = 0, CompileError = 0 } = settled;
    const count = { killed, timeout, equivalent: 0, open: 0, ignored: Ignored + CompileError };
    for (const mutant of mutants) {
      const known = equivalents[file]?.find(
        ({ mutator, text, replacement = mutant.replacement }) =>
          mutator === mutant.mutator && text === mutant.text && replacement === mutant.replacement,
      );
      const shown = `\`${file}:${mutant.line}\` ${mutant.mutator}, ${code(mutant.text)} → ${code(mutant.replacement)}`;
      if (known === undefined) {
        count.open++;
        open.push(`- ${shown}${mutant.status === "Survived" ? "" : ` (${mutant.status})`}`);
      } else {
        used.add(known);
        count.equivalent++;
        argued.push({ shown, reason: known.reason });
      }
    }
    rows.push(rowOf(`\`${file}\``, count));
    for (const key of /** @type {(keyof typeof all)[]} */ (Object.keys(all))) all[key] += count[key];
  }
  const { version } = createRequire(import.meta.url)("@stryker-mutator/core/package.json");
  const reasons = [...new Set(argued.map(({ reason }) => reason))];
  const page = [
    "# Mutants",
    "",
    `Made by \`npm run mutation\` with Stryker ${version} on Node ${process.versions.node}; tried on ${[...dates].sort().join(", ")}.`,
    "",
    "Each row is a file into which small changes were made, one at a time: a comparison turned round, a call left out, a block",
    "emptied, a condition always true. **Killed**: a test failed. **Timed out**: the tests did not end. **Equivalent**: no test can",
    "tell it from the code, for the reason below. **Open**: it survived, or no test comes there, and nothing is said for it. **Left",
    "out**: what a module does while it loads, and the words of errors, which are for people; their codes are among the mutants.",
    "The tests are those of test/handshake, test/record, test/connection and test/replay, without the peers, the command, the",
    "fuzzers and the properties over whole connections: what survives here may still be noticed there.",
    "",
    "| file | killed | timed out | equivalent | open | left out | noticed |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    rowOf("**all**", all),
    "",
    ...(untried.length === 0 ? [] : [`**Not tried yet** as they stand: ${untried.join(", ")}.`, ""]),
    "## Open",
    "",
    ...(open.length === 0 ? ["None."] : open),
    "",
    "## Equivalent, and why",
    "",
    ...reasons.flatMap((reason) => [
      `- ${reason}`,
      ...argued.filter((one) => one.reason === reason).map(({ shown }) => `  - ${shown}`),
    ]),
    "",
  ];
  writeFileSync("docs/mutation.md", page.join("\n"));
  const stale = Object.entries(equivalents).flatMap(([file, list]) =>
    !isWhole(file)
      ? []
      : list
          .filter((one) => !used.has(one))
          .map(({ mutator, text }) => `${file} ${mutator} ${text.split("\n", 1)[0]}`),
  );
  for (const one of stale) console.log(`Has a reason, and survives no more: ${one}`);
  console.log(
    `docs/mutation.md: ${all.killed + all.timeout} noticed, ${all.equivalent} equivalent, ${all.open} open` +
      (untried.length === 0 ? "" : `; ${untried.length} files not tried, or not wholly`),
  );
  process.exitCode = stale.length + all.open + untried.length === 0 ? 0 : 1;
}

/** @param {string} name @param {{ killed: number, timeout: number, equivalent: number, open: number, ignored: number }} count */
function rowOf(name, { killed, timeout, equivalent, open, ignored }) {
  const noticed = killed + timeout;
  const tried = noticed + open;
  const score = tried === 0 ? "–" : `${((100 * noticed) / tried).toFixed(1)} %`;
  return `| ${name} | ${killed} | ${timeout} | ${equivalent} | ${open} | ${ignored} | ${score} |`;
}

/** @param {string} text */
function code(text) {
  const line = text.replace(/\s+/g, " ");
  const short = line.length <= 70 ? line : `${line.slice(0, 69)}…`;
  return short.includes("`") ? `\`\` ${short} \`\`` : `\`${short}\``;
}
