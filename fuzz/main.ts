// npm run fuzz -- TARGET [--time SECONDS] [--seed NUMBER]: input that no honest peer sends, for whatever reads what a stranger
// sent. Ends with status 1 at what no input may do.
//
// x509  random, mutated and grammar-made certificates and what belongs to them; a find is printed for the corpus
// peer  a server that knows the keys and bends every message; without --time everything once, and writes its report

import { parseArgs } from "node:util";
import { fuzzPeer } from "./peer/main.ts";
import { type Random, seeded } from "./random.ts";
import { fuzzX509 } from "./x509Loop.ts";

/** Answers what was found. */
type Target = (random: Random, seconds: number | undefined) => Promise<readonly unknown[]>;

const targets: Readonly<Record<string, Target>> = { x509: fuzzX509, peer: fuzzPeer };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    time: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const target = targets[positionals[0] ?? ""];
const seconds = values.time === undefined ? undefined : Number(values.time);
const seed = Number(values.seed);
if (target === undefined || (seconds !== undefined && !(seconds > 0)) || !Number.isInteger(seed)) {
  console.error(`usage: npm run fuzz -- ${Object.keys(targets).join("|")} [--time SECONDS] [--seed NUMBER]`);
  process.exit(1);
}

console.log(`seed ${seed}`);
const finds = await target(seeded(seed), seconds);
process.exit(finds.length === 0 ? 0 : 1);
