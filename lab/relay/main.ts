// A WebSocket-to-TCP relay: node --import ./scripts/ts.mjs lab/relay/main.ts --help

import { parseRelayCommand } from "./arguments.ts";
import { help } from "./help.ts";
import { type RelayEvent, startRelay } from "./startRelay.ts";
import { RelayOptionError } from "./targets.ts";

function lineOf(event: RelayEvent): string {
  switch (event.kind) {
    case "refused":
      return `${event.from} refused: ${event.status} ${event.reason}`;
    case "closed":
      return `${event.from} turned away: ${event.ending.code} ${event.ending.reason}`;
    case "passed": {
      const { up, down, ending } = event.passed;
      // A reason may be the page's own words, with anything in it.
      const why = `${ending.code} ${JSON.stringify(ending.reason)}`;
      return `${event.from} ${event.target} ${up} bytes up, ${down} down: ${why}`;
    }
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const command = parseRelayCommand(argv);
  if (command.kind === "help") {
    process.stdout.write(help);
    return;
  }
  const log = (event: RelayEvent): void => {
    process.stderr.write(`${lineOf(event)}\n`);
  };
  const relay = await startRelay({ ...command.options, log });
  process.stdout.write(`${relay.address}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void relay.close());
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  // EADDRINUSE, EACCES and their like: of where it was told to listen.
  if (!(error instanceof RelayOptionError) && code === undefined) throw error;
  process.stderr.write(`relay: ${message}\n`);
  process.exitCode = 1;
}
