import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { type Difference, differences } from "./differences.ts";
import { errorMap } from "./errorMap.ts";
import { fits } from "./glob.ts";
import type { Outcome } from "./judge.ts";
import { type LeftOut, leftOut } from "./leftOut.ts";

/** What came of a case: it was run, or there is a reason why not. */
export interface Result {
  readonly name: string;
  readonly outcome: Outcome | { readonly kind: "left out"; readonly reason: LeftOut };
}

const here = (path: string): URL => new URL(path, import.meta.url);

/** The page belongs to these files: whoever changes one of them has to run the cases again. */
function fingerprint(): string {
  const files = readdirSync(here(".")).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const hash = createHash("sha256");
  for (const name of files.sort()) hash.update(`${name}\n${readFileSync(here(name), "utf8")}\n`);
  return hash.digest("hex");
}

export function pageOf(results: readonly Result[]): string {
  const count = (kind: Result["outcome"]["kind"]): number =>
    results.filter(({ outcome }) => outcome.kind === kind).length;
  const namesOf = (row: Difference | LeftOut): readonly string[] =>
    results
      .filter(({ outcome }) => ("difference" in outcome ? outcome.difference : undefined) === row)
      .map(({ name }) => name);
  const leftOutFor = (row: LeftOut): number =>
    results.filter(({ outcome }) => outcome.kind === "left out" && outcome.reason === row).length;
  return `# BoGo

<!-- Written by npm run bogo; do not edit. Shim and tables: ${fingerprint()} -->

BoringSSL's runner is a TLS stack that misbehaves on demand, with a case for each way of it. It starts our shim
([test/bogo](../test/bogo/README.md)), which is this library and little else, once a case, and judges what comes of it: whether the
connection stands, the error, the alert on the wire.

| cases of the runner | ${results.length} |
| --- | ---: |
| run, and passed | ${count("passed")} |
| run, and different with a reason | ${count("differs")} |
| run, and failed | ${count("failed")} |
| not run, with a reason | ${count("left out")} |

Last run on ${new Date().toISOString().slice(0, 10)}, on Node ${process.versions.node}.

## Where we differ

Here the document allows, or asks for, what we do, and BoringSSL does something else. The runner calls these cases failed; they
count as different only if the outcome is exactly the one described.

| cases | the runner wants | what we do | why it may be so |
| --- | --- | --- | --- |
${differences
  .map((row) => {
    const names = namesOf(row);
    return `| ${shown(names)} | ${row.theirs} | ${oursOf(row)} | ${row.why} |`;
  })
  .join("\n")}

## What is run

By the first word of their names: ${families(results.filter(({ outcome }) => outcome.kind !== "left out"))}.

## What is not run

| what | cases | why |
| --- | ---: | --- |
${leftOut.map((row) => `| ${row.what} | ${leftOutFor(row)} | ${row.why} |`).join("\n")}

## Our words for BoringSSL's

A case that has to fail passes only with one of the codes on the right.

| BoringSSL | tls13 |
| --- | --- |
${Object.entries(errorMap)
  .map(([theirs, ours]) => `| \`${theirs}\` | ${ours.join(", ")} |`)
  .join("\n")}
`;
}

function families(results: readonly Result[]): string {
  const counts = new Map<string, number>();
  for (const { name } of results) {
    const [family = ""] = name.split("-");
    counts.set(family, (counts.get(family) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([family, count]) => (count === 1 ? family : `${family} (${count})`)).join(", ");
}

/** Some of the names stand for all where they are many. */
function shown(names: readonly string[]): string {
  const some = names.length > 4 ? names.slice(0, 3) : names;
  const more = names.length > some.length ? ` and ${names.length - some.length} more` : "";
  return some.join(", ") + more;
}

function oursOf({ does, ours }: Difference): string {
  return ours === undefined ? does : `${does} (${ours})`;
}

/** Rows that concern no case: the runner has changed, or we have. */
export function unusedRows(results: readonly Result[]): readonly string[] {
  const names = results.map(({ name }) => name);
  const patterns = [...differences, ...leftOut].flatMap(({ tests = [] }) => tests);
  return [
    ...patterns
      .filter((pattern) => !names.some((name) => fits(name, [pattern])))
      .map((one) => `${one}: no such case`),
    ...leftOut
      .filter((row) => !results.some(({ outcome }) => outcome.kind === "left out" && outcome.reason === row))
      .map(({ what }) => `${what}: no case is left out for that`),
  ];
}

/** For CI, which has no runner. */
export function problemsOfPage(page: string, readme: string): readonly string[] {
  const problems: string[] = [];
  if (!page.includes(fingerprint())) {
    problems.push("docs/bogo.md was written by another shim, or with other tables: npm run bogo -- RUNNER");
  }
  if (!page.includes("| run, and failed | 0 |")) problems.push("docs/bogo.md tells of cases that failed");
  for (const { what, claim } of leftOut) {
    const [claimed] = claim.exec(readme) ?? [];
    if (claimed !== undefined) {
      problems.push(`README.md says "${claimed}", and the cases for that are left out (${what})`);
    }
  }
  return problems;
}
