// @ts-check
// npm run test:checks [-- FILE… | x509]: is each refusal held by a test?
//
// Every place where the client refuses what a server sent is taken out in turn, and a test that names one of its rules
// has to fail: "refuses a share in a group not offered [4.3.8/11]". Where the table of misdeeds lists no rule (the limit
// is ours), the test names the code of the error instead: "[too_many_warnings]".
//
// `x509` stands for src/der, src/x509 and src/trust, whose refusals are throws that name no rule of RFC 9846: any of their
// tests may fail. That takes too long to be asked without being named.
//
// A first run notes which tests come to which refusal, so that each is tried with only the tests that can tell.
// Refusals that no test can tell from another one are listed, with reasons, in test/rfc/equivalent-checks.json.

import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { readMisdeeds } from "./misdeeds.mjs";
import { places, readers, readSource, refusalFiles, refusalsOf } from "./vitest/refusals.mjs";

/** @typedef {import("./vitest/refusals.mjs").Refusal} Refusal */
/** @typedef {import("./vitest/checks-worker.mjs").Order} Order */
/** @typedef {import("./vitest/checks-worker.mjs").Report} Report */
/** @typedef {import("./vitest/checks-worker.mjs").Ran} Ran */

const started = performance.now();
const deadline = 60_000;
const equivalentsFile = new URL("../test/rfc/equivalent-checks.json", import.meta.url);

/** @type {Record<string, string>} */
const equivalents = existsSync(equivalentsFile) ? JSON.parse(readFileSync(equivalentsFile, "utf8")) : {};
const misdeeds = await readMisdeeds();
const named = process.argv
  .slice(2)
  .flatMap((path) => (path === "x509" ? readers : path.replace(/^\.\//, "")));
const wanted = named.length === 0 ? places : named;
const files = refusalFiles().filter((file) => wanted.some((path) => file.startsWith(path)));
const isReading = files.some((file) => readers.some((place) => file.startsWith(place)));
const refusals = files.flatMap((file) => refusalsOf(file, readSource(file)));
const survivors = /** @type {string[]} */ ([]);
const kept = /** @type {string[]} */ ([]);

class Worker {
  #process;
  /** @param {"survey" | "try"} kind */
  constructor(kind) {
    this.#process = fork(new URL("./vitest/checks-worker.mjs", import.meta.url), [kind]);
    this.ready = new Promise((resolve, reject) => {
      this.#process.once("message", resolve);
      this.#process.once("exit", (code) => reject(new Error(`a worker ended with ${code}`)));
    });
    this.ready.catch(() => {});
  }

  /**
   * @param {Order} order
   * @param {number} [within]
   * @returns {Promise<Report | "hung">}
   */
  async run(order, within) {
    await this.ready;
    return new Promise((resolve) => {
      const timer = within === undefined ? undefined : setTimeout(() => resolve("hung"), within);
      this.#process.once("message", (report) => {
        clearTimeout(timer);
        resolve(/** @type {Report} */ (report));
      });
      this.#process.once("exit", () => resolve("hung"));
      this.#process.send(order);
    });
  }

  end() {
    this.#process.removeAllListeners();
    this.#process.kill("SIGKILL");
  }
}

/** @param {Refusal} refusal */
function idsFor(refusal) {
  return new Set(
    refusal.codes.flatMap((code) => {
      const rules = misdeeds.get(code)?.rules ?? [];
      return rules.length === 0 ? [code] : rules;
    }),
  );
}

/** @param {number} count @param {string} noun */
const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** @param {Refusal} refusal @param {string} outcome */
function report(refusal, outcome) {
  console.log(`${refusal.file}:${refusal.line} ${refusal.codes.join("|") || "(computed code)"} → ${outcome}`);
}

/** @param {Refusal} refusal @param {string} why */
function survived(refusal, why) {
  report(refusal, `SURVIVED: ${why}`);
  survivors.push(`${refusal.key} (line ${refusal.line}): ${why}`);
}

// 1. The survey: every test that names something, with every refusal in place.
const surveyor = new Worker("survey");
const survey = await surveyor.run({ kind: "survey", isReading });
surveyor.end();
if (survey === "hung") throw new Error("the tests did not end");
const broken = [...survey.errors, ...survey.ran.flatMap((test) => (test.failed === null ? [] : [test.name]))];
if (broken.length > 0) {
  for (const problem of broken) console.error(problem);
  console.error(
    "\nThe tests fail with every refusal in place, so nothing can be learnt from taking one out.",
  );
  process.exit(1);
}
const seconds = Math.round((performance.now() - started) / 1000);
console.log(
  `${plural(survey.ran.length, "test")} passed in ${seconds} s; ${plural(refusals.length, "refusal")} to take out\n`,
);

// 2. Each refusal in turn, tried with the tests that name it and come to it, the quickest first.
/** @type {{ refusal: Refusal, tests: Ran[] }[]} */
const queue = [];
for (const refusal of refusals) {
  const reason = equivalents[refusal.key];
  if (reason !== undefined) {
    kept.push(`${refusal.key}: ${reason}`);
    continue;
  }
  if (refusal.span === null) {
    survived(refusal, "it is not a statement of its own; write throw peerError(…)");
    continue;
  }
  const ids = idsFor(refusal);
  const near = survey.ran.filter((test) => test.refusals.includes(refusal.key));
  const isReader = readers.some((place) => refusal.file.startsWith(place));
  const tests = near.filter((test) => isReader || test.ids.some((id) => ids.size === 0 || ids.has(id)));
  if (tests.length === 0) {
    const names = isReader || ids.size === 0 ? "anything" : [...ids].join(", ");
    const hint = near[0] === undefined ? "" : `; this one does, without naming it: ${near[0].name}`;
    survived(refusal, `no test that names ${names} comes here${hint}`);
  } else queue.push({ refusal, tests: tests.sort((a, b) => a.ms - b.ms) });
}

let next = 0;
async function work() {
  let worker = new Worker("try");
  for (let job = queue[next++]; job !== undefined; job = queue[next++]) {
    const { refusal, tests } = job;
    const order = tests.map(({ file, id }) => ({ file, id }));
    const outcome = await worker.run({ kind: "try", key: refusal.key, tests: order }, deadline);
    if (outcome === "hung") {
      worker.end();
      worker = new Worker("try");
      report(refusal, "a test that never ended");
      continue;
    }
    const failed = outcome.ran.find((test) => test.failed !== null);
    if (failed !== undefined) report(refusal, failed.name);
    else if (outcome.errors.length > 0) report(refusal, `an error outside the tests: ${outcome.errors[0]}`);
    else if (outcome.ran.length === 0) survived(refusal, "none of its tests ran");
    else survived(refusal, `passed without it: ${outcome.ran.map((test) => test.name).join("; ")}`);
  }
  worker.end();
}
const hands = Math.max(1, Math.min(2, availableParallelism(), queue.length));
await Promise.all(Array.from({ length: hands }, work));

// 3. What is to be done.
const stale = Object.keys(equivalents).filter(
  (key) =>
    files.some((file) => key.startsWith(`${file} `)) && !refusals.some((refusal) => refusal.key === key),
);
if (kept.length > 0) console.log(`\nLeft in place, with a reason:\n  ${kept.join("\n  ")}`);
if (survivors.length > 0)
  console.log(`\nTaken out, and no test that names a rule of theirs failed:\n  ${survivors.join("\n  ")}`);
if (stale.length > 0) console.log(`\nListed as equivalent, and no longer there:\n  ${stale.join("\n  ")}`);
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
console.log(
  `\n${plural(refusals.length, "refusal")}: ${refusals.length - survivors.length - kept.length} held by tests, ` +
    `${survivors.length} survived, ${kept.length} left in place (${minutes} minutes)`,
);
process.exit(survivors.length + stale.length === 0 ? 0 : 1);
