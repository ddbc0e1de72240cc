// @ts-check
// npm run limbo [-- --check]: judges the cases of x509-limbo, and writes what comes out to docs/limbo.md and to the table that
// the tests hold us to. With --check nothing is written; a page or a table that is not up to date is a failure.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { differences, judgeCase, limboCases, outcomeOf, profileOf } from "../test/x509/limbo/cases.ts";

const check = process.argv.includes("--check");
/** @param {string} path */
const here = (path) => new URL(`../${path}`, import.meta.url);

/** @type {Record<string, { rfc5280: string, webpki: string }>} */
const outcomes = {};
/** @type {string[]} */
const rows = [];
let agreed = 0;
/** @type {string[]} */
const problems = [];
for (const limboCase of limboCases) {
  const { id, expected } = limboCase;
  const outcome = {
    rfc5280: outcomeOf(await judgeCase(limboCase, "rfc5280")),
    webpki: outcomeOf(await judgeCase(limboCase, "webpki")),
  };
  outcomes[id] = outcome;
  const own = profileOf(limboCase);
  const agrees =
    (outcome[own === "webpki" ? "webpki" : "rfc5280"] === "trusted") === (expected === "SUCCESS");
  if (agrees) agreed++;
  if (agrees === id in differences)
    problems.push(`${id}: ${agrees ? "agrees by now" : "a difference without a reason"}`);
  /** @param {"rfc5280" | "webpki"} profile */
  const cell = (profile) => {
    const text = outcome[profile].replace(/^certificate_\w+ \((\w+)\)$/, "$1");
    return profile === own ? `**${text}**` : text;
  };
  const mark = agrees ? "" : " [differs](#differences)";
  rows.push(
    `| ${id}${limboCase.generated ? " °" : ""} | ${expected === "SUCCESS" ? "trusted" : "refused"}${mark} | ${cell("rfc5280")} | ${cell("webpki")} |`,
  );
}

const page = `# x509-limbo

<!-- Written by npm run limbo; do not edit. -->

[x509-limbo](https://github.com/C2SP/x509-limbo) is a collection of certificate chains with what a verifier should say of each.
Cases whose names begin with \`webpki::\` or \`online::\` are for the profile \`webpki\`, all others for \`rfc5280\`; that one's answer
is in bold. A refusal is given by its rule (docs/certificates.md has them all). Those marked ° are not in the set that is published
with the suite; they were made with its sources.

**${agreed} of ${limboCases.length} cases agree.**

## Differences

${Object.entries(differences)
  .map(([id, reason]) => `- \`${id}\`: ${reason}`)
  .join("\n")}

## Cases

| case | expected | rfc5280 | webpki |
| --- | --- | --- | --- |
${rows.join("\n")}
`;

const table = `${JSON.stringify(outcomes, undefined, 2)}\n`;
for (const [path, text] of /** @type {const} */ ([
  ["docs/limbo.md", page],
  ["test/x509/limbo/expected.json", table],
])) {
  const file = here(path);
  if (!check) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, "utf8") !== text)
    problems.push(`${path} is not up to date: npm run limbo`);
}
console.log(`x509-limbo: ${agreed} of ${limboCases.length} cases agree`);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
