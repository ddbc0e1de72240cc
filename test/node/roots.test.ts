// The system's roots are gathered once, so each case imports everything anew.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { chainOf, usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown } from "../interop/nodeServer.ts";
import { failureOf, finished, secured } from "../interop/talk.ts";

const variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] as const;

let server: NodeServer;
let folder: string;
beforeAll(async () => {
  server = await nodeServer(shown(usual), echo);
  folder = mkdtempSync(join(tmpdir(), "tls13-roots-"));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vi.resetModules();
  for (const variable of variables) vi.stubEnv(variable, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The options of a connection, and a library that has not looked for roots yet. */
async function fresh() {
  const { connect } = await import("../../src/node/index.ts");
  return { connect, options: { host: "127.0.0.1", port: server.port, servername: "localhost" } };
}

function file(name: string, contents: string): string {
  writeFileSync(join(folder, name), contents);
  return join(folder, name);
}

test("none of ours among Node's own", async () => {
  const { connect, options } = await fresh();
  expect(await failureOf(connect(options))).toMatchObject({ code: "certificate_unknown_ca" });
});

test.each(variables)("%s names a file of more roots", async (variable) => {
  vi.stubEnv(variable, file("roots.pem", `our root\n${chainOf("P-384").rootPem}\n${usual.rootPem}`));
  const { connect, options } = await fresh();
  const socket = await secured(connect(options));
  expect(socket.info?.identity?.vouchedBy).toBe("CN=P-256 Root");
  await finished(socket);
  // Once read, it is not read again.
  vi.stubEnv(variable, join(folder, "missing.pem"));
  await finished(await secured(connect(options)));
});

test.each(variables)("%s may be empty", async (variable) => {
  vi.stubEnv(variable, "");
  const { connect, options } = await fresh();
  expect(await failureOf(connect(options))).toMatchObject({ code: "certificate_unknown_ca" });
});

test.each(variables)("%s is named where its file is no good", async (variable) => {
  const { connect, options } = await fresh();
  for (const path of [join(folder, "missing.pem"), file("empty.pem", "nothing in here")]) {
    vi.stubEnv(variable, path);
    expect(() => connect(options)).toThrow(
      expect.objectContaining({
        code: "invalid_option",
        message: expect.stringContaining(`${variable}: can't take roots from ${path}`),
      }),
    );
  }
  // Nobody asks for the system's roots where others are given.
  const socket = await secured(connect({ ...options, ca: usual.rootPem }));
  await finished(socket);
});
