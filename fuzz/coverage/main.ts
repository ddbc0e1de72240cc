import type { Random } from "../random.ts";
import { codecs } from "./codecs.ts";
import { connections } from "./connections.ts";
import { coverageLoop, type LoopResult } from "./loop.ts";
import { records } from "./records.ts";
import type { CoverageTarget } from "./target.ts";

export const coverageTargets: readonly CoverageTarget[] = [codecs, records, connections];

/** What a run came to, for who started it. */
export interface CoverageSummary {
  readonly inputs: number;
  readonly before: number;
  readonly blocks: number;
  readonly kept: number;
  readonly finds: number;
}

/** Runs one target for so many seconds, and prints what was found, as lines for its corpus. */
export async function fuzzByCoverage(
  target: CoverageTarget,
  random: Random,
  seconds: number,
  keep: boolean,
): Promise<LoopResult> {
  const result = await coverageLoop(target, random, seconds, keep);
  const { inputs, before, blocks, corpus, finds } = result;
  for (const { input, why } of finds) console.log(`\n${why}\n${Buffer.from(input).toString("base64")}`);
  console.log(
    `${target.name}: ${inputs} inputs, ${blocks} blocks of the sources reached (${before} by the corpus), ${corpus.length} inputs worth keeping, ${finds.length} finds`,
  );
  const summary: CoverageSummary = { inputs, before, blocks, kept: corpus.length, finds: finds.length };
  process.send?.(summary);
  return result;
}
