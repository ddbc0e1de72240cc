// @ts-check
// npm run size: what each entry weighs in a browser, minified and gzipped, all that it needs included. Fails above a budget.
// Bundled from the sources, so that it needs no build and measures what is written now.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @typedef {{ name: string, file: string, names: readonly string[] | "*", budget?: number }} Entry `names`: what is
 *   imported, for bundlers leave the rest out; `budget` in bytes
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
  { name: "tls13: connect() with certificates, web provider", file: "src/index.ts", names: ["connect"] },
  { name: "tls13/websocket, web provider", file: "src/shapes/webSocketLike.ts", names: ["connect"] },
  { name: "tls13/pushed, web provider", file: "src/shapes/pushed.ts", names: ["connect"] },
  { name: "tls13, all of it, web provider", file: "src/index.ts", names: "*" },
];

/** @param {Entry} entry */
async function sizesOf({ file, names }) {
  const what = names === "*" ? "*" : `{ ${names.join(", ")} }`;
  const { outputFiles } = await build({
    stdin: { contents: `export ${what} from "./${file}";`, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    logLevel: "error",
    plugins: [
      {
        name: "web provider",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^#provider$/ }, () => ({ path: `${root}src/crypto/provider/web.ts` })),
      },
    ],
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error(`${file} makes no bundle`);
  return { minified: bundle.contents.length, gzipped: gzipSync(bundle.contents, { level: 9 }).length };
}

let over = 0;
/** @param {readonly (string | number)[]} cells */
const print = ([name, ...numbers]) =>
  console.log(String(name).padEnd(52), ...numbers.map((cell) => String(cell).padStart(9)));
print(["bytes", "minified", "gzipped", "budget"]);
for (const entry of entries) {
  if (!existsSync(root + entry.file)) continue;
  const { minified, gzipped } = await sizesOf(entry);
  const isOver = entry.budget !== undefined && gzipped > entry.budget;
  if (isOver) over++;
  print([entry.name, minified, gzipped, entry.budget ?? "", ...(isOver ? ["TOO LARGE"] : [])]);
}
process.exit(over === 0 ? 0 : 1);
