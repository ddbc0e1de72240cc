import type { Random } from "./random.ts";
import { countSteps } from "./steps.ts";
import * as x509 from "./x509.ts";

/** Until the first find, or for so many seconds; a minute where none are said. */
export async function fuzzX509(random: Random, seconds = 60): Promise<readonly unknown[]> {
  countSteps();
  console.log(`${seconds} s, ${x509.corpus.length} inputs in the corpus`);
  const end = Date.now() + 1000 * seconds;
  let inputs = x509.corpus.length;
  let slowest = 0;
  let finds = x509.tryCorpus();
  while (finds.length === 0 && Date.now() < end) {
    const start = performance.now();
    finds = x509.tryOnce(random);
    slowest = Math.max(slowest, performance.now() - start);
    inputs += x509.subjectCount;
  }
  for (const { kind, base64, why } of finds) console.log(`\n${why}\n${kind} ${base64}`);
  console.log(
    `${inputs} inputs, the slowest ${x509.subjectCount} together ${slowest.toFixed(0)} ms, ${finds.length} finds`,
  );
  return finds;
}
