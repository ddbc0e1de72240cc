// npm run bogo -- RUNNER [PATTERN…]: runs BoringSSL's cases against our shim, and writes docs/bogo.md where all were run.
// RUNNER is the runner's test binary, or the folder that holds it as runner.test. With --check nothing is run: the page has to
// belong to the shim and the tables that stand here, and no case may be left out whose feature the README claims.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundleShim } from "./bundle.ts";
import { printedErrors } from "./errorMap.ts";
import { fits } from "./glob.ts";
import { type Outcome, outcomeOf } from "./judge.ts";
import { reasonFor } from "./leftOut.ts";
import { pageOf, problemsOfPage, type Result, unusedRows } from "./report.ts";
import { listCases, type Runner, runCases } from "./runner.ts";

const page = new URL("../../docs/bogo.md", import.meta.url);
const readme = new URL("../../README.md", import.meta.url);

async function main(args: readonly string[]): Promise<readonly string[]> {
  if (args[0] === "--check") {
    if (!existsSync(page)) return ["docs/bogo.md is not there"];
    return problemsOfPage(readFileSync(page, "utf8"), readFileSync(readme, "utf8"));
  }
  const [given, ...patterns] = args;
  if (given === undefined) throw new Error("which runner? npm run bogo -- RUNNER");
  const path = resolve(given);
  const scratch = mkdtempSync(join(tmpdir(), "bogo-"));
  try {
    const binary = statSync(path).isDirectory() ? join(path, "runner.test") : path;
    return await run({ binary, scratch }, patterns);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function run(runner: Runner, patterns: readonly string[]): Promise<readonly string[]> {
  const shim = join(runner.scratch, "shim.mjs");
  await bundleShim(shim);
  await chmod(shim, 0o755);
  const listed = (await listCases(runner)).filter(
    ({ name }) => patterns.length === 0 || fits(name, patterns),
  );
  const leftOut = listed.map((one) => ({ name: one.name, reason: reasonFor(one) }));
  const chosen = leftOut.filter(({ reason }) => reason === undefined).map(({ name }) => name);
  if (chosen.length === 0) return ["every one of these cases is left out"];
  const outcomes = new Map<string, Outcome>();
  await runCases(runner, shim, chosen, printedErrors(), (verdict) => {
    const outcome = outcomeOf(verdict);
    outcomes.set(verdict.name, outcome);
    if (outcome.kind === "failed") console.log(`${verdict.name}: ${outcome.says}`);
    else if (patterns.length > 0) console.log(`${verdict.name}: ${outcome.kind}`);
    else if (outcomes.size % 100 === 0) console.log(`${outcomes.size} of ${chosen.length}`);
  });
  const results: Result[] = leftOut.map(({ name, reason }) =>
    reason === undefined
      ? { name, outcome: outcomes.get(name) ?? { kind: "failed", says: "the runner did not run it" } }
      : { name, outcome: { kind: "left out", reason } },
  );
  const failed = results
    .filter(({ outcome }) => outcome.kind === "failed")
    .map(({ name }) => `${name} failed`);
  if (patterns.length > 0) return failed;
  const problems = [...failed, ...unusedRows(results)];
  if (problems.length === 0) writeFileSync(page, pageOf(results));
  return problems;
}

const problems = await main(process.argv.slice(2));
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "bogo: all is as it should be" : `bogo: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
