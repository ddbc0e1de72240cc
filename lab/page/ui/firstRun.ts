import { readKeptRun } from "../keptRun.ts";
import type { Run } from "../run.ts";

/** The run at this address, where the page was built with it: so that the first view waits for no engine. */
export function firstRun(address: string): Run | undefined {
  const kept = document.getElementById("first-run");
  if (kept?.dataset["address"] !== address) return undefined;
  return readKeptRun(kept.textContent);
}
