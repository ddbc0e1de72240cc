import { coverageTargets, fuzzByCoverage } from "./coverage/main.ts";
import { fuzzPeer } from "./peer/main.ts";
import type { Random } from "./random.ts";
import { table, writeReport } from "./report.ts";
import { fuzzX509 } from "./x509Loop.ts";

/** Every target for so many seconds each, an hour where none are said; keeps what was learnt, and writes docs/hostile/fuzzing.md. */
export async function fuzzAll(random: Random, seconds = 3600): Promise<readonly unknown[]> {
  const finds: unknown[] = [...(await fuzzX509(random, seconds)), ...(await fuzzPeer(random, seconds))];
  const rows: (readonly (string | number)[])[] = [];
  for (const target of coverageTargets) {
    const result = await fuzzByCoverage(target, random, seconds, true);
    finds.push(...result.finds);
    rows.push([
      target.name,
      result.inputs,
      result.before,
      result.blocks,
      result.corpus.length,
      result.finds.length,
    ]);
  }
  writeReport("fuzzing", "Fuzzing that coverage steers", `npm run fuzz -- nightly --time ${seconds}`, [
    "V8's precise coverage of blocks, which a process can ask itself for, says which inputs reached something that none before",
    "them had; those are changed further. The corpus in fuzz/corpus/ holds, the shortest first, the inputs that each reach what",
    "the ones before don't. *codecs*: messages, which are read or refused, written as they were read, and shown to the end;",
    "*records*: streams of records with and without keys, which give the same however they are cut; *connections*: programs of up",
    "to 40 steps (a hello, any record in the clear or sealed with the right keys, an end, a break, what an application does),",
    "behind which each connection has come to an end, with a TlsError or none. A find is anything else; it becomes a line of the",
    "corpus, all of which are tests (test/hostile/corpus.test.ts).",
    "",
    ...table(
      ["target", "inputs", "blocks that the corpus reached before", "blocks reached", "inputs kept", "finds"],
      rows,
    ),
    `The same command also ran certificates (\`x509\`) and the server that bends its messages (\`peer\`), ${seconds} seconds each:`,
    `${finds.length} finds in all.`,
  ]);
  return finds;
}
