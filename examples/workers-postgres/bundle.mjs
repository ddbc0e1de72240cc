import { isBuiltin } from "node:module";
import { build } from "esbuild";

/** The Worker and all that it imports, in one file, as wrangler would make it. */
export async function bundleWorker(entry, outfile) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker"],
    external: ["cloudflare:sockets", "node:*", "pg-native"],
    plugins: [requiredBuiltins],
    // As from npm: this folder lies within the project, whose own paths lead to its sources.
    tsconfigRaw: {},
    logLevel: "error",
  });
}

/** What CommonJS requires of Node's modules is imported instead: a Worker has them as modules only. */
const requiredBuiltins = {
  name: "required builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === "require-call" && isBuiltin(path) ? { path, namespace: "required" } : undefined,
    );
    onLoad({ filter: /./, namespace: "required" }, ({ path }) => ({
      contents: `import all from "node:${path.replace(/^node:/, "")}"; module.exports = all;`,
      loader: "js",
    }));
  },
};
