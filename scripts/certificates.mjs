// @ts-check
// npm run certificates [-- --check]: writes the tables of docs/certificates.md from src/x509/rules.ts and the tables of limits, whose
// comments say what each row asks for, and from the costs that `npm run hostile` has measured. The text round the tables is
// written by hand. With --check nothing is written; a page that is not up to date is a failure.

import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { limits } from "../src/x509/limits.ts";
import { answerLimits } from "../src/x509/revocation/answerLimits.ts";
import { ruleRows } from "../src/x509/rules.ts";
import { timestampLimits } from "../src/x509/transparency/timestampLimits.ts";

/** @param {string} path */
const here = (path) => new URL(`../${path}`, import.meta.url);
/** @param {string} path */
const read = (path) => readFileSync(here(path), "utf8");
const page = "docs/certificates.md";

/**
 * The comment in front of each property of a table.
 *
 * @param {string} path
 * @param {string} table
 */
function commentsOf(path, table) {
  const text = read(path);
  /** @type {Map<string, string>} */
  const comments = new Map();
  for (const statement of ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true).statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (name.getText() !== table || initializer === undefined) continue;
      /** @param {import("typescript").Node} node @returns {import("typescript").Node} */
      const bare = (node) =>
        ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? bare(node.expression) : node;
      const object = bare(initializer);
      if (!ts.isObjectLiteralExpression(object)) continue;
      for (const property of object.properties) {
        const [comment] = ts.getLeadingCommentRanges(text, property.getFullStart()) ?? [];
        if (comment === undefined) continue;
        const words = text.slice(comment.pos, comment.end).replace(/^\/\*\*|\*\/$|^ *\* ?/gm, "");
        comments.set(property.name?.getText() ?? "", words.replace(/\s+/g, " ").trim());
      }
    }
  }
  return comments;
}

/** @param {string} name @param {Map<string, string>} comments */
function wordsOf(name, comments) {
  const words = comments.get(name);
  if (words === undefined) throw new Error(`${name} has no comment`);
  return words;
}

/** @param {readonly string[] | undefined} profiles */
const cell = (profiles) =>
  profiles === undefined ? "" : profiles.length === 3 ? "all" : profiles.join(", ");

const ruleComments = commentsOf("src/x509/rules.ts", "rules");
const rules = ruleRows.map(([name, { code, roles, purpose, anchorBroken }]) => {
  const words = wordsOf(name, ruleComments);
  const source = /\(([^()]*(?:\([^()]*\)[^()]*)*)\)\.$/.exec(words)?.[1] ?? "";
  const asks = source === "" ? words : words.slice(0, -source.length - 4).replace(/;$/, "");
  const only = purpose === undefined ? "" : ` (for ${purpose === "server" ? "servers" : purpose} only)`;
  const places =
    roles === undefined
      ? ["of the path", "", ""]
      : [
          cell(roles.leaf),
          cell(roles.intermediate),
          [anchorBroken === undefined ? "" : "always", cell(roles.anchor)]
            .filter((text) => text !== "")
            .join("; "),
        ];
  return `| \`${name}\` | ${asks}${only} | ${source} | ${code} | ${places.join(" | ")} |`;
});

/** @type {readonly { what: string, limit?: string, bytes: number, rule: string, node: number[], web: number[] }[]} */
const hostile = JSON.parse(read("bench/hostile.json"));
/** @param {Readonly<Record<string, number>>} table @param {Map<string, string>} comments */
const limitRowsOf = (table, comments) =>
  Object.entries(table).map(
    ([name, number]) => `| \`${name}\` | ${number.toLocaleString("en")} | ${wordsOf(name, comments)} |`,
  );
const limitRows = [
  ...limitRowsOf(limits, commentsOf("src/x509/limits.ts", "limits")),
  ...limitRowsOf(answerLimits, commentsOf("src/x509/revocation/answerLimits.ts", "answerLimits")),
  ...limitRowsOf(timestampLimits, commentsOf("src/x509/transparency/timestampLimits.ts", "timestampLimits")),
];
const costs = hostile.map(
  ({ what, limit, bytes, rule, node, web }) =>
    `| ${what} | ${limit === undefined ? "" : `\`${limit}\``} | ${bytes.toLocaleString("en")} | ${rule} | ${node.join(" / ")} | ${web.join(" / ")} |`,
);

const tables = {
  rules: [
    "| rule | asks that | source | error | leaf | intermediate | anchor |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rules,
  ],
  limits: ["| limit | at most | of |", "| --- | ---: | --- |", ...limitRows],
  costs: [
    "| chain | limit | bytes | outcome | node, ms | web, ms |",
    "| --- | --- | ---: | --- | ---: | ---: |",
    ...costs,
  ],
};

const before = read(page);
let after = before;
for (const [name, lines] of Object.entries(tables)) {
  const marks = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!marks.test(after)) throw new Error(`${page} has no place for ${name}`);
  after = after.replace(marks, (_, from, to) => `${from}\n${lines.join("\n")}\n\n${to}`);
}
if (!process.argv.includes("--check")) writeFileSync(here(page), after);
else if (after !== before) {
  console.error(`${page} is not up to date: npm run certificates`);
  process.exitCode = 1;
}
