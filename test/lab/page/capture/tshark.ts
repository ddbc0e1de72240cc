import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether Wireshark's command is there: tests that need it are named and passed over where it is not. */
export const hasTshark = spawnSync("tshark", ["--version"], { stdio: "ignore" }).status === 0;

/** A file of its own in a folder of its own, which is gone afterwards. */
export async function inFile<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tls13-capture-"));
  try {
    const path = join(folder, "run.pcapng");
    await writeFile(path, bytes);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What tshark prints. Checksums are looked at, which they are not unless one asks. */
export function tshark(path: string, ...args: readonly string[]): Promise<string> {
  const checks = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"];
  return output("tshark", ["-n", "-r", path, ...checks, ...args]);
}

export function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 50_000 });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`${command} ended with ${code}: ${stderr}`)),
    );
  });
}
