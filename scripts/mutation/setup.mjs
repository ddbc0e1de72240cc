// @ts-check
// A set-up file of Vitest's, for scripts/mutation.mjs only. All test files share a thread, and Stryker's notes of what each
// came to would grow from file to file: each starts with none, but for what ran while its modules loaded. An endless loop is told
// by its count of turns, so that counts.

import { afterAll, beforeAll } from "vitest";

/** @typedef {{ static: object, perTest: object }} Coverage */

const notes = () =>
  /** @type {{ __stryker__?: { mutantCoverage?: Coverage } }} */ (globalThis).__stryker__?.mutantCoverage;

beforeAll(() => {
  const coverage = notes();
  if (coverage !== undefined) coverage.perTest = {};
});

afterAll((_, suite) => {
  const { meta } = /** @type {{ meta: { mutantCoverage?: Coverage } }} */ (/** @type {unknown} */ (suite));
  if (meta.mutantCoverage !== undefined) meta.mutantCoverage = { ...meta.mutantCoverage };
  const coverage = notes();
  if (coverage === undefined) return;
  coverage.static = {};
  coverage.perTest = {};
});
