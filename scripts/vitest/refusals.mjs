// @ts-check
// Where the sources refuse what a peer sent. A refusal is the statement, nearly always a throw, that makes a
// peerError("code", …). scripts/test-checks.mjs takes each out in turn: here they are found, given a name, and rewritten
// so that they can be switched off while the tests run.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What is held to the rule that each refusal has a test. */
export const places = [
  "src/connection/",
  "src/handshake/",
  "src/messages/",
  "src/record/",
  "src/wire/reader.ts",
];

/** Where certificates are read and judged: their refusals are throws of errors that name no rule of RFC 9846. */
export const readers = ["src/der/", "src/x509/", "src/trust/"];

/** @param {string} file @param {readonly string[]} among */
const isIn = (file, among) => among.some((place) => file.startsWith(place));

/**
 * @typedef {object} Refusal
 * @property {string} key       "file code#n", the n-th refusal with this code in the file: it outlives moved lines
 * @property {string} file      from the root of the project, with forward slashes
 * @property {number} line
 * @property {string[]} codes   the error codes that it may give; none when they are computed
 * @property {{ start: number, end: number } | null} span  the statement; null if it cannot be taken out
 */

/**
 * @param {string} file
 * @param {string} text
 * @returns {Refusal[]}
 */
export function refusalsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  /** @type {Map<ts.Node, Refusal>} */
  const found = new Map();
  /** @type {Map<string, number>} */
  const counts = new Map();

  const isReader = isIn(file, readers);
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (
      (ts.isCallExpression(node) &&
        ts.isIdentifier(node.expression) &&
        node.expression.text === "peerError") ||
      (isReader && ts.isThrowStatement(node) && makesError(node.expression))
    ) {
      const statement = statementOf(node);
      const [code] = ts.isCallExpression(node) ? node.arguments : [];
      const codes = code === undefined ? [] : literalsIn(code);
      const known = found.get(statement ?? node);
      if (known !== undefined) known.codes.push(...codes);
      else {
        const name = codes.length > 0 ? codes.join("|") : ts.isThrowStatement(node) ? "throw" : "computed";
        const n = (counts.get(name) ?? 0) + 1;
        counts.set(name, n);
        const start = (statement ?? node).getStart(source);
        const line = source.getLineAndCharacterOfPosition(start).line + 1;
        const span = statement === undefined ? null : { start, end: statement.end };
        found.set(statement ?? node, { key: `${file} ${name}#${n}`, file, line, codes, span });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found.values()];
}

/**
 * The source with a switch before each refusal. Lines stay where they are.
 *
 * @param {string} file
 * @param {string} text
 */
export function withSwitches(file, text) {
  let result = "";
  let from = 0;
  for (const { key, span } of refusalsOf(file, text)) {
    if (span === null) continue;
    const { start, end } = span;
    const guard = `{ if (globalThis.__refuses?.(${JSON.stringify(key)}) !== false) `;
    result += `${text.slice(from, start)}${guard}${text.slice(start, end)} }`;
    from = end;
  }
  return result + text.slice(from);
}

/** All files that hold refusals. */
export function refusalFiles() {
  const sources = readdirSync(`${root}src`, { recursive: true, encoding: "utf8" })
    .map((name) => `src/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && isIn(name, [...places, ...readers]));
  return sources.sort();
}

/** @param {string} file */
export function readSource(file) {
  return readFileSync(root + file, "utf8");
}

/** @returns {import("vite").Plugin} */
export function removableRefusals() {
  return {
    name: "tls13:removable-refusals",
    enforce: "pre",
    transform(text, id) {
      const path = id.split("?", 1)[0] ?? id;
      if (!path.startsWith(root)) return null;
      const file = path.slice(root.length);
      if (!isIn(file, [...places, ...readers]) || !file.endsWith(".ts")) return null;
      return { code: withSwitches(file, text), map: null };
    },
  };
}

/**
 * Whether what is thrown is made here: what was caught and is thrown on is no refusal, and peerError is found by itself.
 *
 * @param {ts.Expression} thrown
 */
function makesError(thrown) {
  if (ts.isNewExpression(thrown)) return true;
  return (
    ts.isCallExpression(thrown) &&
    !(ts.isIdentifier(thrown.expression) && thrown.expression.text === "peerError")
  );
}

/**
 * What is taken out: the throw, or the call that hands the error on. Nothing where the error is part of a larger
 * expression, which test-checks reports.
 *
 * @param {ts.Node} node
 * @returns {ts.Statement | undefined}
 */
function statementOf(node) {
  for (let at = node; !ts.isFunctionLike(at) && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isThrowStatement(at) || ts.isExpressionStatement(at) || ts.isReturnStatement(at)) return at;
    if (ts.isStatement(at)) return undefined;
  }
  return undefined;
}

/**
 * @param {ts.Node} node
 * @returns {string[]}
 */
function literalsIn(node) {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...literalsIn(node.whenTrue), ...literalsIn(node.whenFalse)];
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return literalsIn(node.expression);
  return [];
}
