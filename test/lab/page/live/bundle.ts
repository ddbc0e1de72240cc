import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pageBuiltins } from "../../../../scripts/page-builtins.mjs";
import { bundle } from "../../../shapes/chromium.ts";

/** A module of these lines, with all that it imports, as the page has it: without a name of Node's left. */
export function bundleForPages(contents: string): Promise<string> {
  return bundle(contents, {
    plugins: [pageBuiltins],
    tsconfigRaw: {},
    jsx: "automatic",
    jsxImportSource: "preact",
  });
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
