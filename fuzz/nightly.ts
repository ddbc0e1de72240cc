import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CoverageSummary } from "./coverage/main.ts";
import type { Random } from "./random.ts";
import { table, writeReport } from "./report.ts";

const targets = ["x509", "peer", "codecs", "records", "connections"];

interface Ended {
  readonly target: string;
  readonly failed: boolean;
  readonly summary: CoverageSummary | undefined;
}

/** In a process of its own: V8 counts no blocks of what it compiled before it was asked to. */
function run(target: string, seconds: number, seed: number): Promise<Ended> {
  const options = ["--time", String(seconds), "--seed", String(seed), "--keep"];
  const child = fork(fileURLToPath(new URL("./main.ts", import.meta.url)), [target, ...options], {
    execArgv: process.execArgv,
  });
  let summary: CoverageSummary | undefined;
  child.on("message", (said) => {
    summary = said as CoverageSummary;
  });
  return new Promise((resolve) =>
    child.once("exit", (code) => resolve({ target, failed: code !== 0, summary })),
  );
}

/** Every target for so many seconds each, an hour where none are said; keeps what was learnt, and writes docs/hostile/fuzzing.md. */
export async function fuzzAll(random: Random, seconds = 3600): Promise<readonly unknown[]> {
  const ended: Ended[] = [];
  for (const target of targets) ended.push(await run(target, seconds, random.below(2 ** 31)));
  const failed = ended.filter((one) => one.failed).map(({ target }) => target);
  const rows = ended.flatMap(({ target, summary }) =>
    summary === undefined
      ? []
      : [[target, summary.inputs, summary.before, summary.blocks, summary.kept, summary.finds] as const],
  );
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
    `The same command also ran certificates (\`x509\`) and the server that bends its messages (\`peer\`), ${seconds} seconds each.`,
    failed.length === 0 ? "Nothing was found." : `Something was found by ${failed.join(", ")}.`,
  ]);
  return failed;
}
