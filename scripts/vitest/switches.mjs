// @ts-check
// A set-up file of Vitest's, for scripts/test-checks.mjs only: it switches one refusal off, and notes in each test's meta
// data which refusals it came to.

import { afterEach, beforeEach, inject } from "vitest";

/** @typedef {{ meta: { refusals?: string[] } }} Task */

const off = inject(/** @type {never} */ ("refusalOff"));

/** @type {Set<Task>} */
const running = new Set();

beforeEach(({ task }) => {
  running.add(/** @type {Task} */ (task));
});

afterEach(({ task }) => {
  running.delete(/** @type {Task} */ (task));
});

Object.assign(globalThis, {
  /** @param {string} key */
  __refuses(key) {
    for (const { meta } of running) {
      meta.refusals ??= [];
      if (!meta.refusals.includes(key)) meta.refusals.push(key);
    }
    return key !== off;
  },
});
