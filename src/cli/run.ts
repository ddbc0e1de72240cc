import { readFileSync } from "node:fs";
import { parseCommand } from "./arguments.ts";
import { connectCommand } from "./connect.ts";
import { type ExitCode, exitCodes } from "./exitCodes.ts";
import { helpFor } from "./help.ts";
import type { Io } from "./io.ts";
import { printable, styleFor } from "./report/style.ts";
import { UsageError } from "./usageError.ts";
import { verifyCommand } from "./verify.ts";

/** The whole program: arguments in, exit code out. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const command = parseCommand(argv);
    if (command.kind === "connect") return await connectCommand(command, io);
    if (command.kind === "verify") return await verifyCommand(command, io);
    io.stdout.write(command.kind === "help" ? helpFor(command.about) : `tls13 ${version()}\n`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.stderr.write(`${styleFor(io.stderr, io.env).red("tls13:")} ${printable(error.message)}\n`);
    return exitCodes.usage;
  }
}

function version(): string {
  // From src/cli and from dist/cli alike.
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
