// npm run fuzz -- x509 [--time SECONDS] [--seed NUMBER]: random, mutated and grammar-made input for whatever reads what a
// stranger sent. Ends with status 1 at the first input that does what no input may, and prints it for the corpus.

import { parseArgs } from "node:util";
import { seeded } from "./random.ts";
import { countSteps } from "./steps.ts";
import * as x509 from "./x509.ts";

const targets: Readonly<Record<string, typeof x509>> = { x509 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    time: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
  },
});
const target = targets[positionals[0] ?? ""];
const [seconds, seed] = [Number(values.time), Number(values.seed)];
if (target === undefined || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error(`usage: npm run fuzz -- ${Object.keys(targets).join("|")} [--time SECONDS] [--seed NUMBER]`);
  process.exit(1);
}

countSteps();
console.log(`seed ${seed}, ${seconds} s, ${target.corpus.length} inputs in the corpus`);
const random = seeded(seed);
const end = Date.now() + 1000 * seconds;
let inputs = target.corpus.length;
let slowest = 0;
let finds = target.tryCorpus();
while (finds.length === 0 && Date.now() < end) {
  const start = performance.now();
  finds = target.tryOnce(random);
  slowest = Math.max(slowest, performance.now() - start);
  inputs += target.subjectCount;
}
for (const { kind, base64, why } of finds) console.log(`\n${why}\n${kind} ${base64}`);
console.log(
  `${inputs} inputs, the slowest ${target.subjectCount} together ${slowest.toFixed(0)} ms, ${finds.length} finds`,
);
process.exit(finds.length === 0 ? 0 : 1);
