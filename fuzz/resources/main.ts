// npm run resources [-- --short]: what a hostile server can make a client spend, and what connections leave behind. The long form
// has 1,000 hostile servers at once, 10,000 connections one after the other and 1,000 at once, and writes
// docs/hostile/resources.md; the short one a tenth of that.

import { parseArgs } from "node:util";
import { table, writeReport } from "../report.ts";
import { crowd } from "./crowd.ts";
import { floods } from "./floods.ts";
import { leaksOf } from "./leaks.ts";
import { startServer } from "./servers.ts";
import { costOf } from "./victim.ts";
import { sealedForNobody, takenWhileVerifying } from "./waits.ts";

const { values } = parseArgs({ options: { short: { type: "boolean", default: false } } });
const scale = values.short ? 0.1 : 1;
const wrongs: string[] = [];
const expect = (holds: boolean, what: string): void => {
  if (holds) return;
  wrongs.push(what);
  console.log(`WRONG: ${what}`);
};

const kib = (bytes: number): number => Math.max(0, Math.round(bytes / 1024));
const middle = (times: readonly number[]): number => Math.round(times[times.length >> 1] ?? 0);
const most = (times: readonly number[]): number => Math.round(times.at(-1) ?? 0);

// Floods: at most these are what a connection may hold, and what a MiB of anything may cost.
const mostHeld = 1024 * 1024;
const mostUnsent = 300 * 1024;

const mib = 2 ** 20;
const costs = [];
for (const flood of floods) {
  const cost = await costOf(flood, values.short ? mib / 2 : 4 * mib);
  const perMib = (cost.cpu / cost.bytes) * mib;
  costs.push([
    flood.what,
    kib(cost.bytes),
    cost.code ?? "taken",
    Math.round(perMib),
    kib(cost.held),
    kib(cost.unsent),
  ]);
  console.log(costs.at(-1)?.join(" | "));
  expect(cost.code === flood.code, `${flood.what}: ${cost.code}`);
  expect(cost.held < mostHeld, `${flood.what}: ${kib(cost.held)} KiB are held`);
  expect(cost.unsent < mostUnsent, `${flood.what}: ${kib(cost.unsent)} KiB wait for who does not read`);
}

const taken = await takenWhileVerifying(64 * mib);
const sealed = await sealedForNobody(64 * mib);
console.log(`${kib(taken)} KiB taken while a verifier works, ${kib(sealed)} KiB sealed for nobody`);
expect(taken < mostHeld, "a flood is read on while a verifier works");
expect(sealed < mostUnsent, "bytes are sealed that nobody takes");

const [honest, hostile] = [await startServer("honest"), await startServer("hostile")];
const oneByOne = await leaksOf(honest, 10_000 * scale, 1);
const atOnce = await leaksOf(honest, 10_000 * scale, 1000 * scale);
for (const { connections, early, late, left, listeners } of [oneByOne, atOnce]) {
  console.log(
    `${connections} connections: ${kib(early)} KiB after a tenth, ${kib(late)} KiB in the end, left: ${left}`,
  );
  // What a process learns and keeps (compiled code, hashes of certificates) is less than that, and no matter how many they were.
  expect(late - early < 2 * mib, `${connections} connections left ${kib(late - early)} KiB`);
  expect(left.length === 0, `${connections} connections left ${left}`);
  expect(listeners === 0, `${connections} connections left ${listeners} listeners`);
}

const size = 1000 * scale;
const crowded = await crowd(honest, hostile, size, 50 * scale);
console.log(
  `within ${size} hostile connections an honest one takes ${middle(crowded.within)} ms, ${most(crowded.within)} ms at most`,
);
expect(most(crowded.within) < 30_000, "an honest connection is held up");
expect(crowded.held < mostHeld, `a hostile connection holds ${kib(crowded.held)} KiB`);
expect(crowded.left.length === 0, `the crowd left ${crowded.left}`);
for (const kind of ["says nothing", "drips a byte at a time", "stops within its Certificate"]) {
  const ends = [...(crowded.endings.get(kind)?.keys() ?? [])];
  expect(ends.join() === "timeout", `who ${kind} ends with ${ends}`);
}
honest.close();
hostile.close();
console.log(`${wrongs.length} wrong`);

if (!values.short) {
  writeReport("resources", "What a hostile server can make a client spend", "npm run resources", [
    "## One connection under a flood",
    "",
    "4 MiB of it, or until it is refused, with the ciphers of Node and nobody who reads what the client sends. CPU is per MiB that",
    "arrived; *held* is what a connection has in memory once the flood has come, *unsent* what it had said by then.",
    "",
    ...table(["flood", "KiB taken", "outcome", "CPU, ms a MiB", "KiB held", "KiB unsent"], costs),
    `While a verifier still works, ${kib(taken)} KiB are taken and then no more read; for a server that reads no more, ${kib(sealed)} KiB are`,
    "sealed of the 64 MiB that an application wants to say, and the rest waits where the application has it. A chain that is made to",
    "explode path building is in [certificates.md](../certificates.md).",
    "",
    `## ${size.toLocaleString("en")} hostile connections at once`,
    "",
    `Over TCP, in one process with the honest client; with them an honest connection, a handshake and an echo, takes ${middle(crowded.within)} ms`,
    `(at most ${most(crowded.within)}), without them ${middle(crowded.alone)} ms (at most ${most(crowded.alone)}). Each holds ${kib(crowded.held)} KiB. How they stood once the`,
    "30 seconds of a handshake were over:",
    "",
    ...table(
      ["the server", "how it ended"],
      [...crowded.endings].map(([kind, counts]) => [
        kind,
        [...counts].map(([code, count]) => `${code} ${count}`).join(", "),
      ]),
    ),
    "## What connections leave behind",
    "",
    "Clean ends, ends before the handshake, refused names, connections given up before and after, in turn. Bytes in use on the heap",
    "and beside it, after a full collection. No socket, no timer and no listener of a signal that all of them had is left.",
    "",
    ...table(
      ["connections", "at once", "KiB in use after a tenth", "KiB in use in the end"],
      [oneByOne, atOnce].map(({ connections, early, late }, index) => [
        connections,
        index === 0 ? 1 : size,
        kib(early),
        kib(late),
      ]),
    ),
  ]);
}
process.exit(wrongs.length === 0 ? 0 : 1);
