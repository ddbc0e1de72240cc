import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const command = ["redis-server", "valkey-server"].find((name) => spawnSync(name, ["--version"]).status === 0);

export const hasRedis: boolean = command !== undefined;
export const redisCommand: string = command ?? "redis-server";
if (!hasRedis) console.warn("redis-server: not on this machine, so its tests are skipped");

/** A Redis or Valkey of the test's own, in memory alone, on a socket in a folder of its own: no port can be taken. */
export class RedisServer {
  readonly path: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, path: string, child: ChildProcess) {
    this.#folder = folder;
    this.path = path;
    this.#child = child;
  }

  static async start(): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), "tls13-redis-"));
    const path = join(folder, "redis.sock");
    const settings = [
      "--port",
      "0",
      "--unixsocket",
      path,
      "--dir",
      folder,
      "--save",
      "",
      "--appendonly",
      "no",
    ];
    const child = spawn(redisCommand, settings, { stdio: ["ignore", "pipe", "inherit"] });
    const server = new RedisServer(folder, path, child);
    let said = "";
    for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
      said += String(chunk);
      if (/ready to accept connections/i.test(said)) {
        child.stdout?.resume();
        return server;
      }
    }
    server.close();
    throw new Error(`redis-server did not start: ${said}`);
  }

  close(): void {
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true });
  }
}
