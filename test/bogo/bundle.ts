import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Makes one file of the shim, that runs by itself: it is started thousands of times, and little of that should be its start. */
export async function bundleShim(outfile: string): Promise<void> {
  await build({
    entryPoints: [here("shim.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
    alias: { "#provider": here("../../src/crypto/provider/node.ts") },
    banner: { js: `#!${process.execPath}` },
  });
}
