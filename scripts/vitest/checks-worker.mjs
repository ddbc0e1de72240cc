// @ts-check
// One of the processes behind scripts/test-checks.mjs: it keeps a Vitest with the sources transformed, and runs what it
// is told with one refusal switched off. A process of its own can be killed when a missing refusal makes a loop endless.

/**
 * @typedef {{ file: string, name: string, id: string, ids: string[], refusals: string[], ms: number, failed: string | null }} Ran
 * @typedef {{ kind: "survey", isReading: boolean } | { kind: "try", key: string, tests: { file: string, id: string }[] }} Order
 * @typedef {{ ran: Ran[], errors: string[] }} Report
 */

import { createVitest } from "vitest/node";
import { idsIn } from "./tests.mjs";

process.env["TLS13_TEST_CHECKS"] = "1";

/** @type {Ran[]} */
let ran = [];
/** @type {string[]} */
let errors = [];
let stopAtFailure = false;

/** @param {unknown} error */
function firstLine(error) {
  const { message } = /** @type {{ message?: string }} */ (error ?? {});
  return (message ?? String(error)).split("\n", 1)[0] ?? "";
}

const surveying = process.argv[2] === "survey";
const vitest = await createVitest("test", {
  watch: false,
  passWithNoTests: true,
  exclude: ["test/interop/**", "node_modules/**"],
  setupFiles: ["scripts/vitest/switches.mjs"],
  ...(surveying ? {} : { maxWorkers: 1, testTimeout: 5_000, hookTimeout: 5_000 }),
  reporters: [
    {
      onTestCaseResult(test) {
        const result = test.result();
        if (result.state === "skipped") return;
        const failed = result.state === "failed" ? firstLine(result.errors?.[0]) : null;
        ran.push({
          file: test.module.moduleId,
          name: test.fullName,
          id: test.id,
          ids: idsIn(test.name),
          refusals: /** @type {{ refusals?: string[] }} */ (test.meta()).refusals ?? [],
          ms: test.diagnostic()?.duration ?? 0,
          failed,
        });
        if (failed !== null && stopAtFailure) void vitest.cancelCurrentRun("test-failure");
      },
      onTestRunEnd(modules, unhandled) {
        for (const module of modules) {
          for (const error of module.errors()) errors.push(`${module.relativeModuleId}: ${firstLine(error)}`);
          for (const suite of module.children.allSuites()) {
            for (const error of suite.errors()) errors.push(`${suite.fullName}: ${firstLine(error)}`);
          }
        }
        for (const error of unhandled) errors.push(firstLine(error));
      },
    },
  ],
});
const project = vitest.getRootProject();
const provide = /** @type {(key: string, value: string) => void} */ (project.provide.bind(project));

/**
 * @param {Order} order
 * @returns {Promise<Report>}
 */
async function obey(order) {
  ran = [];
  errors = [];
  if (order.kind === "survey") {
    stopAtFailure = false;
    provide("refusalOff", "");
    const pattern = /\]\s*$/;
    const found = await vitest.globTestSpecifications();
    // What reads certificates is tested by tests that name no rules, and stand together.
    const specs = order.isReading
      ? found
          .filter(({ moduleId }) => /\/test\/(der|x509|trust)\//.test(moduleId))
          .map(({ moduleId }) => project.createSpecification(moduleId))
      : found.map(({ moduleId }) => project.createSpecification(moduleId, { testNamePattern: pattern }));
    await vitest.runTestSpecifications(specs);
  } else {
    stopAtFailure = true;
    provide("refusalOff", order.key);
    /** @type {Map<string, string[]>} */
    const files = new Map();
    for (const { file, id } of order.tests) files.set(file, [...(files.get(file) ?? []), id]);
    const specs = [...files].map(([file, testIds]) => project.createSpecification(file, { testIds }));
    await vitest.runTestSpecifications(specs);
  }
  return { ran, errors };
}

process.on("message", async (/** @type {Order} */ order) => {
  process.send?.(await obey(order));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
