// Child processes that serve: found, built, started, and killed at the end, whatever happens.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Chain } from "../../certificates.ts";
import { killedAtExit, listeningPort } from "../children.ts";

/** Where `scripts/peers.sh` puts what is no package of Debian 12. */
const installed: string = fileURLToPath(new URL("../../../.peers/", import.meta.url));

export type Command = readonly [command: string, ...args: string[]];

/** A command, where it is on this machine. */
export function find(...names: readonly string[]): Command | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  for (const name of names) {
    const found = folders.map((folder) => findInFolder(folder, name)).find((one) => one !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function findInFolder(folder: string, name: string): Command | undefined {
  const path = join(folder, name);
  return existsSync(path) ? [path] : undefined;
}

/** A program of an npm package that carries its binary. */
export function findInstalled(path: string): Command | undefined {
  return findInFolder(join(installed, "npm/node_modules"), path);
}

export const trixie: string = join(installed, "trixie/root");

/** A program of Debian 13, with its own libraries and loader: nothing of the machine's is replaced. */
export function findInTrixie(path: string): Command | undefined {
  const full = join(trixie, path);
  if (!existsSync(full)) return undefined;
  const libraries = join(trixie, "usr/lib/x86_64-linux-gnu");
  return [join(libraries, "ld-linux-x86-64.so.2"), "--library-path", `${libraries}:${libraries}/nss`, full];
}

/** What a command prints about its version; undefined where there is no such command. */
export function versionOf(
  command: Command | undefined,
  args: readonly string[],
  what: RegExp,
): string | undefined {
  if (command === undefined) return undefined;
  const { stdout, stderr } = spawnSync(command[0], [...command.slice(1), ...args], {
    encoding: "utf8",
    timeout: 20_000,
    stdio: ["ignore", "pipe", "pipe"],
  });
  return what.exec(`${stdout}${stderr}`)?.[1];
}

const folders = new Set<string>();
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export interface Folder {
  readonly path: string;
  file(name: string, content: string | Uint8Array): string;
  remove(): void;
}

/** A folder that is gone at the end. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "tls13-peer-"));
  folders.add(path);
  return {
    path,
    file: (name, content) => {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
    remove: () => {
      rmSync(path, { recursive: true, force: true });
      folders.delete(path);
    },
  };
}

/** Runs a command to its end; throws what it said where it failed. */
export function run(
  command: Command,
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): string {
  const [name, ...args] = command;
  const { status, stdout, stderr, error } = spawnSync(name, args, {
    encoding: "utf8",
    timeout: 120_000,
    ...options,
  });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}

const built = new Map<string, string>();

/** A program of programs/, made once a run. @param make is given the source and where the program goes */
export function build(name: string, source: string, make: (source: string, program: string) => void): string {
  let program = built.get(name);
  if (program === undefined) {
    program = join(temporaryFolder().path, "program");
    make(programSource(source), program);
    built.set(name, program);
  }
  return program;
}

export function programSource(name: string): string {
  return fileURLToPath(new URL(`programs/${name}`, import.meta.url));
}

export interface Served {
  /** 0 where it told none. */
  readonly port: number;
  readonly child: ChildProcess;
  close(): void;
}

/** A port that nobody listens on now, for a server that can't ask the system for one itself. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** How long a server may take until it listens. */
const startLimit = 20_000;

/** The port that the system chose for a server that does not tell it, once it listens. */
export async function portOf({ child, close }: Served): Promise<number> {
  const late = performance.now() + startLimit;
  while (child.exitCode === null && performance.now() < late) {
    const port = listeningPort(child.pid as number);
    if (port !== undefined) return port;
    await setTimeout(10);
  }
  close();
  throw new Error(`${child.spawnfile} does not listen`);
}

/**
 * Starts a server and waits until it says that it listens.
 * @param ready what it says then, with the port as its group, if it tells one
 */
export function serve(
  command: Command,
  ready: RegExp,
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly folder?: Folder } = {},
): Promise<Served> {
  const [name, ...args] = command;
  const { folder, ...rest } = options;
  const child = spawn(name, args, { ...rest, stdio: ["ignore", "pipe", "pipe"] });
  killedAtExit(child);
  const close = (): void => {
    child.kill("SIGKILL");
    folder?.remove();
  };
  return new Promise((resolve, reject) => {
    let said = "";
    const settle = (error: string | undefined, port = 0): void => {
      clearTimeout(limit);
      child.off("exit", exited);
      if (error === undefined) return resolve({ port, child, close });
      close();
      reject(new Error(`${name} did not start: ${error}: ${said.slice(-1000)}`));
    };
    const exited = (code: number | null): void => settle(`it ended with ${code}`);
    const limit = globalThis.setTimeout(() => settle("it took too long"), startLimit);
    const heard = (chunk: Buffer): void => {
      if (said.length < 100_000) said += chunk.toString("latin1");
      const found = ready.exec(said);
      if (found === null) return;
      child.stdout.off("data", heard).resume();
      child.stderr.off("data", heard).resume();
      settle(undefined, Number(found[1] ?? 0));
    };
    child.stdout.on("data", heard);
    child.stderr.on("data", heard);
    child.once("exit", exited);
    child.once("error", (error) => settle(error.message));
  });
}

/** A file of a certificate chain and its key, "server", made by openssl. The password is "password". */
export function pkcs12(folder: Folder, { chainPem, leafKeyPem }: Chain): string {
  const file = join(folder.path, "server.p12");
  run([
    ...([
      "openssl",
      "pkcs12",
      "-export",
      "-name",
      "server",
      "-out",
      file,
      "-passout",
      "pass:password",
    ] as const),
    ...["-in", folder.file("chain.pem", chainPem), "-inkey", folder.file("key.pem", leafKeyPem)],
  ]);
  return file;
}
