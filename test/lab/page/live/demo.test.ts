import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { LiveOffer } from "../../../../lab/page/live/offer.ts";

test("the demo prints an address, serves the page and the way to its relay, and leaves nothing behind", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "tls13-demo-test-"));
  // PostgreSQL runs as another account, and has to get through.
  chmodSync(temporary, 0o755);
  const main = fileURLToPath(new URL("../../../../demo/browser/main.ts", import.meta.url));
  const loader = new URL("../../../../scripts/ts.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", loader, main], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  try {
    let said = "";
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      said += chunk;
      if (said.includes("Ctrl-C ends it all.")) break;
    }
    const page = /http:\/\/127\.0\.0\.1:\d+\//.exec(said)?.[0] as string;
    const html = await (await fetch(page)).text();
    const script = /src="\.?\/?([^"]+\.js)"/.exec(html)?.[1] as string;
    expect((await fetch(page + script)).headers.get("content-type")).toContain("javascript");
    const offer = (await (await fetch(`${page}live.json`)).json()) as LiveOffer;
    expect(offer.relay).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    expect(said).toContain(offer.relay);
    expect(offer.targets.at(-1)).toMatchObject({
      protocol: "https",
      roots: expect.stringContaining("BEGIN"),
    });
    expect((await fetch(`${page}%2e%2e%2f%2e%2e%2fetc/passwd`)).status).toBe(404);
    child.kill("SIGINT");
    expect(await exit).toEqual([0, null]);
    await expect(fetch(page)).rejects.toThrow();
    expect(readdirSync(temporary).filter((name) => name.startsWith("tls13-demo-"))).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    rmSync(temporary, { recursive: true, force: true });
  }
}, 120_000);
