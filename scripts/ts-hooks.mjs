// @ts-check
// The module hooks behind scripts/ts.mjs.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const provider = new URL("../src/crypto/provider/node.ts", import.meta.url).href;
const sources = /^file:(?!.*\/node_modules\/).*\.ts$/;

/** @type {import("node:module").ResolveHook} */
export async function resolve(specifier, context, next) {
  const fromSource = context.parentURL !== undefined && sources.test(context.parentURL);
  if (specifier === "#provider" && fromSource) return { url: provider, format: "module", shortCircuit: true };
  return next(specifier, context);
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  if (!sources.test(url)) return next(url, context);
  const path = fileURLToPath(url);
  const { outputText } = ts.transpileModule(await readFile(path, "utf8"), {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
      inlineSources: true,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true };
}
