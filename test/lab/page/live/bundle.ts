import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { pageBuiltins } from "../../../../scripts/page-builtins.mjs";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** A module of these lines, with all that it imports, as the page has it: without a name of Node's left. */
export async function bundleForPages(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    logLevel: "error",
    plugins: [pageBuiltins],
    tsconfigRaw: {},
    jsx: "automatic",
    jsxImportSource: "preact",
    alias: { "#provider": `${root}src/crypto/provider/web.ts` },
  });
  return outputFiles[0]?.text ?? "";
}

/** The same module, loaded here. */
export async function importForPages<T>(contents: string): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tls13-page-"));
  const file = join(folder, "page.mjs");
  writeFileSync(file, await bundleForPages(contents));
  try {
    return (await import(pathToFileURL(file).href)) as T;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
