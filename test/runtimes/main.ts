// npm run test:runtimes [-- --only node24,deno] [--short] [--require N]: runs the portable suite in every runtime that is on
// this machine, and prints what came of it. --short takes only the providers that package.json chooses. Without --only and
// --short docs/runtimes.md is written. A failure, or fewer runtimes than required, is a failure.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { attempt } from "./attempt.ts";
import { chosenProvider } from "./bundle.ts";
import { makeFixtures } from "./fixtures.ts";
import { failuresOf, linesOf, page, passedIn, type Row, titleOf } from "./page.ts";
import { startPeer } from "./peer.ts";
import { runtimes } from "./runtimes.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    short: { type: "boolean", default: false },
    require: { type: "string", default: "0" },
  },
});
const only = values.only?.split(",");
const unknown = only?.filter((id) => !runtimes.some((one) => one.id === id)) ?? [];
if (unknown.length > 0) throw new Error(`no runtime is ${unknown.join(", ")}`);

// Else nothing would end the runtimes.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const peer = await startPeer();
const fixtures = JSON.stringify(makeFixtures(peer.about));
const wanted = runtimes
  .filter(({ id }) => only?.includes(id) ?? true)
  .flatMap((runtime) => {
    const chosen = chosenProvider(runtime.conditions);
    const providers = runtime.hasBoth && !values.short ? (["node", "web"] as const) : [chosen];
    return providers.map((provider) => ({ runtime, provider, chosen: provider === chosen }));
  });

const rows: Row[] = [];
let next = 0;
/** Two at a time: each keeps about one core busy. */
async function work(): Promise<void> {
  while (next < wanted.length) {
    const place = next++;
    const one = wanted[place];
    if (one === undefined) return;
    const { runtime, provider } = one;
    const command = runtime.version === undefined ? undefined : runtime.command;
    const row: Row = {
      ...one,
      attempt: command && (await attempt(runtime, command, provider, fixtures)),
    };
    rows[place] = row;
    console.log(titleOf(row));
    for (const line of [...linesOf(row), ...failuresOf(row).map((failure) => `FAILED ${failure}`)])
      console.log(`  ${line}`);
  }
}
await Promise.all([work(), work()]);
peer.close();

if (only === undefined && !values.short) {
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(new URL("../../docs/runtimes.md", import.meta.url), page(rows, date));
}
const present = new Set(rows.filter(({ attempt }) => attempt !== undefined).map(({ runtime }) => runtime.id))
  .size;
const isTooFew = present < Number(values.require);
if (isTooFew) console.error(`${present} runtimes are on this machine, and ${values.require} are needed`);
const failed = rows.flatMap(failuresOf).length;
console.log(`\n${rows.reduce((sum, row) => sum + passedIn(row), 0)} passed, ${failed} failed`);
process.exit(failed > 0 || isTooFew ? 1 : 0);
