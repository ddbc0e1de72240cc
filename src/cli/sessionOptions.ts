import { Readable } from "node:stream";
import { defaultProvider } from "../crypto/provider/node.ts";
import type { ConnectOptions } from "../node/connect.ts";
import { createSessionCache } from "../session/memorySessionCache.ts";
import { nameOfCertificates } from "../session/partition.ts";
import { openSessionCodec } from "../session/sessionCodec.ts";
import { sharedSessionCache } from "../session/sharedSessionCache.ts";
import type { ConnectCommand } from "./connectArguments.ts";
import { readInput } from "./files.ts";
import { sessionFile } from "./sessionFile.ts";

export type SessionOptions = Pick<ConnectOptions, "sessions" | "partition">;

/**
 * Where sessions are kept between connections.
 * @param failed gets told why the file can't be written any more
 * @throws UsageError on a file of something else, or one that can't be written
 */
export function sessionOptions(command: ConnectCommand, failed: (why: string) => void): SessionOptions {
  const { sessionFile: file, reconnect } = command;
  if (file === undefined) return reconnect === 0 ? {} : { sessions: createSessionCache() };
  return {
    sessions: sharedSessionCache(sessionFile(file, failed), { codec: openSessionCodec }),
    partition: partitionFor(command),
  };
}

/** What tells servers apart in a file. What is left out the library adds. */
function partitionFor({
  host,
  port,
  starttls,
  insecure,
  caFiles,
  crlFiles,
  profile,
}: ConnectCommand): string {
  const roots = caFiles.map((file) => readInput("--ca", file));
  const trust = insecure
    ? "anybody"
    : roots.length === 0
      ? "the roots of the system"
      : nameOfCertificates(roots, defaultProvider.hashes["SHA-256"]);
  return JSON.stringify([host, port, starttls ?? null, trust, profile ?? null, crlFiles]);
}

/** What goes to the server, and when. */
export interface Input {
  readonly earlyData: Uint8Array | undefined;
  /** For each connection. */
  readonly stdin: () => Readable;
}

/**
 * Standard input is read to its end first where it is early data, or where more than one connection gets it.
 * @throws UsageError on a file of early data that can't be read
 */
export async function inputFor(
  { earlyDataFile: file, reconnect }: ConnectCommand,
  stdin: Readable,
): Promise<Input> {
  if (file === "-") return { earlyData: await allOf(stdin), stdin: () => Readable.from([]) };
  const earlyData = file === undefined ? undefined : readInput("--early-data", file);
  if (reconnect === 0) return { earlyData, stdin: () => stdin };
  const all = await allOf(stdin);
  return { earlyData, stdin: () => Readable.from(all.length === 0 ? [] : [all]) };
}

async function allOf(stdin: Readable): Promise<Uint8Array> {
  return Buffer.concat(await stdin.toArray());
}
