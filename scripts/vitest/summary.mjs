// @ts-check
// A reporter that ends each run with one line for people and scripts: "N passed, N failed".

/** @typedef {import("vitest/node").Reporter} Reporter */

/** @implements {Reporter} */
export default class Summary {
  /**
   * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failures = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") count.passed++;
        else if (state === "skipped") count.skipped++;
        else failures++;
      }
      // A file that could not be loaded, or a hook that threw, fails without a test of its own.
      count.failed += module.ok() ? failures : Math.max(failures, 1);
    }
    const skipped = count.skipped === 0 ? "" : `, ${count.skipped} skipped`;
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}
