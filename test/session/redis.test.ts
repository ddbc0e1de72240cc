import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient, RESP_TYPES } from "redis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { redisSessionStore } from "../../src/session/redisSessionStore.ts";
import { openSessionCodec, sealedSessionCodec } from "../../src/session/sessionCodec.ts";
import { sharedSessionCache } from "../../src/session/sharedSessionCache.ts";
import { toHex } from "../../src/wire/bytes.ts";
import { hasRedis, RedisServer } from "./redisServer.ts";
import { sessionNamed, shown, ticketOf } from "./sessions.ts";

const fresh = () => ({ receivedAt: Date.now(), authenticatedAt: Date.now() });

describe.skipIf(!hasRedis)("sessions in Redis", () => {
  let server: RedisServer;
  let client: ReturnType<typeof connectTo>;
  const connectTo = (path: string) => createClient({ socket: { path, tls: false } });

  beforeAll(async () => {
    server = await RedisServer.start();
    client = connectTo(server.path);
    await client.connect();
  });
  afterAll(async () => {
    await client?.close();
    server?.close();
  });

  test("come back as they were, newest first, each once", async () => {
    const cache = sharedSessionCache(redisSessionStore(client), { codec: openSessionCodec });
    const sessions = ["a", "b"].map((ticket) => sessionNamed(ticket, fresh()));
    for (const session of sessions) await cache.put("once", session);
    const taken = [await cache.take("once"), await cache.take("once")];
    expect(taken.map((one) => one && shown(one))).toEqual(sessions.map(shown).reverse());
    expect(await cache.take("once")).toBeUndefined();
    expect(await client.exists("tls13:sessions:once")).toBe(0);
  });

  test("are dropped, the oldest first, where a partition is full, and when they expire", async () => {
    const cache = sharedSessionCache(redisSessionStore(client), {
      codec: openSessionCodec,
      sessionsPerPartition: 2,
    });
    for (const ticket of ["a", "b", "c"]) {
      await cache.put("full", sessionNamed(ticket, { ...fresh(), ticketLifetime: 60 }));
    }
    expect(await client.lLen("tls13:sessions:full")).toBe(2);
    const left = await client.pTTL("tls13:sessions:full");
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
    expect(ticketOf(await cache.take("full"))).toBe("c");
    expect(ticketOf(await cache.take("full"))).toBe("b");
  });

  test("are as unreadable as the codec makes them", async () => {
    const cache = sharedSessionCache(redisSessionStore(client), {
      codec: sealedSessionCodec(new Uint8Array(32), defaultProvider),
    });
    await cache.put("sealed", sessionNamed("a ticket", fresh()));
    const [text = ""] = await client.lRange("tls13:sessions:sealed", 0, -1);
    const bytes = Buffer.from(text, "base64");
    expect(bytes[0]).toBe(0x81);
    expect(toHex(bytes)).not.toContain("07".repeat(4));
    expect(ticketOf(await cache.take("sealed"))).toBe("a ticket");
  });

  test("come back through a client that answers with bytes, too", async () => {
    const asBytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const cache = sharedSessionCache(redisSessionStore(asBytes), { codec: openSessionCodec });
    await cache.put("bytes", sessionNamed("a", fresh()));
    expect(ticketOf(await cache.take("bytes"))).toBe("a");
    expect(await cache.take("bytes")).toBeUndefined();
  });

  test("are refused where they are none [invalid_session]", async () => {
    const cache = sharedSessionCache(redisSessionStore(client), { codec: openSessionCodec });
    for (const value of ["%%%", "AAAA", ""]) {
      await client.lPush("tls13:sessions:strange", value);
      await expect(cache.take("strange")).rejects.toMatchObject({ code: "invalid_session" });
    }
    expect(await cache.take("strange")).toBeUndefined();
  });

  test("reject when the client is closed, or the key holds something else", async () => {
    const closed = connectTo(server.path);
    const cache = sharedSessionCache(redisSessionStore(closed), { codec: openSessionCodec });
    await expect(cache.put("p", sessionNamed("a", fresh()))).rejects.toThrow(/closed/i);
    await expect(cache.take("p")).rejects.toThrow(/closed/i);
    await client.set("tls13:sessions:text", "a");
    const open = sharedSessionCache(redisSessionStore(client), { codec: openSessionCodec });
    await expect(open.take("text")).rejects.toThrow(/WRONGTYPE/);
    await expect(open.put("text", sessionNamed("a", fresh()))).rejects.toThrow();
  });

  test("of 10,000 that two processes take, none goes to both, and none is lost", async () => {
    const partitions = 1250;
    const perPartition = 8;
    const cache = sharedSessionCache(redisSessionStore(client), { codec: openSessionCodec });
    const all: string[] = [];
    for (let i = 0; i < partitions; i++) {
      const tickets = Array.from({ length: perPartition }, (_, j) => `${i}/${j}`);
      all.push(...tickets);
      await Promise.all(tickets.map((ticket) => cache.put(`p${i}`, sessionNamed(ticket, fresh()))));
    }
    const takers = [1, 2].map(() => startTaker(server.path, partitions));
    // Neither begins before both are there.
    for (const { next } of takers) expect(await next()).toBe("ready");
    for (const { child } of takers) child.stdin.end("go\n");
    const taken = await Promise.all(takers.map(async ({ next }) => JSON.parse(await next()) as string[]));
    expect(taken.flat()).toHaveLength(10_000);
    expect(taken.flat().sort()).toEqual(all.sort());
    // They were at it together.
    for (const some of taken) expect(some.length).toBeGreaterThan(100);
  }, 60_000);
});

function startTaker(path: string, partitions: number) {
  const file = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [
    "--import",
    new URL("../../scripts/ts.mjs", import.meta.url).href,
    file("test/session/redisTaker.ts"),
    path,
    `${partitions}`,
  ]);
  onTestFinished(() => {
    child.kill();
  });
  child.stderr.pipe(process.stderr);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the taker ended");
    return value as string;
  };
  return { child, next };
}
