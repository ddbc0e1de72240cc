import { describe, expect, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { Session } from "../../src/session/session.ts";
import { encodeSession } from "../../src/session/sessionBytes.ts";
import { openSessionCodec, sealedSessionCodec } from "../../src/session/sessionCodec.ts";
import {
  type SessionStore,
  type SharedSessionCacheOptions,
  sharedSessionCache,
} from "../../src/session/sharedSessionCache.ts";
import { type Bytes, fromHex } from "../../src/wire/bytes.ts";
import { refusalOf } from "../messages/refusals.ts";
import { noon, sessionNamed, ticketOf } from "./sessions.ts";

const day = 86_400_000;

interface Pushed {
  readonly list: string;
  readonly keep: number;
  readonly milliseconds: number;
}

/** Lists in memory, answering later, as a store does. */
function memoryStore() {
  const lists = new Map<string, Bytes[]>();
  const pushed: Pushed[] = [];
  const store: SessionStore = {
    async push(list, value, keep, milliseconds) {
      await Promise.resolve();
      pushed.push({ list, keep, milliseconds });
      lists.set(list, [value, ...(lists.get(list) ?? [])].slice(0, keep));
    },
    async pop(list) {
      await Promise.resolve();
      return lists.get(list)?.shift();
    },
  };
  return { store, lists, pushed };
}

function cacheAt(options: Partial<SharedSessionCacheOptions> = {}) {
  const clock = { now: noon };
  const memory = memoryStore();
  const cache = sharedSessionCache(memory.store, {
    codec: openSessionCodec,
    now: () => clock.now,
    ...options,
  });
  const take = async (partition: string) => ticketOf(await cache.take(partition));
  const put = async (partition: string, ticket: string, changes: Partial<Session> = {}) =>
    cache.put(partition, sessionNamed(ticket, { receivedAt: clock.now, ...changes }));
  return { ...memory, cache, clock, put, take };
}

describe("a shared cache", () => {
  test("gives out each session once, newest first, and nothing of another partition", async () => {
    const { put, take } = cacheAt();
    for (const ticket of ["a", "b"]) await put("p", ticket);
    expect(await take("q")).toBeUndefined();
    expect([await take("p"), await take("p"), await take("p")]).toEqual(["b", "a", undefined]);
  });

  test("says that it is shared", () => {
    expect(cacheAt().cache.shared).toBe(true);
  });

  test("keeps eight sessions a partition, or as many as it is told", async () => {
    const { put, pushed } = cacheAt();
    await put("p", "a");
    const few = cacheAt({ sessionsPerPartition: 2 });
    await few.put("p", "a");
    expect([...pushed, ...few.pushed].map(({ keep }) => keep)).toEqual([8, 2]);
  });

  test("asks the store to let sessions go when they expire", async () => {
    const { clock, put, pushed } = cacheAt();
    await put("p", "a", { ticketLifetime: 60 });
    clock.now += 1.5;
    await put("p", "b", { receivedAt: noon, ticketLifetime: 60 });
    await put("p", "c", { receivedAt: noon, ticketLifetime: 604_800, authenticatedAt: noon - 6 * day });
    expect(pushed.map(({ milliseconds }) => milliseconds)).toEqual([60_000, 59_998, day - 2]);
  });

  test("keeps nothing that has expired", async () => {
    const { clock, put, pushed } = cacheAt();
    clock.now += 60_000;
    await put("p", "a", { receivedAt: noon, ticketLifetime: 60 });
    expect(pushed).toEqual([]);
  });

  test("gives out no ticket after its lifetime, and goes on to the next [4.3.11.1/1, 4.7.1/18]", async () => {
    const { clock, put, take, lists } = cacheAt();
    await put("p", "a", { ticketLifetime: 120 });
    await put("p", "b", { ticketLifetime: 120, authenticatedAt: noon - 7 * day + 90_000 });
    await put("p", "c", { ticketLifetime: 60 });
    clock.now += 100_000;
    expect(await take("p")).toBe("a");
    expect(lists.get("p")).toEqual([]);
  });

  test("gives up a list that holds nothing but what is stale", async () => {
    const stale = encodeSession(sessionNamed("a", { ticketLifetime: 1 }));
    let popped = 0;
    const endless: SessionStore = {
      push: async () => {},
      pop: async () => {
        if (++popped > 100) throw new Error("it goes on for ever");
        return stale;
      },
    };
    for (const [sessionsPerPartition, expected] of [
      [undefined, 8],
      [2, 2],
    ] as const) {
      popped = 0;
      const cache = sharedSessionCache(endless, {
        codec: openSessionCodec,
        now: () => noon + 60_000,
        ...(sessionsPerPartition === undefined ? {} : { sessionsPerPartition }),
      });
      expect(await cache.take("p")).toBeUndefined();
      expect(popped).toBe(expected);
    }
  });

  test("rejects with what the store rejects with, or throws", async () => {
    const broken = new Error("no connection");
    const rejecting: SessionStore = { push: () => Promise.reject(broken), pop: () => Promise.reject(broken) };
    const throwing: SessionStore = {
      push: () => {
        throw broken;
      },
      pop: () => {
        throw broken;
      },
    };
    for (const store of [rejecting, throwing]) {
      const cache = sharedSessionCache(store, { codec: openSessionCodec, now: () => noon });
      await expect(cache.put("p", sessionNamed("a"))).rejects.toBe(broken);
      await expect(cache.take("p")).rejects.toBe(broken);
    }
  });

  test("rejects what it can't read, which is then gone [invalid_session]", async () => {
    const { store, put, take } = cacheAt();
    await put("p", "a");
    await store.push("p", fromHex("00"), 8, 1000);
    await expect(take("p")).rejects.toMatchObject({ code: "invalid_session" });
    expect(await take("p")).toBe("a");
  });

  test("seals for the partition: what was moved to another is refused [invalid_session]", async () => {
    const codec = sealedSessionCodec(new Uint8Array(32), defaultProvider);
    const { lists, put, take } = cacheAt({ codec });
    await put("p", "a");
    await put("p", "b");
    lists.set("q", [(lists.get("p") as Bytes[]).shift() as Bytes]);
    await expect(take("q")).rejects.toMatchObject({ code: "invalid_session" });
    expect(await take("p")).toBe("a");
  });

  test("goes by the system's clock, if nothing else is said", async () => {
    const { store } = memoryStore();
    const cache = sharedSessionCache(store, { codec: openSessionCodec });
    await cache.put("p", sessionNamed("a", { receivedAt: Date.now(), authenticatedAt: Date.now() }));
    await cache.put("p", sessionNamed("b", { receivedAt: 0, authenticatedAt: 0 }));
    expect(ticketOf(await cache.take("p"))).toBe("a");
    expect(await cache.take("p")).toBeUndefined();
  });

  test("has no room for no session [invalid_option]", () => {
    const { store } = memoryStore();
    const options = { codec: openSessionCodec, sessionsPerPartition: 0 };
    expect(refusalOf(() => sharedSessionCache(store, options))).toBe("invalid_option");
  });
});
