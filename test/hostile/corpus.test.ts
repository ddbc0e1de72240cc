import { expect, test } from "vitest";
import { coverageTargets } from "../../fuzz/coverage/main.ts";
import { readCorpus } from "../../fuzz/coverage/target.ts";
import { mutateBytes } from "../../fuzz/mutate.ts";
import { seeded } from "../../fuzz/random.ts";

// The short form of `npm run fuzz -- codecs|records|connections`: what was kept, and some changes of it, the same each time.

test.each(coverageTargets)("no input of the corpus does what no input may: $name", async (target) => {
  const corpus = readCorpus(target.name);
  expect(corpus.length).toBeGreaterThan(10);
  for (const input of corpus) await target.run(input);
});

test.each(coverageTargets)("nor does a changed one: $name", async (target) => {
  const corpus = readCorpus(target.name);
  const random = seeded(12);
  for (let count = 0; count < 300; count++) {
    await target.run(mutateBytes(random, random.pick(corpus), corpus).slice(0, 4096));
  }
});
