// A Worker that logs in to PostgreSQL with a client certificate chosen per request:
//
//   apt install postgresql && npm ci && npm run build
//   npm install --prefix examples/workers-postgres --no-save --no-package-lock workerd
//   node examples/workers-postgres/main.mjs
//
// It brings all that it needs: a CA, certificates, a PostgreSQL in a folder of its own, a workerd that runs the Worker.
// What is not on this machine is a reason to skip it; with --require, to fail.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorker } from "./bundle.mjs";
import { makeAuthority } from "./certificates.mjs";
import { postgresPrograms, startPostgres } from "./postgresServer.mjs";
import { startWorkerd } from "./workerdServer.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const programs = postgresPrograms();
const workerd = await findWorkerd();
if (programs === undefined || workerd === undefined) {
  console.log(`skipped: ${programs === undefined ? "PostgreSQL" : "workerd"} is not on this machine`);
  process.exit(process.argv.includes("--require") ? 1 : 0);
}

/** What is asked for, and what must come of it. */
const requests = [
  { path: "/alice", certificate: "/CN=alice" },
  { path: "/bob", certificate: "/CN=bob" },
  { path: "/alice?driver=postgres", certificate: "/CN=alice" },
  { path: "/bob?driver=postgres", certificate: "/CN=bob" },
  { path: "/carol", refused: "28000", why: "no certificate" },
  { path: "/dave", refused: "28000", why: "a certificate of another user's" },
  { path: "/mallory", refused: "alert_received", why: "a certificate of another CA's with the same name" },
];

const folder = mkdtempSync(join(tmpdir(), "tls13-workers-postgres-"));
const running = [];
try {
  const authority = await makeAuthority("tls13 example");
  const stranger = await makeAuthority("tls13 example");
  const [alice, bob] = [await authority.client("alice"), await authority.client("bob")];
  const certificates = { alice, bob, dave: alice, mallory: await stranger.client("mallory") };

  const users = ["alice", "bob", "carol", "dave", "mallory"];
  const database = { users, root: authority.root, ...(await authority.server("localhost")) };
  const postgres = await startPostgres(programs, folder, database);
  running.push(postgres);
  await bundleWorker(here("worker.mjs"), here("dist/worker.js"));
  const worker = await startWorkerd(workerd, here("workerd.capnp"), {
    HOST: "localhost",
    PORT: `${postgres.port}`,
    ROOT: authority.root,
    CERTIFICATES: JSON.stringify(certificates),
  });
  running.push(worker);

  const rows = [];
  for (const request of requests) {
    const response = await fetch(`http://127.0.0.1:${worker.port}${request.path}`, {
      signal: AbortSignal.timeout(30_000),
    });
    const answer = await response.json();
    const asExpected =
      request.refused === undefined
        ? answer.certificate === request.certificate && answer.version === "TLSv1.3"
        : response.status === 502 && answer.code === request.refused;
    if (!asExpected) process.exitCode = 1;
    const { user, certificate, version, cipher, message } = answer;
    const outcome = message === undefined ? { user, certificate, version, cipher } : { refused: message };
    rows.push({ request: request.path, ...outcome, "as expected": asExpected });
  }
  console.table(rows);
} finally {
  for (const one of running.reverse()) await one.stop();
  for (const path of [folder, here("dist")]) rmSync(path, { recursive: true, force: true });
}

async function findWorkerd() {
  try {
    return createRequire(import.meta.url)("workerd").default;
  } catch (error) {
    if (error.code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
