import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const path = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));

function demo(...args: readonly string[]): { readonly status: number | null; readonly stdout: string } {
  const loader = new URL("../../scripts/ts.mjs", import.meta.url).href;
  const command = ["--import", loader, path("demo/main.ts"), ...args];
  const { status, stdout } = spawnSync(process.execPath, command, { encoding: "utf8", timeout: 15_000 });
  return { status, stdout };
}

test("the demo makes a server, verifies it, fetches a page, tells how, and ends by itself", () => {
  const { status, stdout } = demo();
  for (const step of ["ClientHello", "ServerHello", "EncryptedExtensions", "Certificate", "Finished"]) {
    expect(stdout).toMatch(new RegExp(`\n[→←] ${step} · `));
  }
  expect(stdout).toContain("✓ CN=localhost is for the name that we want to reach: localhost");
  expect(stdout).toMatch(/verified +localhost, on the word of .*A root made for this demo/);
  expect(stdout).toContain("| HTTP/1.1 200 OK");
  expect(stdout).toContain("| <h1>Hello over TLS 1.3</h1>");
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  expect(status).toBe(0);
});

test("the demo explains what went wrong as the command does", () => {
  const { status, stdout } = demo("localhost:1");
  expect(stdout).toContain("tls13: no connection to localhost:1");
  expect(status).toBe(2);
});
