// npm run demo: a TLS 1.3 handshake, told step by step. With a server of its own, made on the spot; or with any host:
// npm run demo -- example.com:443

import { PassThrough, Writable } from "node:stream";
import { parseCommand } from "../src/cli/arguments.ts";
import { converse } from "../src/cli/connect.ts";
import type { ConnectCommand } from "../src/cli/connectArguments.ts";
import { offerOptions, verifierFor } from "../src/cli/connectOptions.ts";
import { exitCodes } from "../src/cli/exitCodes.ts";
import { styleFor, wrap } from "../src/cli/report/style.ts";
import { hostPort } from "../src/cli/report/text.ts";
import { UsageError } from "../src/cli/usageError.ts";
import { createServerVerifier } from "../src/trust/serverVerifier.ts";
import { createTrustStore } from "../src/trust/trustStore.ts";
import type { ServerVerifier } from "../src/trust/verifier.ts";
import { narrator } from "./narrator.ts";
import { firstLines } from "./page.ts";

const style = styleFor(process.stdout, process.env);
const write = (text: string): void => {
  process.stdout.write(text);
};

/** The page is for looking at its beginning. */
const enough = 256 * 1024;
const patience = 15_000;

/** Fetches a page, and tells how. */
async function tell(command: ConnectCommand, verifier: ServerVerifier): Promise<number> {
  const host = hostPort(command).replace(/:443$/, "");
  const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: tls13-demo\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
  const stdin = new PassThrough();
  stdin.write(request);
  const page: Buffer[] = [];
  let length = 0;
  const stdout: Writable = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      page.push(chunk);
      length += chunk.length;
      done(length > enough ? new Error("enough of the page") : null);
    },
  });
  const timer = setTimeout(() => stdout.destroy(new Error("the page takes too long")), 2 * patience);
  const offer = { ...offerOptions(command, verifier), alpn: command.alpn ?? ["http/1.1"] };
  const exitCode = await converse(command, { ...offer, verifier }, narrator(write, style), { stdin, stdout });
  clearTimeout(timer);
  if (exitCode !== exitCodes.ok) return exitCode;
  const lines = firstLines(Buffer.concat(page)).map((line) => `  ${style.dim("|")} ${line}`);
  write(`\n${style.bold("The page")} that came over it, ${length} bytes:\n\n${lines.join("\n")}\n`);
  return exitCodes.ok;
}

async function tellLocally(): Promise<number> {
  // With a host there is no need for it, nor for what it takes to load it.
  const { startLocalServer } = await import("./localServer.ts");
  const server = await startLocalServer();
  const target = `localhost:${server.port}`;
  introduce(
    `A TLS 1.3 server now listens on ${target}. Its certificate was made a moment ago, and so was the root CA that signed it, which nobody in the world trusts but this program. Here is how tls13 finds out that it talks to that server and to nobody else.`,
  );
  try {
    const verifier = createServerVerifier({ roots: createTrustStore([server.root]) });
    return await tell(parseCommand(["connect", target]) as ConnectCommand, verifier);
  } finally {
    server.close();
  }
}

function introduce(words: string): void {
  write(
    `\n${wrap(words, 98)
      .map((line) => `  ${line}\n`)
      .join("")}\n`,
  );
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) return tellLocally();
  const command = parseCommand(["connect", ...argv]);
  if (command.kind !== "connect")
    throw new UsageError('try "npm run demo", or "npm run demo -- HOST[:PORT]"');
  introduce(
    `Here is how tls13 reaches ${hostPort(command)}, and finds out whether it is what it says, from the roots that this system trusts.`,
  );
  return tell({ ...command, timeout: Math.min(command.timeout || patience, patience) }, verifierFor(command));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  write(`${style.red("demo:")} ${error.message}\n`);
  process.exitCode = exitCodes.usage;
}
