import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Chain } from "../certificates.ts";

const places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];
const command = spawnSync("nginx", ["-v"]).status === 0 ? "nginx" : places.find((path) => existsSync(path));

export const hasNginx: boolean = command !== undefined;
if (!hasNginx) console.warn("nginx: not on this machine, so its tests are skipped");

/** An nginx of the test's own, in a folder of its own, on a socket in there: no port can be taken. */
export class Nginx {
  readonly path: string;
  readonly #folder: string;
  readonly #child: ChildProcess;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#child = child;
    this.path = join(folder, "tls.sock");
  }

  /** @param settings lines for the server's block */
  static async start({ chainPem, leafKeyPem }: Chain, page: string, settings = ""): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), "tls13-nginx-"));
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    writeFileSync(join(folder, "chain.pem"), chainPem);
    writeFileSync(join(folder, "key.pem"), leafKeyPem);
    writeFileSync(join(folder, "page.txt"), page);
    writeFileSync(
      join(folder, "nginx.conf"),
      `
      daemon off;
      master_process off;
      pid nginx.pid;
      error_log stderr notice;
      events { worker_connections 64; }
      http {
        access_log off;
        ${temporary.map((name) => `${name}_temp_path temp_${name};`).join("\n")}
        server {
          listen unix:${join(folder, "tls.sock")} ssl http2;
          server_name localhost;
          ssl_protocols TLSv1.3;
          ssl_certificate chain.pem;
          ssl_certificate_key key.pem;
          root ${folder};
          ${settings}
        }
      }
      `,
    );
    const child = spawn(
      command ?? "nginx",
      ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    const nginx = new Nginx(folder, child);
    let said = "";
    // Said once it listens.
    for await (const chunk of child.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
      said += String(chunk);
      if (said.includes("event method")) {
        child.stderr?.resume();
        return nginx;
      }
    }
    nginx.close();
    throw new Error(`nginx did not start: ${said}`);
  }

  close(): void {
    this.#child.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true });
  }
}
