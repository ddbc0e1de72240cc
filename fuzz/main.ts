// npm run fuzz -- TARGET [--time SECONDS] [--seed NUMBER] [--keep]: input that no honest peer sends, for whatever reads what a stranger
// sent. Ends with status 1 at what no input may do.
//
// x509  random, mutated and grammar-made certificates and what belongs to them; a find is printed for the corpus
// peer  a server that knows the keys and bends every message; without --time everything once, and writes its report
// codecs, records, connections  inputs that are changed as long as they reach something new; --keep writes the corpus anew
// nightly  all of them, an hour each; keeps the corpora and writes a report

import { parseArgs } from "node:util";
import { coverageTargets, fuzzByCoverage } from "./coverage/main.ts";
import { fuzzAll } from "./nightly.ts";
import { fuzzPeer } from "./peer/main.ts";
import { type Random, seeded } from "./random.ts";
import { fuzzX509 } from "./x509Loop.ts";

/** Answers what was found. */
type Target = (random: Random, seconds: number | undefined) => Promise<readonly unknown[]>;

const byCoverage = coverageTargets.map((target): readonly [string, Target] => [
  target.name,
  async (random, seconds = 60) => (await fuzzByCoverage(target, random, seconds, values.keep)).finds,
]);
const targets: Readonly<Record<string, Target>> = {
  x509: fuzzX509,
  peer: fuzzPeer,
  ...Object.fromEntries(byCoverage),
  nightly: fuzzAll,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    time: { type: "string" },
    keep: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const target = targets[positionals[0] ?? ""];
const seconds = values.time === undefined ? undefined : Number(values.time);
const seed = Number(values.seed);
if (target === undefined || (seconds !== undefined && !(seconds > 0)) || !Number.isInteger(seed)) {
  console.error(
    `usage: npm run fuzz -- ${Object.keys(targets).join("|")} [--time SECONDS] [--seed NUMBER] [--keep]`,
  );
  process.exit(1);
}

console.log(`seed ${seed}`);
const finds = await target(seeded(seed), seconds);
process.exit(finds.length === 0 ? 0 : 1);
