// The suite as one module, as a bundler would make it for a runtime.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

export type ProviderName = "node" | "web";
export type Entry = "process" | "browser" | "worker";

/** Which provider package.json names for a runtime, by the conditions that it goes by. */
export function chosenProvider(conditions: readonly string[]): ProviderName {
  const { imports } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as {
    readonly imports: { readonly "#provider": Readonly<Record<string, string>> };
  };
  for (const [condition, path] of Object.entries(imports["#provider"])) {
    if (condition !== "default" && !conditions.includes(condition)) continue;
    const name = /provider\/(\w+)\.js$/.exec(path)?.[1];
    if (name === "node" || name === "web") return name;
  }
  throw new Error(`package.json names no provider for ${conditions.join(", ")}`);
}

export async function bundle(entry: Entry, provider: ProviderName): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}/test/runtimes/suite/${entry}.ts`],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: entry === "process" ? "node" : "neutral",
    mainFields: ["module", "main"],
    external: ["cloudflare:*"],
    sourcemap: false,
    logLevel: "error",
    alias: { "#provider": `${root}/src/crypto/provider/${provider}.ts` },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`${entry} makes no bundle`);
  return file.text;
}
