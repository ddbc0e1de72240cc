#!/usr/bin/env node
import { run } from "./run.ts";

const { stdin, stdout, stderr, env } = process;

// Whoever reads our reports may leave before we are done; that is no failure of the connection.
stderr.on("error", () => {});

// The code is set, and not the process ended, so that what was written still leaves.
process.exitCode = await run(process.argv.slice(2), { stdin, stdout, stderr, env });
