import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { removableRefusals } from "./scripts/vitest/refusals.mjs";
import Summary from "./scripts/vitest/summary.mjs";

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export default defineConfig({
  // Only scripts/test-checks.mjs asks for refusals that can be taken out; the tests themselves run on what is written.
  plugins: process.env["TLS13_TEST_CHECKS"] === undefined ? [] : [removableRefusals()],
  resolve: {
    alias: [
      { find: /^#provider$/, replacement: path("src/crypto/provider/node.ts") },
      { find: /^tls13$/, replacement: path("src/index.ts") },
      { find: /^tls13\/node$/, replacement: path("src/node/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "threads",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 5_000,
    reporters: ["default", new Summary()],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});
