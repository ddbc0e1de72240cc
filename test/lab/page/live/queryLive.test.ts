// PostgreSQL from a page: the bundle that a page has, here and in Chromium, through the relay to a real server. What crosses
// between relay and server is kept, and searched for what nobody on the way may read.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { postgresPrograms, startPostgres } from "../../../../examples/workers-postgres/postgresServer.mjs";
import type { Query, QueryAnswer } from "../../../../lab/page/live/queryLive.ts";
import { type Relay, startRelay } from "../../../../lab/relay/startRelay.ts";
import { makeChain } from "../../../certificates.ts";
import { proxy } from "../../../interop/nodeServer.ts";
import { chromiumPath, openBundle } from "../../../shapes/chromium.ts";
import { bundleForPages, importForPages } from "./bundle.ts";

const chain = makeChain({ label: "PostgreSQL", names: ["localhost"] });
const password = "correct horse battery staple";
const secretWord = "quetzalcoatl";
const sql = `select '${secretWord}' as word, 6 * 7 as answer, null as nothing`;
const module = `export { queryLive } from "./lab/page/live/queryLive.ts";`;
const pageOrigin = "http://127.0.0.1";

const programs = postgresPrograms();
if (programs === undefined) console.warn("PostgreSQL: not on this machine, so the tests with it are skipped");

describe.skipIf(programs === undefined)("PostgreSQL from a page (skipped where it is not installed)", () => {
  const folder = mkdtempSync(join(tmpdir(), "tls13-page-postgres-"));
  const crossed: { up: Buffer[]; down: Buffer[] } = { up: [], down: [] };
  let server: { readonly port: number; stop(): Promise<void> };
  let way: Awaited<ReturnType<typeof proxy>>;
  let relay: Relay;
  beforeAll(async () => {
    server = await startPostgres(programs as string, folder, {
      passwords: { alice: password },
      cert: chain.chainPem,
      key: chain.leafKeyPem,
    });
    way = await proxy(server.port, {
      uplink: (bytes) => kept(crossed.up, bytes),
      downlink: (bytes) => kept(crossed.down, bytes),
    });
  }, 60_000);
  afterAll(async () => {
    await relay?.close();
    way?.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });
  function kept(where: Buffer[], bytes: Buffer): Buffer {
    where.push(Buffer.from(bytes));
    return bytes;
  }

  beforeEach(() => {
    crossed.up = [];
    crossed.down = [];
  });

  const query = (more: Partial<Query> = {}): Query => ({
    relay: relay.address,
    target: `localhost:${way.port}`,
    roots: [chain.rootPem],
    user: "alice",
    password,
    database: "postgres",
    sql,
    ...more,
  });

  function expectAnswer({ mechanism, table, failure, run }: QueryAnswer): void {
    expect(failure).toBeUndefined();
    expect(mechanism).toBe("SCRAM-SHA-256-PLUS");
    expect(table).toEqual({
      columns: ["word", "answer", "nothing"],
      rows: [[secretWord, "42", null]],
    });
    expect(run?.end).toEqual({ kind: "opened" });
  }

  /** In clear text PostgreSQL is asked for TLS; all else that crosses is records, and nothing in them can be read. */
  function expectCiphertext(): void {
    const up = Buffer.concat(crossed.up);
    const down = Buffer.concat(crossed.down);
    expect(up.subarray(0, 8).toString("hex")).toBe("0000000804d2162f");
    expect(down.subarray(0, 1).toString()).toBe("S");
    expect(up.length).toBeGreaterThan(500);
    expect(down.length).toBeGreaterThan(500);
    for (const bytes of [up, down]) {
      for (const word of [secretWord, "select", "alice", password, "SCRAM", "word"]) {
        expect(bytes.includes(word), word).toBe(false);
        expect(bytes.includes(Buffer.from(word, "utf16le")), word).toBe(false);
        expect(bytes.includes(Buffer.from(word).toString("base64").replaceAll("=", "")), word).toBe(false);
      }
    }
  }

  describe("in this process", () => {
    let queryLive: (query: Query, signal?: AbortSignal) => Promise<QueryAnswer>;
    beforeAll(async () => {
      relay = await startRelay({ targets: [`localhost:${way.port}`, "localhost:1"], origins: [pageOrigin] });
      vi.stubGlobal(
        "WebSocket",
        class extends WebSocket {
          constructor(url: string) {
            super(url, { origin: pageOrigin });
          }
        },
      );
      ({ queryLive } = await importForPages<{ queryLive: typeof queryLive }>(module));
    });
    afterAll(async () => {
      vi.unstubAllGlobals();
      await relay.close();
    });

    test("a query is answered, bound to the connection, and the relay reads none of it", async () => {
      expectAnswer(await queryLive(query()));
      expectCiphertext();
    });

    test("the run shows it all: messages, records, what was said", async () => {
      const { run } = await queryLive(query());
      const names = run?.steps.flatMap((step) =>
        step.kind === "message" ? [`${step.from} ${step.name}`] : [],
      );
      // Some servers ask for another group first.
      expect(names?.slice(names.lastIndexOf("client ClientHello")).slice(0, 6)).toEqual([
        "client ClientHello",
        "server ServerHello",
        "server EncryptedExtensions",
        "server Certificate",
        "server CertificateVerify",
        "server Finished",
      ]);
      expect(run?.records.every(({ content }) => content !== undefined)).toBe(true);
      const said =
        run?.steps.flatMap((step) => (step.kind === "data" ? [Buffer.from(step.bytes)] : [])) ?? [];
      expect(Buffer.concat(said).includes(sql)).toBe(true);
      expect(run?.secrets.map(({ name }) => name)).toContain("server_application_traffic_secret_0");
    });

    test("a wrong password, in the server's words", async () => {
      const { failure, table, mechanism } = await queryLive(query({ password: "wrong" }));
      expect(table).toBeUndefined();
      expect(mechanism).toBe("SCRAM-SHA-256-PLUS");
      expect(failure).toEqual({ code: "28P01", message: 'password authentication failed for user "alice"' });
    });

    test("a mistake in the query, in the server's words", async () => {
      const { failure, run } = await queryLive(query({ sql: "selekt 1" }));
      expect(failure).toEqual({ code: "42601", message: 'syntax error at or near "selekt"' });
      expect(run?.end).toEqual({ kind: "opened" });
    });

    test("several statements answer with the last", async () => {
      const { table } = await queryLive(query({ sql: "select 1 as a; select 2 as b" }));
      expect(table).toEqual({ columns: ["b"], rows: [["2"]] });
    });

    test("a server that is not believed hears no password, and the run shows why", async () => {
      const other = makeChain({ label: "other", names: ["localhost"] });
      const { failure, run } = await queryLive(query({ roots: [other.rootPem] }));
      expect(failure?.code).toBe("certificate_unknown_ca");
      expect(run?.end).toMatchObject({
        kind: "failed",
        code: "certificate_unknown_ca",
        alert: { name: "unknown_ca" },
      });
      expectCiphertext();
    });

    test.each([
      [
        "a target that the relay does not list",
        { target: "localhost:2" },
        /1008 the relay does not lead to this target/,
      ],
      [
        "a target that is not there",
        { target: "localhost:1" },
        /1014 the target does not accept connections/,
      ],
    ])("%s", async (_, more, message) => {
      const { failure, run } = await queryLive(query(more));
      expect(failure?.message).toMatch(message);
      expect(run).toBeUndefined();
    });

    test.each([{ target: "localhost" }, { target: "a/b:1" }, { relay: "http://127.0.0.1:1" }, { relay: "" }])(
      "%j is no way there: invalid_target",
      async (more) => {
        await expect(queryLive(query(more))).rejects.toMatchObject({ code: "invalid_target" });
      },
    );

    test("one that takes too long, and one that is called off", async () => {
      const late = await queryLive(query({ sql: "select pg_sleep(60)", timeout: 2000 }));
      expect(late.failure).toEqual({ code: "timeout", message: "it took longer than 2000 ms" });
      const { failure } = await queryLive(query(), AbortSignal.abort());
      expect(failure).toEqual({ code: "aborted", message: "the query was called off" });
    });
  });

  if (chromiumPath === undefined) console.log("skipped: no chromium for PostgreSQL");
  test.skipIf(chromiumPath === undefined)("in Chromium", async () => {
    const script = await bundleForPages(`
      import { queryLive } from "./lab/page/live/queryLive.ts";
      window.ask = async (query) => {
        const { mechanism, table, failure, run } = await queryLive(query);
        return { mechanism, table, failure, run: { end: run?.end } };
      };
    `);
    const browser = await openBundle(script);
    relay = await startRelay({
      targets: [`localhost:${way.port}`],
      origins: [new URL(browser.page.url()).origin],
    });
    try {
      const answer = (await browser.page.evaluate(`ask(${JSON.stringify(query())})`)) as QueryAnswer;
      expectAnswer(answer);
      expectCiphertext();
    } finally {
      await browser.close();
    }
  });
});
