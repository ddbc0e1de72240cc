import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Chain } from "../certificates.ts";
import { killedAtExit, listeningPort } from "./children.ts";

/** The port that the system chose is read from /proc: gnutls-serv does not tell it. */
export const hasGnutls: boolean =
  process.platform === "linux" &&
  spawnSync("gnutls-serv", ["--version"]).status === 0 &&
  spawnSync("stdbuf", ["--version"]).status === 0;
if (!hasGnutls) console.warn("gnutls-serv: not on this machine, so its tests are skipped");

/** A `gnutls-serv` that speaks TLS 1.3 only, and sends back what it gets. */
export class GnutlsServer {
  readonly port: number;
  readonly #folder: string;
  readonly #child: ChildProcess;
  #printed = "";
  #waiting: { readonly what: RegExp; readonly resolve: (found: RegExpExecArray) => void }[] = [];

  private constructor(folder: string, child: ChildProcess, port: number) {
    this.#folder = folder;
    this.#child = child;
    this.port = port;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => this.#heard(String(chunk)));
    }
  }

  /** @param args more of them, of which files may be made in a folder */
  static async start(
    { chainPem, leafKeyPem }: Chain,
    args: (file: (name: string, text: string) => string) => readonly string[],
    command: readonly string[] = ["gnutls-serv"],
  ): Promise<GnutlsServer> {
    const folder = mkdtempSync(join(tmpdir(), "tls13-gnutls-"));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    // What it prints would wait in a buffer otherwise.
    const child = spawn("stdbuf", [
      ...["-oL", ...command],
      ...["--port", "0", "--echo", "--nodb"],
      ...["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3:+ECDHE-PSK"],
      ...["--x509certfile", file("chain.pem", chainPem), "--x509keyfile", file("key.pem", leafKeyPem)],
      ...args(file),
    ]);
    killedAtExit(child);
    let printed = "";
    for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
      printed += String(chunk);
      // IPv4 comes first, where there is both.
      if (!/listening on IPv4 .*done\n/.test(printed)) continue;
      const port = listeningPort(child.pid as number);
      if (port !== undefined) return new GnutlsServer(folder, child, port);
    }
    rmSync(folder, { recursive: true });
    throw new Error(`gnutls-serv did not start: ${printed}`);
  }

  /** Waits until something is printed, of a connection at a time. */
  prints(what: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve) => {
      this.#waiting.push({ what, resolve });
      this.#heard("");
    });
  }

  forget(): void {
    this.#printed = "";
  }

  #heard(text: string): void {
    this.#printed += text;
    this.#waiting = this.#waiting.filter(({ what, resolve }) => {
      const found = what.exec(this.#printed);
      if (found !== null) resolve(found);
      return found === null;
    });
  }

  close(): void {
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
