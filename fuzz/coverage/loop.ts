import { type Bytes, concat } from "../../src/wire/bytes.ts";
import { mutateBytes } from "../mutate.ts";
import type { Random } from "../random.ts";
import { Blocks } from "./blocks.ts";
import { type CoverageTarget, readCorpus, writeCorpus } from "./target.ts";

export interface LoopResult {
  readonly inputs: number;
  /** Blocks of the sources that were reached. */
  readonly blocks: number;
  /** Those that the corpus alone reaches. */
  readonly before: number;
  readonly corpus: readonly Bytes[];
  readonly finds: readonly { readonly input: Bytes; readonly why: string }[];
}

/** Inputs between two looks at the coverage, which costs as much as some of them. */
const batch = 20;
const longest = 4096;

/** Changes what reached something new, and keeps what does so again. */
export async function coverageLoop(
  target: CoverageTarget,
  random: Random,
  seconds: number,
  keep: boolean,
): Promise<LoopResult> {
  const blocks = new Blocks();
  const finds: { input: Bytes; why: string }[] = [];
  let inputs = 0;
  const attempt = async (input: Bytes): Promise<boolean> => {
    inputs++;
    try {
      await target.run(input);
      return true;
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      finds.push({ input, why });
      return false;
    }
  };

  const known = [...readCorpus(target.name), ...(await target.seeds())].sort((a, b) => a.length - b.length);
  // All are changed further, those too that reach nothing new: what they have done by then may matter.
  const corpus: Bytes[] = [];
  for (const input of known) if (await attempt(input)) corpus.push(input);
  blocks.take();
  const before = blocks.seen.size;

  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end && finds.length < 10) {
    const tried: Bytes[] = [];
    for (let count = 0; count < batch && Date.now() < end; count++) {
      const input = changed(target, random, corpus);
      if (await attempt(input)) tried.push(input);
    }
    // Which of them was it? Each is tried again, until all that was new has an input that reaches it.
    const fresh = new Set(blocks.take());
    for (const input of tried) {
      if (fresh.size === 0) break;
      await attempt(input);
      const reached = blocks.among(fresh);
      for (const block of reached) fresh.delete(block);
      if (reached.length > 0) corpus.push(input);
    }
  }
  const kept = await smaller(target, corpus);
  if (keep) writeCorpus(target.name, kept);
  return { inputs, blocks: blocks.seen.size, before, corpus: kept, finds };
}

function changed(target: CoverageTarget, random: Random, corpus: readonly Bytes[]): Bytes {
  const input = random.pick(corpus);
  if (target.change !== undefined && random.chance(0.5)) {
    return target.change(random, input, corpus).slice(0, longest) as Bytes;
  }
  // Two that reach something, one behind the other, may reach more.
  if (random.chance(0.1)) return concat(input, random.pick(corpus)).slice(0, longest) as Bytes;
  return mutateBytes(random, input, corpus).slice(0, longest) as Bytes;
}

/** Of these, the short ones first, those that reach what none before them does. */
async function smaller(target: CoverageTarget, corpus: readonly Bytes[]): Promise<readonly Bytes[]> {
  const blocks = new Blocks();
  const kept: Bytes[] = [];
  for (const input of [...corpus].sort((a, b) => a.length - b.length)) {
    await target.run(input);
    if (blocks.take().length > 0) kept.push(input);
  }
  return kept;
}
