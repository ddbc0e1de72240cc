// @ts-check
// npm run size: what each entry weighs in a browser, minified and gzipped. Counted is all that is loaded at the start (the entry and
// what it imports, each chunk gzipped by itself); what is loaded on demand stands below it. Fails above a budget.
// Bundled from the sources, so that it needs no build and measures what is written now.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @typedef {{ name: string, file: string, names: readonly string[] | "*", budget?: number, goal?: number }} Entry
 *   `names`: what is imported, for bundlers leave the rest out; `budget` and `goal` in bytes: above a goal nothing fails yet
 * @type {readonly Entry[]}
 */
const entries = [
  {
    // Without words (explain, describeCertificate), PEM, roots, revocation and provider.
    name: "tls13/x509: certificates read and judged",
    file: "src/x509/index.ts",
    names: [
      "anchorFromCertificate",
      "anchorSource",
      "certificateCache",
      "DerError",
      "parseCertificate",
      "parseReferenceName",
      "verifyChain",
    ],
    budget: 15 * 1024,
  },
  { name: "tls13/x509, all of it", file: "src/x509/index.ts", names: "*" },
  { name: "tls13/revocation", file: "src/x509/revocation/index.ts", names: "*" },
  { name: "tls13/transparency", file: "src/x509/transparency/index.ts", names: "*" },
  { name: "tls13/roots", file: "src/roots/index.ts", names: "*", budget: 70_000 },
  {
    name: "tls13/wasm",
    file: "src/crypto/provider/wasm/index.ts",
    names: "*",
    budget: 5 * 1024,
  },
  {
    name: "tls13: connect() with certificates, web provider",
    file: "src/index.ts",
    names: ["connect"],
    budget: 62_600,
    goal: 32 * 1024,
  },
  { name: "tls13/websocket, web provider", file: "src/shapes/webSocketLike.ts", names: ["connect"] },
  { name: "tls13/pushed, web provider", file: "src/shapes/pushed.ts", names: ["connect"] },
  { name: "tls13/socket, web provider", file: "src/shapes/socketLike.ts", names: ["createSocket"] },
  { name: "tls13, all of it, web provider", file: "src/index.ts", names: "*" },
];

/**
 * @typedef {{ name: string, minified: number, gzipped: number }} Weight
 * @param {Entry} entry
 * @returns {Promise<{ atStart: Weight, onDemand: readonly Weight[] }>}
 */
async function weightsOf({ name, file, names }) {
  const what = names === "*" ? "*" : `{ ${names.join(", ")} }`;
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export ${what} from "./${file}";`, resolveDir: root, loader: "ts" },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: "out",
    format: "esm",
    target: "es2022",
    platform: "browser",
    logLevel: "error",
    alias: { "#provider": `${root}src/crypto/provider/web.ts` },
  });
  const { outputs } = metafile;
  /** @type {Set<string>} */
  const started = new Set();
  /** @param {string} chunk */
  const start = (chunk) => {
    if (started.has(chunk)) return;
    started.add(chunk);
    for (const { path, kind } of outputs[chunk]?.imports ?? []) if (kind === "import-statement") start(path);
  };
  for (const [chunk, { entryPoint }] of Object.entries(outputs)) if (entryPoint === "<stdin>") start(chunk);

  /** @type {Weight[]} */
  const onDemand = [];
  const atStart = { name, minified: 0, gzipped: 0 };
  for (const { path, contents } of outputFiles) {
    const chunk = Object.keys(outputs).find((key) => path.replaceAll("\\", "/").endsWith(`/${key}`)) ?? "";
    const gzipped = gzipSync(contents, { level: 9 }).length;
    if (started.has(chunk)) {
      atStart.minified += contents.length;
      atStart.gzipped += gzipped;
    } else {
      const source = outputs[chunk]?.entryPoint ?? "shared by these";
      onDemand.push({ name: `  on demand: ${source}`, minified: contents.length, gzipped });
    }
  }
  if (atStart.minified === 0) throw new Error(`${file} makes no bundle`);
  return { atStart, onDemand };
}

let over = 0;
/** @param {readonly (string | number)[]} cells */
const print = ([name, ...numbers]) =>
  console.log(String(name).padEnd(62), ...numbers.map((cell) => String(cell).padStart(9)));
print(["bytes", "minified", "gzipped", "budget", "goal"]);
for (const entry of entries) {
  if (!existsSync(root + entry.file)) continue;
  const { atStart, onDemand } = await weightsOf(entry);
  const { budget, goal } = entry;
  const isOver = budget !== undefined && atStart.gzipped > budget;
  if (isOver) over++;
  const verdict = isOver ? "TOO LARGE" : goal !== undefined && atStart.gzipped > goal ? "not yet" : "";
  print([atStart.name, atStart.minified, atStart.gzipped, budget ?? "", goal ?? "", verdict]);
  for (const { name, minified, gzipped } of onDemand) print([name, minified, gzipped]);
}
process.exit(over === 0 ? 0 : 1);
