import { type Difference, differences } from "./differences.ts";
import { fits } from "./glob.ts";
import type { RunnerVerdict } from "./runner.ts";

/** What came of a case that was run. */
export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "differs"; readonly difference: Difference }
  | { readonly kind: "failed"; readonly says: string };

/** A case passes as the runner says, or differs from what it says in the one way that has a reason. */
export function outcomeOf({ name, verdict, text }: RunnerVerdict): Outcome {
  const difference = differences.find(({ tests }) => fits(name, tests));
  if (verdict === "PASSED") {
    return difference === undefined
      ? { kind: "passed" }
      : { kind: "failed", says: "it passes, although a difference is described" };
  }
  if (verdict === "UNIMPLEMENTED") return { kind: "failed", says: "unimplemented, and nobody says why" };
  if (difference === undefined) return { kind: "failed", says: text };
  const [verdictLine = ""] = text.split("\n");
  // After "want:" stand the same words with other values.
  const [got = ""] = text.split("\nwant:");
  const ours = /^\t\t\[([\w:]+)\]/m.exec(got)?.[1];
  const heard = /^\tlocal: "(.*)"$/m.exec(got)?.[1];
  const isIt =
    verdictLine === difference.verdict &&
    ours === difference.ours &&
    (heard ?? "").includes(difference.heard);
  return isIt
    ? { kind: "differs", difference }
    : { kind: "failed", says: `another outcome than the one described:\n${text}` };
}
