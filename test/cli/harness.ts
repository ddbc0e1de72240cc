import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import net from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { run } from "../../src/cli/run.ts";
import { type Chain, makeChain } from "../certificates.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Surroundings {
  /** Default: open, and silent. */
  readonly stdin?: Readable | string;
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  readonly stdout?: Writable;
}

/** The program within this process: a spawn costs half a second. */
export async function tls13(args: readonly string[], around: Surroundings = {}): Promise<Outcome> {
  const stdout = Object.assign(collector(), { isTTY: around.tty ?? false });
  const stderr = Object.assign(collector(), { isTTY: around.tty ?? false });
  const { stdin = new PassThrough() } = around;
  const code = await run(args, {
    stdin: typeof stdin === "string" ? textStream(stdin) : stdin,
    stdout: around.stdout ?? stdout,
    stderr,
    env: around.env ?? {},
  });
  return { code, stdout: stdout.bytes(), stderr: stderr.bytes().toString() };
}

/** As a user runs it. */
export async function spawnTls13(args: readonly string[], stdin: string): Promise<Outcome> {
  const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const child = spawn(
    process.execPath,
    ["--import", new URL("../../scripts/ts.mjs", import.meta.url).href, path("src/cli/main.ts"), ...args],
    { stdio: "pipe" },
  );
  onTestFinished(() => {
    child.kill();
  });
  const [stdout, stderr] = [collector(), collector()];
  child.stdout.pipe(stdout);
  child.stderr.pipe(stderr);
  // A program that has ended already, on an error of usage, reads nothing.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const [code] = await once(child, "close");
  return { code, stdout: stdout.bytes(), stderr: stderr.bytes().toString() };
}

function textStream(text: string): Readable {
  return Readable.from(text === "" ? [] : [Buffer.from(text)]);
}

function collector(): Writable & { bytes(): Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return Object.assign(stream, { bytes: () => Buffer.concat(chunks) });
}

export const chain: Chain = makeChain({ names: ["localhost", "*.example.net"], ips: ["127.0.0.1"] });

/** What a node:tls server shows of a chain. */
export function shown({ chainPem, leafKeyPem }: Chain = chain): { cert: string; key: string } {
  return { cert: chainPem, key: leafKeyPem };
}

type Talk = (socket: tls.TLSSocket) => void;

/** Says hello, and goodbye. */
export const greet: Talk = (socket) => {
  // From within the handshake OpenSSL can't say close_notify yet.
  setImmediate(() => socket.end("hello\n"));
};

export interface Running {
  readonly port: number;
  readonly target: string;
  readonly server: net.Server;
}

/** A node:tls server on loopback, until the test is done. */
export function tlsServer(options: tls.TlsOptions = {}, talk: Talk = greet): Promise<Running> {
  const server = tls.createServer({ ...shown(), minVersion: "TLSv1.3", ...options }, (socket) => {
    socket.on("error", () => {});
    talk(socket);
  });
  server.on("tlsClientError", () => {});
  return listen(server);
}

export function tcpServer(
  talk: (socket: net.Socket) => void,
  options: net.ServerOpts = {},
): Promise<Running> {
  return listen(
    net.createServer(options, (socket) => {
      socket.on("error", () => {});
      talk(socket);
    }),
  );
}

async function listen(server: net.Server): Promise<Running> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, target: `localhost:${port}`, server };
}

export function jsonLines(text: string): readonly Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
