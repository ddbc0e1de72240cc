// @ts-check
// npm run build:page [folder]: makes the lab page, files that any web server can hand out from any folder, in dist-page/.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageBuiltins } from "./page-builtins.mjs";
import "./ts.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? `${root}dist-page`);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
// The engine and the rules are chunks of their own, imported when the first view stands already.
const { metafile } = await build({
  entryPoints: { page: `${root}lab/page/ui/main.tsx`, style: `${root}lab/page/ui/style/page.css` },
  outdir: folder,
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  logLevel: "warning",
  metafile: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  tsconfigRaw: {},
  legalComments: "none",
  plugins: [pageBuiltins],
  alias: { "#provider": `${root}src/crypto/provider/web.ts` },
});

// The first view is there before the engine is: the run that it shows is kept in the page. What the engine imports is listed
// there too, to be fetched along with it when its time has come.
const { runScenario } = await import("../lab/page/runScenario.ts");
const { keepRun } = await import("../lab/page/keptRun.ts");
const first = keepRun(await runScenario("full", [])).replaceAll("<", "\\u003c");
const [page, engine] = [/\/page\.js$/, /\/engine-\w+\.js$/].map((name) =>
  Object.keys(metafile.outputs).find((path) => name.test(path)),
);
const index = readFileSync(`${root}lab/page/index.html`, "utf8");
const behind = [
  `<script id="first-run" type="application/json" data-address="full">${first}</script>`,
  `<template id="engine">${preload(engine)}</template>`,
].join("\n    ");
writeFileSync(
  `${folder}/index.html`,
  index
    .replace("</head>", () => `  ${preload(page)}\n  </head>`)
    .replace("</body>", () => `  ${behind}\n  </body>`),
);

const sources = await writeSources();
const files = Object.entries(metafile.outputs).sort(([, a], [, b]) => b.bytes - a.bytes);
for (const [path, { bytes }] of files) {
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KiB  ${path.split("/").at(-1)}`);
}
console.log(`and ${sources} sources to link to, in ${folder}`);

/**
 * A chunk and all that it imports, to be fetched side by side.
 * @param {string | undefined} chunk
 */
function preload(chunk) {
  const imports = metafile.outputs[chunk ?? ""]?.imports ?? [];
  return [chunk, ...imports.flatMap(({ path, kind }) => (kind === "import-statement" ? [path] : []))]
    .map((path) => `<link rel="modulepreload" href="${path?.split("/").at(-1)}" />`)
    .join("");
}

/** The sources that rules point at, as pages with a line to point at. */
async function writeSources() {
  const { codeRows, ruleRows } = await import("../lab/page/ruleData.ts");
  const places = [...ruleRows.flatMap((row) => row[8]), ...codeRows.flatMap((row) => row[3])];
  const files = new Set(places.map((place) => place.slice(0, place.lastIndexOf(":"))));
  for (const file of files) {
    const lines = readFileSync(`${root}${file}`, "utf8").trimEnd().split("\n");
    const up = "../".repeat(file.split("/").length);
    const path = `${folder}/source/${file}.html`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        `<title>${file}</title><link rel="stylesheet" href="${up}style.css"></head>`,
        `<body class="source"><main><h1>${file}</h1><pre tabindex="0"><code>`,
        ...lines.map((line, i) => `<span id="L${i + 1}">${escaped(line)}\n</span>`),
        "</code></pre></main></body></html>\n",
      ].join(""),
    );
  }
  return files.size;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
