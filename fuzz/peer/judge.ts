import { TlsError } from "../../src/wire/error.ts";
import type { Bend } from "./bend.ts";
import type { Outcome } from "./conversation.ts";

export type Result = "same" | "refused" | "other" | { readonly fault: string };

/** What came of a bend; a fault where it may not. */
export function judge({ expected, mayChange = [] }: Bend, outcome: Outcome, honest: Outcome): Result {
  const { error, closed, facts, failure } = outcome;
  if (!closed) return { fault: "the connection hangs" };
  if (error !== undefined) {
    if (!(error instanceof TlsError)) return { fault: `an exception: ${error}` };
    if (error.code === "internal_error")
      return { fault: `an internal error: ${error.cause ?? error.message}` };
    return expected === "same" ? { fault: `refused: ${error.message}` } : "refused";
  }
  if (failure !== undefined) return { fault: `the server does not agree: ${failure}` };
  const differing = Object.keys(honest.facts).filter((fact) => facts[fact] !== honest.facts[fact]);
  const unexpected = differing.filter((fact) => !mayChange.includes(fact));
  if (unexpected.length > 0) {
    return { fault: `another connection: ${unexpected.map((fact) => `${fact} ${facts[fact]}`).join(", ")}` };
  }
  if (expected === "refused") return { fault: "taken" };
  if (differing.length > 0) return expected === "same" ? { fault: `other ${differing}` } : "other";
  return "same";
}
