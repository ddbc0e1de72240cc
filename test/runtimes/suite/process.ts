// The entry for Node, Deno and Bun, which have Node's process.

import { run } from "./run.ts";

const [station] = process.argv.slice(2);
if (station === undefined) throw new Error("expected the address of the driver");
await run(station, {});
process.exit(0);
