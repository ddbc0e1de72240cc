// tls13/socket under the programs that it is for, as they run on Workers: pg and postgres, with a PostgreSQL of the test's own.

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { askForTls } from "../../examples/workers-postgres/askForTls.mjs";
import { makeAuthority } from "../../examples/workers-postgres/certificates.mjs";
import { postgresPrograms, startPostgres } from "../../examples/workers-postgres/postgresServer.mjs";
import { createClientIdentity } from "../../src/index.ts";
import { createSocket, type SocketOptions } from "../../src/shapes/socketLike.ts";
import { socketStreams } from "../adapters/socketStreams.ts";
import { makeChain } from "../certificates.ts";
import { tcpServer } from "../interop/nodeServer.ts";

interface Client {
  connect(): Promise<unknown>;
  query(text: string): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
  on(event: "error", listener: (error: unknown) => void): void;
}
type Pg = { readonly Client: new (options: object) => Client };
type Postgres = (options: object) => { unsafe(text: string): Promise<unknown[]>; end(): Promise<void> };

// pg finds out by this where it runs, when it is loaded.
vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
const require = createRequire(import.meta.url);
const pg = require("pg") as Pg;
const postgres = require("postgres") as Postgres;
vi.unstubAllGlobals();

const servers = makeChain({ label: "Servers", names: ["localhost"] });
const clients = await makeAuthority("Clients");
const alice = await clients.client("alice");
const trust = { roots: [servers.rootPem] };
const identity = createClientIdentity(alice);
const question = `select usename as "user", client_dn as certificate, version from pg_stat_ssl
  join pg_stat_activity using (pid) where pid = pg_backend_pid()`;
const answer = { user: "alice", certificate: "/CN=alice", version: "TLSv1.3" };

const open = socketStreams;
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

function clientOf(port: number, options: Partial<SocketOptions>, more: object = {}): Client {
  const client = new pg.Client({
    ...{ host: "localhost", port, user: "alice", database: "postgres", ssl: true },
    stream: () => createSocket({ open, ...options }),
    ...more,
  });
  // What it is told again once it has failed.
  client.on("error", () => {});
  return client;
}

const programs = postgresPrograms();
if (programs === undefined) console.warn("PostgreSQL: not on this machine, so the tests with it are skipped");

describe.skipIf(programs === undefined)("with PostgreSQL (skipped where it is not installed)", () => {
  const folder = mkdtempSync(join(tmpdir(), "tls13-postgres-"));
  let server: { readonly port: number; stop(): Promise<void> };
  beforeAll(async () => {
    server = await startPostgres(programs as string, folder, {
      users: ["alice"],
      root: clients.root,
      cert: servers.chainPem,
      key: servers.leafKeyPem,
    });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["the socket's", { trust, identity }, { ssl: true }],
    ["pg's", {}, { ssl: { ca: servers.rootPem, ...alice } }],
  ])("pg, by %s options", async (_, options, more) => {
    const client = clientOf(server.port, options, more);
    await client.connect();
    expect((await client.query(question)).rows).toEqual([answer]);
    const { rows } = await client.query("select repeat('x', 3000000) as long");
    expect(rows).toEqual([{ long: "x".repeat(3_000_000) }]);
    await client.end();
  });

  test("pg, without a certificate: the server's own words", async () => {
    const client = clientOf(server.port, { trust });
    expect(await failureOf(client.connect())).toMatchObject({ code: "28000" });
    await client.end();
  });

  test("pg, and a server that is not believed", async () => {
    const client = clientOf(server.port, { trust: { roots: [clients.root] }, identity });
    expect(await failureOf(client.connect())).toMatchObject({ code: "certificate_unknown_ca" });
    await client.end();
  });

  test("postgres", async () => {
    const { port } = server;
    const sql = postgres({
      ...{ user: "alice", database: "postgres", max: 1 },
      socket: () => askForTls(createSocket({ open, trust, identity }), port, "localhost"),
    });
    expect([...(await sql.unsafe(question))]).toEqual([answer]);
    await sql.end();
  });
});

describe("a server that is not what it should be", () => {
  /** Says this to whoever asks for TLS. */
  async function saying(text: string): Promise<{ port: number; heard: string[]; close(): void }> {
    const heard: string[] = [];
    const { port, close } = await tcpServer((socket) => {
      socket.once("data", () => {
        socket.on("data", (bytes) => heard.push(bytes.toString("latin1")));
        socket.write(text);
      });
    });
    return { port, heard, close };
  }

  test.each(["N", "SE: injected", "E", ""])("pg says no password to one that answers %j", async (text) => {
    const { port, heard, close } = await saying(text);
    const client = clientOf(port, { trust }, { password: "secret", connectionTimeoutMillis: 200 });
    expect(await failureOf(client.connect())).toBeInstanceOf(Error);
    await client.end();
    close();
    expect(heard.join("")).not.toMatch(/alice|secret/);
  });

  test.each(["N", "SE: injected", "E"])("nor does postgres, %j", async (text) => {
    const { port, heard, close } = await saying(text);
    const sql = postgres({
      ...{ user: "alice", password: "secret", max: 1 },
      socket: () => askForTls(createSocket({ open, trust }), port, "localhost"),
    });
    expect(await failureOf(sql.unsafe("select 1"))).toBeInstanceOf(Error);
    await sql.end();
    close();
    expect(heard.join("")).not.toMatch(/alice|secret/);
  });
});
