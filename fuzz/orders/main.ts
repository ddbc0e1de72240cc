// npm run explore [-- --depth LETTERS] [--provider node|web]: walks every order in which a server may send its messages, right
// and wrong, and expects the client to take those of RFC 9846 and no other. Without options: the long form, to depth 9 with the
// ciphers of Node and to depth 7 with those of WebCrypto, whose report is docs/hostile/orders.md.

import { parseArgs } from "node:util";
import { defaultProvider as node } from "../../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../../src/crypto/provider/web.ts";
import { table, writeReport } from "../report.ts";
import type { Said } from "./letters.ts";
import { scenarios } from "./scenarios.ts";
import { type Walk, walk, walkerOf } from "./walk.ts";

const providers = { node, web } as const;

const { values } = parseArgs({ options: { depth: { type: "string" }, provider: { type: "string" } } });
const isLong = values.depth === undefined && values.provider === undefined;
const plans = isLong
  ? ([
      ["node", 9],
      ["web", 7],
    ] as const)
  : ([[values.provider === "web" ? "web" : "node", Number(values.depth ?? 9)]] as const);

const show = (word: readonly Said[]): string =>
  word.map(({ letter, under }) => (under === "due" ? letter : `${letter} (under ${under})`)).join(", ");

/** The orders that were taken and end with Finished: each stands for all that may follow it. */
function completeOf({ taken, scenario: { anywhere = [] } }: Walk): readonly string[] {
  return taken
    .filter((word) => word.at(-1)?.letter === "Finished")
    .filter((word) => !word.some(({ letter }) => anywhere.includes(letter)))
    .map(show);
}

const rows: (readonly (string | number)[])[] = [];
const orders: string[] = [];
const codes = new Map<string, number>();
let faults = 0;
for (const [name, most] of plans) {
  for (const scenario of scenarios) {
    const depth = Math.min(most, scenario.most ?? most);
    const start = performance.now();
    const walked = await walk(await walkerOf(scenario, providers[name]), depth);
    const seconds = Math.round((performance.now() - start) / 1000);
    faults += walked.faults.length;
    const complete = completeOf(walked);
    rows.push([
      scenario.name,
      name,
      depth,
      walked.tried,
      walked.taken.length - 1,
      complete.length,
      walked.faults.length,
    ]);
    console.log(
      `${scenario.name}, ${name}, depth ${depth}: ${walked.tried} tried, ${walked.taken.length - 1} taken, ${seconds} s`,
    );
    for (const { word, why } of walked.faults) console.log(`  ${show(word)}: ${why}`);
    for (const [code, count] of walked.codes) codes.set(code, (codes.get(code) ?? 0) + count);
    if (name === plans[0][0]) orders.push(`- ${scenario.name}`, ...complete.map((order) => `  - ${order}`));
  }
}
console.log(`${faults} faults`);

if (isLong) {
  writeReport("orders", "Every order of a server's messages", "npm run explore", [
    "The lab's server says its messages in every order, each as right as it can be where it stands: Finished is over the real",
    "transcript, CertificateVerify signs it, records are under the keys that are due. Up to the first letter behind Finished each",
    "is also tried under the other keys. Behind an order that the client refuses nothing more is tried. What it takes is compared",
    "with a list written down from RFC 9846 (figure 1, §2.1 to §2.3, §4.2.4, §4.4, §4.5, §4.7, §A.1), which is in",
    "fuzz/orders/scenarios.ts: an order that is taken and is not on it, or the other way round, is a fault; so is a connection",
    "that opens, or data that arrives, before Finished in its place, a refusal without an alert, and a server that does not agree.",
    "",
    ...table(
      ["scenario", "ciphers", "depth", "orders tried", "taken", "that reach Finished", "faults"],
      rows,
    ),
    "The orders that were taken up to Finished, left out those that differ in ChangeCipherSpec only:",
    "",
    ...orders,
    "",
    "What the others were refused with:",
    "",
    ...table(
      ["code → alert", "times"],
      [...codes].sort(([, a], [, b]) => b - a),
    ),
  ]);
}
process.exit(faults === 0 ? 0 : 1);
