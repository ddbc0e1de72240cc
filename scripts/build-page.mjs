// @ts-check
// npm run build:page [folder]: makes the lab page, files that any web server can hand out from any folder, in dist-page/.

import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? `${root}dist-page`);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
copyFileSync(`${root}lab/page/index.html`, `${folder}/index.html`);

// The engine is a chunk of its own, imported when the first view stands already.
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
  alias: { "#provider": `${root}src/crypto/provider/web.ts` },
});

const files = Object.entries(metafile.outputs).sort(([, a], [, b]) => b.bytes - a.bytes);
for (const [path, { bytes }] of files) {
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KiB  ${path.split("/").at(-1)}`);
}
