// @ts-check
// What Stryker lacks for scripts/mutation.mjs: an ignorer for words, and a reporter that keeps each outcome as soon as it is
// there, so that a run of hours that is cut off has not run for nothing.

import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { keep } from "./kept.mjs";

/** @typedef {import("./kept.mjs").Mutant} Mutant */

/** The second argument of these is what an error says to people. Its code is behaviour, and stays among the mutants. */
const makers = new Set(["peerError", "localError"]);

const words = {
  /** @param {{ key: string | number | null, listKey: string | null, parent: any }} path */
  shouldIgnore({ key, listKey, parent }) {
    const isSecond = listKey === "arguments" && key === 1 && parent.type === "CallExpression";
    if (!isSecond || parent.callee.type !== "Identifier" || !makers.has(parent.callee.name)) return undefined;
    return "the words of an error";
  },
};

class Keeper {
  /** @type {Map<string, Mutant[]>} */
  #mutants = new Map();
  /** @type {Map<string, number>} */
  #planned = new Map();

  /** @param {{ mutantPlans: readonly { mutant: { fileName: string } }[] }} event */
  onMutationTestingPlanReady({ mutantPlans }) {
    for (const { mutant } of mutantPlans) {
      const file = relative(process.cwd(), mutant.fileName).replaceAll("\\", "/");
      this.#planned.set(file, (this.#planned.get(file) ?? 0) + 1);
    }
    const runs = mutantPlans.filter((plan) => "plan" in plan && plan.plan === "Run").length;
    console.log(`${mutantPlans.length} mutants, ${runs} of them to try`);
  }

  /**
   * @param {{ fileName: string, mutatorName: string, replacement: string, status: string, statusReason?: string,
   *   location: { start: { line: number, column: number }, end: { line: number, column: number } } }} result
   */
  onMutantTested({ fileName, mutatorName, replacement, status, statusReason, location: { start, end } }) {
    const file = relative(process.cwd(), fileName).replaceAll("\\", "/");
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .slice(start.line - 1, end.line);
    lines[lines.length - 1] = lines.at(-1)?.slice(0, end.column - 1) ?? "";
    lines[0] = lines[0]?.slice(start.column - 1) ?? "";
    const mutant = { line: start.line, mutator: mutatorName, text: lines.join("\n"), replacement, status };
    const mutants = [...(this.#mutants.get(file) ?? []), mutant];
    this.#mutants.set(file, mutants);
    if (status === "Survived" || status === "NoCoverage" || status === "RuntimeError") {
      console.log(
        `${status} ${file}:${start.line} ${mutatorName} ${short(mutant.text)} → ${short(replacement)}`,
      );
      if (statusReason !== undefined) console.log(`  ${statusReason.split("\n", 1)[0]}`);
    }
    const planned = this.#planned.get(file) ?? 0;
    if (mutants.length === planned) console.log(`${file}: ${planned} mutants, done`);
    keep(file, mutants, planned);
  }
}

/** @param {string} text */
function short(text) {
  const line = text.replace(/\s+/g, " ");
  return line.length <= 90 ? line : `${line.slice(0, 89)}…`;
}

export const strykerPlugins = [
  { kind: "Ignore", name: "words", value: words },
  { kind: "Reporter", name: "keeper", injectableClass: Keeper },
];
