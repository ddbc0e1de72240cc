// @ts-check
// npm run build:wasm: makes src/crypto/provider/wasm/module.ts of scripts/wasm/chacha20Poly1305.mjs.
// npm run build:wasm -- --check: compares them, and writes nothing.

import { readFileSync, writeFileSync } from "node:fs";
import { moduleBytes } from "./wasm/chacha20Poly1305.mjs";

const file = "src/crypto/provider/wasm/module.ts";
const url = new URL(`../${file}`, import.meta.url);
const text = `// Made by scripts/build-wasm.mjs of scripts/wasm/chacha20Poly1305.mjs; not to be edited.

/** The module's bytes in base64. */
export const moduleText =
  "${Buffer.from(moduleBytes).toString("base64")}";
`;

if (!process.argv.includes("--check")) writeFileSync(url, text);
else if (readFileSync(url, "utf8") !== text) {
  console.error(`${file} is not what scripts/wasm/chacha20Poly1305.mjs makes: npm run build:wasm`);
  process.exit(1);
}
console.log(`${moduleBytes.length} bytes of WebAssembly in ${file}`);
