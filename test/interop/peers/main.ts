// npm run interop [-- --short] [-- PEER…]: takes each peer through all cases, prints what came of them and writes docs/interop.md.
// --short moves 4 MiB in place of 64, writes nothing, and fails with fewer than eight peers. Peers are chosen by a part of
// their names; then nothing is written either.

import { writeFileSync } from "node:fs";
import { peers } from "./all.ts";
import { columns } from "./bench.ts";
import { cases } from "./cases.ts";
import { cell, page, type Result, reasons } from "./page.ts";
import { rowOf } from "./table.ts";

const fewest = 8;
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const isShort = process.argv.includes("--short");
const bulk = (isShort ? 4 : 64) * 2 ** 20;

// Else nothing would end the peers.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const results: Result[] = [];
let failed = 0;
let passed = 0;
for (const peer of peers) {
  if (wanted.length > 0 && !wanted.some((word) => peer.name.toLowerCase().includes(word.toLowerCase())))
    continue;
  if (peer.version === undefined) {
    console.log(`${peer.name}: skipped, it is not on this machine`);
    results.push({ peer, row: undefined });
    continue;
  }
  const from = performance.now();
  const row = await rowOf(peer, cases, { bulk, limit: 30_000 });
  results.push({ peer, row });
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  console.log(`${peer.name}, ${peer.version} (${seconds} s)`);
  console.log(`  ${columns.map((column) => `${column}: ${cell(row, column)}`).join("; ")}`);
  for (const reason of reasons(row)) if (reason.includes("FAILED")) console.log(`  ${reason}`);
  for (const { kind } of row.values()) {
    if (kind === "failed") failed++;
    if (kind === "passed") passed++;
  }
}
if (!isShort && wanted.length === 0) {
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(new URL("../../../docs/interop.md", import.meta.url), page(results, date, bulk));
}
const present = results.filter(({ row }) => row !== undefined).length;
const isTooFew = isShort && wanted.length === 0 && present < fewest;
if (isTooFew) console.error(`${present} peers are on this machine, and ${fewest} are needed`);
console.log(`\n${passed} passed, ${failed} failed`);
if (failed > 0 || isTooFew) process.exitCode = 1;
