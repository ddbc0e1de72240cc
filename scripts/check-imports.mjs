// @ts-check
// npm run imports: holds the order of the rooms. Imports go downwards only, a runtime is named only where it may be, and
// no two files need each other to load, however long the way round (types may: nothing of theirs is loaded).
// ARCHITECTURE.md says what each room is for.

import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

// ---------------------------------------------------------------------------------------------------- the tables

/** From top to bottom: a room may import those below it. */
const rooms = [
  "cli",
  "node",
  "shapes",
  "index.ts",
  "sessions.ts",
  "startConnection.ts",
  "adapters",
  "starttls",
  "connection",
  "handshake",
  "session",
  "roots",
  "trust",
  "identity",
  "x509",
  "record",
  "keyschedule",
  "messages",
  "crypto",
  "der",
  "wire",
];

/** What a room may not import although it lies below. */
const walls = [
  {
    from: "handshake",
    to: ["record"],
    why: "the handshake sees a channel of messages, so that QUIC, the lab and tests can stand behind it",
  },
  { from: "record", to: ["messages"], why: "records carry bytes, whatever they mean" },
  {
    from: "x509",
    to: ["record", "messages", "keyschedule"],
    why: "certificates are read and judged without knowing TLS",
  },
  {
    from: "trust",
    to: ["record", "messages", "keyschedule"],
    why: "a verifier judges certificates without knowing how they came",
  },
  {
    from: "identity",
    to: ["record", "messages", "keyschedule"],
    why: "an identity is chosen and signs without knowing what for",
  },
];

/** Where node:* modules and the globals of Node may be named. Such a file may be imported only by its like. */
const nodePlaces = [/^src\/node\//, /^src\/cli\//, /^src\/crypto\/provider\/node[^/]*\.ts$/, /^lab\/relay\//];

/** Where the provider of this runtime may be chosen; everything else is handed one. */
const providerPlaces = [
  /^src\/index\.ts$/,
  /^src\/sessions\.ts$/,
  /^src\/startConnection\.ts$/,
  /^src\/adapters\//,
  /^src\/shapes\//,
  /^src\/node\//,
  /^src\/cli\//,
];

/** Which packages may be imported, and where. */
const packages = [
  { name: "@noble/ciphers", places: [/^src\/crypto\//] },
  { name: "@noble/curves", places: [/^src\/crypto\//, /^lab\/page\/certificates\.ts$/] },
  { name: "@noble/hashes", places: [/^src\/crypto\//, /^src\/keyschedule\//] },
  {
    name: "@noble/post-quantum",
    places: [/^src\/crypto\/provider\/portable\/mlKem\.ts$/, /^lab\/keyAgreement\.ts$/],
  },
  { name: "pg", places: [/^lab\/page\/live\/loadPg\.ts$/] },
  { name: "buffer", places: [/^lab\/page\/live\/builtins\//] },
  { name: "ws", places: [/^lab\/relay\//] },
  { name: "preact", places: [/^lab\/page\/ui\//, /^lab\/page\/(live|capture)\/[^/]*\.tsx$/] },
  { name: "@preact/signals", places: [/^lab\/page\/ui\//] },
];

/** What Node's types declare and every runtime has; the rest of their globals are Node's own. */
const portableGlobals = new Set([
  "AbortController",
  "AbortSignal",
  "atob",
  "Blob",
  "btoa",
  "clearTimeout",
  "crypto",
  "CryptoKey",
  "DOMException",
  "fetch",
  "Event",
  "EventTarget",
  "performance",
  "queueMicrotask",
  "ReadableByteStreamController",
  "ReadableStream",
  "ReadableStreamDefaultController",
  "ReadableStreamDefaultReader",
  "setTimeout",
  "structuredClone",
  "SubtleCrypto",
  "TextDecoder",
  "TextEncoder",
  "TransformStream",
  "URL",
  "WebSocket",
  "WritableStream",
  "WritableStreamDefaultController",
  "WritableStreamDefaultWriter",
]);

// ------------------------------------------------------------------------------------------------------ the check

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const config = ts.parseJsonConfigFileContent(
  ts.readConfigFile(`${root}/tsconfig.base.json`, ts.sys.readFile).config,
  ts.sys,
  root,
  { noEmit: true },
);
const files = ["src", "lab"]
  .filter((folder) => existsSync(`${root}/${folder}`))
  .flatMap((folder) => ts.sys.readDirectory(`${root}/${folder}`, [".ts", ".tsx"]))
  .map((path) => relative(root, path).replaceAll("\\", "/"))
  .sort();
const program = ts.createProgram(
  files.map((file) => `${root}/${file}`),
  { ...config.options, jsx: ts.JsxEmit.ReactJSX, jsxImportSource: "preact" },
);
const checker = program.getTypeChecker();

/** @type {string[]} */
const problems = [];
/** @type {Map<string, { file: string, line: number, erased: boolean }[]>} */
const graph = new Map(files.map((file) => [file, []]));

/** @param {string} file */
const isSource = (file) => file.startsWith("src/");
/** @param {string} file */
const isNodePlace = (file) => nodePlaces.some((place) => place.test(file));
/** @param {string} file */
const roomOf = (file) => file.split("/")[1] ?? "";

for (const file of files) {
  const source = program.getSourceFile(`${root}/${file}`);
  if (source === undefined) continue;
  const room = roomOf(file);
  if (isSource(file) && !rooms.includes(room)) {
    problems.push(`${file}:1 stands in no room; scripts/check-imports.mjs lists them from top to bottom`);
    continue;
  }
  check(file, source);
}
findCycles();

for (const problem of problems) console.error(problem);
const imports = [...graph.values()].reduce((sum, list) => sum + list.length, 0);
console.log(
  problems.length === 0
    ? `${imports} imports of ${files.length} files keep to the order of the rooms`
    : `\n${problems.length} broken`,
);
process.exit(problems.length === 0 ? 0 : 1);

/** @param {string} file @param {ts.SourceFile} source */
function check(file, source) {
  /** @param {ts.Node} node */
  const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

  /** @param {ts.Node} node */
  const visit = (node) => {
    const target = importedBy(node);
    if (target !== undefined) {
      const why = refusal(file, target.text, lineOf(target), isErased(node));
      if (why !== undefined) {
        problems.push(`${file}:${lineOf(target)} imports ${JSON.stringify(target.text)}: ${why}`);
      }
    } else if (ts.isIdentifier(node) && !isNodePlace(file) && isNodeGlobal(node)) {
      problems.push(
        `${file}:${lineOf(node)} uses the global ${node.text}: it is Node's, and this file runs everywhere`,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/**
 * The specifier, if the node imports something.
 *
 * @param {ts.Node} node
 * @returns {ts.StringLiteralLike | undefined}
 */
function importedBy(node) {
  let target;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) target = node.moduleSpecifier;
  else if (ts.isImportTypeNode(node))
    target = ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  else if (ts.isExternalModuleReference(node)) target = node.expression;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    target = node.arguments[0];
  return target !== undefined && ts.isStringLiteralLike(target) ? target : undefined;
}

/**
 * Whether nothing of the import is left once types are gone.
 *
 * @param {ts.Node} node
 */
function isErased(node) {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return ts.isExportDeclaration(node) && node.isTypeOnly;
}

/**
 * @param {string} file
 * @param {string} specifier
 * @param {number} line
 * @param {boolean} erased
 * @returns {string | undefined} why this import may not be
 */
function refusal(file, specifier, line, erased) {
  if (specifier.startsWith("node:")) {
    return isNodePlace(file)
      ? undefined
      : "only src/node, src/cli, src/crypto/provider/node*.ts and lab/relay may name Node";
  }
  if (specifier === "#provider") {
    return providerPlaces.some((place) => place.test(file))
      ? undefined
      : "below the face a provider is handed in";
  }
  if (!specifier.startsWith(".")) return packageRefusal(file, specifier);

  const target = relative(root, resolve(root, dirname(file), specifier)).replaceAll("\\", "/");
  if (!graph.has(target)) {
    const inside = isSource(target) || target.startsWith("lab/");
    return inside ? "there is no such file" : "sources import nothing but sources";
  }
  graph.get(file)?.push({ file: target, line, erased });
  if (isNodePlace(target) && !isNodePlace(file)) return "it names Node, and this file runs everywhere";
  if (!isSource(file)) return undefined;
  if (!isSource(target)) return "the lab ships in none of the entries";
  return roomRefusal(roomOf(file), roomOf(target));
}

/** @param {string} from @param {string} to */
function roomRefusal(from, to) {
  if (from === to) return undefined;
  if (rooms.indexOf(to) < rooms.indexOf(from)) return `${to} lies above ${from}`;
  const wall = walls.find((row) => row.from === from && row.to.includes(to));
  return wall === undefined ? undefined : `${from} may not import ${to}: ${wall.why}`;
}

/** @param {string} file @param {string} specifier */
function packageRefusal(file, specifier) {
  const row = packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
  if (row === undefined) return "no package but those in the table of scripts/check-imports.mjs";
  return row.places.some((place) => place.test(file)) ? undefined : `${row.name} has its place elsewhere`;
}

/** @param {ts.Identifier} node */
function isNodeGlobal(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    if (!ts.isIdentifier(parent.expression) || parent.expression.text !== "globalThis") return false;
  } else if (ts.isQualifiedName(parent) && parent.right === node) return false;
  else if (/** @type {ts.NamedDeclaration} */ (parent).name === node) return false;
  else if (ts.isBindingElement(parent) && parent.propertyName === node) return false;
  else if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (portableGlobals.has(node.text)) return false;
  const symbol = checker.getSymbolAtLocation(node);
  const declarations = symbol?.declarations ?? [];
  if (declarations.length === 0) return false;
  return declarations.every((declaration) => {
    const path = declaration.getSourceFile().fileName;
    return path.includes("/node_modules/@types/node/") || path.includes("/node_modules/undici-types/");
  });
}

function findCycles() {
  /** @type {Map<string, "open" | "done">} */
  const states = new Map();
  /** @type {string[]} */
  const way = [];
  /** @param {string} file */
  const walk = (file) => {
    states.set(file, "open");
    way.push(file);
    for (const { file: target, line, erased } of graph.get(file) ?? []) {
      if (erased) continue;
      const state = states.get(target);
      if (state === undefined) walk(target);
      else if (state === "open") {
        const circle = [...way.slice(way.indexOf(target)), target];
        problems.push(`${file}:${line} closes a circle of imports: ${circle.join(" → ")}`);
      }
    }
    way.pop();
    states.set(file, "done");
  };
  for (const file of graph.keys()) if (!states.has(file)) walk(file);
}
