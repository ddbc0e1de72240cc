import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { toPem } from "../certificates.ts";
import { file, trusting } from "./files.ts";
import { chain, tls13 } from "./harness.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** s_server takes a number only: one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test.skipIf(!hasOpenssl)("a page from openssl s_server -www", async () => {
  const cert = file(`${chain.leafPem}\n${chain.leafKeyPem}`);
  const above = file(chain.intermediates.map((der) => toPem(der)).join("\n"));
  const port = await freePort();
  const args = ["s_server", "-accept", `127.0.0.1:${port}`, "-cert", cert, "-cert_chain", above];
  const server = spawn("openssl", [...args, "-tls1_3", "-www"], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => {
    server.kill();
  });
  for await (const text of server.stdout) if (String(text).includes("ACCEPT")) break;
  const stdin = "GET / HTTP/1.0\r\n\r\n";
  const { code, stdout, stderr } = await tls13(["connect", `localhost:${port}`, ...trusting()], { stdin });
  expect(stderr).toMatch(/verified +localhost/);
  expect(stdout.toString()).toMatch(/^HTTP\/1\.0 200 ok\r\n/);
  expect(stdout.toString()).toContain("TLSv1.3");
  expect(code).toBe(0);
});
