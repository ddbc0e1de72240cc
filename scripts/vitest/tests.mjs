// @ts-check
// The tests by their full names, as Vitest collects them (so that names made by tables count), and the ids that they
// carry: "refuses a share in a group not offered [4.3.8/11, 4.2.3/1]".

/** @typedef {import("vitest/node").TestCase} TestCase */

const bracketed = /\[([^\][]+)\]\s*$/;
const provider = /^(\S+) provider$/;

/**
 * The ids of rules, or codes of errors, in square brackets at the end of a test's name.
 *
 * @param {string} name
 */
export function idsIn(name) {
  const list = bracketed.exec(name)?.[1];
  return list === undefined ? [] : list.split(",").map((id) => id.trim());
}

/**
 * What a reader wants to see of a test: its names from the outermost describe block on, without the ids, and the
 * provider of a suite that runs once with each set apart.
 *
 * @param {TestCase} test
 */
export function describeTest(test) {
  const names = [test.name.replace(bracketed, "").trim()];
  for (let at = test.parent; at.type === "suite"; at = at.parent) names.unshift(at.name);
  const variant = names.map((name) => provider.exec(name)?.[1]).find((name) => name !== undefined);
  return {
    file: test.module.relativeModuleId,
    title: names.filter((name) => !provider.test(name)).join(" › "),
    variant,
    ids: idsIn(test.name),
  };
}

/**
 * Collects every test without running one.
 *
 * @returns {Promise<ReturnType<typeof describeTest>[]>}
 */
export async function collectTests() {
  const { createVitest } = await import("vitest/node");
  const vitest = await createVitest("test", { watch: false, reporters: [], passWithNoTests: true });
  try {
    const { testModules, unhandledErrors } = await vitest.collect();
    const broken = testModules.filter((module) => module.errors().length > 0);
    for (const module of broken) console.error(`${module.relativeModuleId}: ${module.errors()[0]?.message}`);
    for (const error of unhandledErrors) console.error(error);
    if (broken.length + unhandledErrors.length > 0) throw new Error("some test files could not be loaded");
    return testModules.flatMap((module) => [...module.children.allTests()].map(describeTest));
  } finally {
    await vitest.close();
  }
}
