import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Chain, toPem } from "../certificates.ts";
import { killedAtExit } from "./children.ts";

const found = spawnSync("openssl", ["version"], { encoding: "utf8" });

/** Whether there is one that speaks TLS 1.3. */
export const hasOpenssl: boolean = found.status === 0 && /^OpenSSL (1\.1\.1|[3-9])/.test(found.stdout);
if (!hasOpenssl) console.warn("openssl s_server: not on this machine, so its tests are skipped");

/**
 * An `openssl s_server` that takes one connection after the other. It prints what the client sends among what it has to say
 * itself: bytes over 0x7f are taken for the client's.
 */
export class OpensslServer {
  readonly port: number;
  readonly folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  #printed = "";
  #hash = createHash("sha256");
  #received = 0;
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  private constructor(child: ChildProcessWithoutNullStreams, folder: string, port: number) {
    this.#child = child;
    this.folder = folder;
    this.port = port;
    child.stdout.on("data", (chunk: Buffer) => this.#heard(chunk));
    child.stderr.on("data", (chunk: Buffer) => this.#heard(chunk));
  }

  static async start(
    chain: Chain,
    args: readonly string[] | ((folder: string) => readonly string[]),
    [command, ...before]: readonly [string, ...string[]] = ["openssl"],
  ): Promise<OpensslServer> {
    const folder = mkdtempSync(join(tmpdir(), "tls13-openssl-"));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const child = spawn(command, [
      ...before,
      "s_server",
      ...["-accept", "127.0.0.1:0", "-cert", file("leaf.pem", chain.leafPem)],
      ...["-key", file("key.pem", chain.leafKeyPem)],
      ...["-cert_chain", file("above.pem", chain.intermediates.map((der) => toPem(der)).join(""))],
      ...(typeof args === "function" ? args(folder) : args),
    ]);
    killedAtExit(child);
    child.stdin.on("error", () => {});
    let printed = "";
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      printed += (chunk as Buffer).toString("latin1");
      const accepting = /ACCEPT 127\.0\.0\.1:(\d+)\n/.exec(printed);
      if (accepting !== null) return new OpensslServer(child, folder, Number(accepting[1]));
    }
    rmSync(folder, { recursive: true });
    throw new Error(`openssl s_server did not start: ${String(child.stderr.read())}`);
  }

  /** Bytes that came from the client since {@link forget}. */
  get received(): number {
    return this.#received;
  }

  /** Waits for so many bytes from the client, and answers with their SHA-256. */
  async hashOf(length: number): Promise<string> {
    await this.until(() => this.#received >= length);
    if (this.#received > length) throw new Error(`${this.#received - length} bytes too many`);
    return this.#hash.copy().digest("hex");
  }

  /** Waits until something is printed. */
  async prints(what: RegExp): Promise<RegExpExecArray> {
    await this.until(() => what.test(this.#printed));
    return what.exec(this.#printed) as RegExpExecArray;
  }

  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }));
  }

  /** Types it in: "K" and "k" at the start ask for a KeyUpdate, "q" ends the session, other text goes to the client. */
  type(text: string): void {
    this.#child.stdin.write(text);
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child.stdin;
  }

  forget(): void {
    this.#printed = "";
    this.#received = 0;
    this.#hash = createHash("sha256");
  }

  #heard(chunk: Buffer): void {
    for (let start = 0; start < chunk.length; ) {
      const isTheClients = (chunk[start] as number) > 0x7f;
      let end = start + 1;
      while (end < chunk.length && (chunk[end] as number) > 0x7f === isTheClients) end++;
      const part = chunk.subarray(start, end);
      if (isTheClients) {
        this.#received += part.length;
        this.#hash.update(part);
      } else this.#printed += part.toString("latin1");
      start = end;
    }
    const ready = this.#waiting.filter(({ holds }) => holds());
    this.#waiting = this.#waiting.filter((one) => !ready.includes(one));
    for (const { resolve } of ready) resolve();
  }

  close(): void {
    this.#child.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
