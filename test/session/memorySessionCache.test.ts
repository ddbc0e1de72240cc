import { describe, expect, test } from "vitest";
import {
  createSessionCache,
  maxBytes,
  type SessionCacheOptions,
} from "../../src/session/memorySessionCache.ts";
import type { Session } from "../../src/session/session.ts";
import { refusalOf } from "../messages/refusals.ts";
import { noon, sessionNamed, ticketOf } from "./sessions.ts";

const day = 86_400_000;

function cacheAt(options: SessionCacheOptions = {}) {
  const clock = { now: noon };
  const cache = createSessionCache({ now: () => clock.now, ...options });
  const take = (partition: string) => ticketOf(cache.take(partition) as Session | undefined);
  const takeAll = (partition: string) => {
    const tickets: string[] = [];
    for (let one = take(partition); one !== undefined; one = take(partition)) tickets.push(one);
    return tickets;
  };
  const put = (partition: string, ticket: string, changes: Partial<Session> = {}) =>
    void cache.put(partition, sessionNamed(ticket, { receivedAt: clock.now, ...changes }));
  return { clock, put, take, takeAll };
}

describe("the cache in memory", () => {
  test("gives out each session once, newest first", () => {
    const { put, takeAll } = cacheAt();
    for (const ticket of ["a", "b", "c"]) put("p", ticket);
    expect(takeAll("p")).toEqual(["c", "b", "a"]);
    expect(takeAll("p")).toEqual([]);
  });

  test("gives out nothing of another partition", () => {
    const { put, take } = cacheAt();
    put("p", "a");
    expect(take("q")).toBeUndefined();
    expect(take("P")).toBeUndefined();
    expect(take("p")).toBe("a");
  });

  test("drops the oldest of a partition that is full", () => {
    const { put, takeAll } = cacheAt({ sessionsPerPartition: 2 });
    for (const ticket of ["a", "b", "c"]) put("p", ticket);
    expect(takeAll("p")).toEqual(["c", "b"]);
  });

  test("keeps eight sessions in each of 256 partitions, if nothing else is said", () => {
    const { put, takeAll } = cacheAt();
    for (let i = 0; i < 257; i++) for (let j = 0; j < 9; j++) put(`p${i}`, `${j}`);
    expect(takeAll("p0")).toEqual([]);
    for (let i = 1; i < 257; i++) expect(takeAll(`p${i}`)).toEqual([..."87654321"]);
  });

  test("drops the partition that was not used for longest: putting and taking are uses", () => {
    const { put, take, takeAll } = cacheAt({ maxPartitions: 3 });
    for (const partition of ["p", "q", "r"]) for (const ticket of ["1", "2"]) put(partition, ticket);
    expect(take("p")).toBe("2");
    put("q", "3");
    put("s", "1"); // r goes
    put("t", "1"); // p goes
    expect(["p", "q", "r", "s", "t"].map(takeAll)).toEqual([[], ["3", "2", "1"], [], ["1"], ["1"]]);
  });

  test("a partition whose last session was taken makes room", () => {
    const { put, take, takeAll } = cacheAt({ maxPartitions: 2 });
    put("p", "1");
    put("q", "1");
    take("q");
    put("r", "1");
    expect(takeAll("p")).toEqual(["1"]);
  });

  test("gives out no ticket after its lifetime [4.3.11.1/1]", () => {
    const { clock, put, take } = cacheAt();
    put("p", "a", { ticketLifetime: 60 });
    put("p", "b", { ticketLifetime: 60 });
    put("p", "c", { ticketLifetime: 30 });
    clock.now += 60_000;
    expect(take("p")).toBe("b");
    clock.now += 1;
    expect(take("p")).toBeUndefined();
  });

  test("gives out none seven days after the server showed its certificate [4.7.1/18]", () => {
    const { clock, put, take } = cacheAt();
    const authenticatedAt = noon - 6 * day;
    for (const ticket of ["a", "b"]) put("p", ticket, { ticketLifetime: 604_800, authenticatedAt });
    clock.now += day;
    expect(take("p")).toBe("b");
    clock.now += 1;
    expect(take("p")).toBeUndefined();
  });

  test("gives out none that came later than now: the clock was set back, and its age can't be told", () => {
    const { clock, put, take } = cacheAt();
    put("p", "a");
    clock.now -= 1;
    expect(take("p")).toBeUndefined();
  });

  test("what is stale takes the place of nothing fresh", () => {
    const { clock, put, takeAll } = cacheAt({ sessionsPerPartition: 2 });
    put("p", "long");
    put("p", "short", { ticketLifetime: 1 });
    clock.now += 2000;
    put("p", "new");
    put("p", "stale", { receivedAt: noon, ticketLifetime: 1 });
    expect(takeAll("p")).toEqual(["new", "long"]);
  });

  test("lets go of stale partitions, whether or not anyone asks for them", () => {
    const { clock, put, takeAll } = cacheAt();
    for (const partition of ["p", "q", "r"]) put(partition, "a", { ticketLifetime: 1 });
    clock.now += 2000;
    put("s", "b");
    // Back then they were fresh: whatever is left would be given out.
    clock.now = noon + 500;
    expect(["p", "q", "r"].map(takeAll)).toEqual([[], [], []]);
  });

  test("keeps no more bytes of strangers' than it should, and forgets what it has let go of", () => {
    const { put, take, takeAll } = cacheAt();
    const chain = [new Uint8Array(maxBytes / 16 - 2), new Uint8Array(1)];
    const certificate = { chain, ocspResponse: undefined, signedCertificateTimestamps: [] };
    // Each is a sixteenth of it, its ticket included.
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 16; i++) put(`p${i}`, "a", { certificate });
      expect(Array.from({ length: 16 }, (_, i) => take(`p${i}`))).toEqual(Array(16).fill("a"));
    }
    for (let i = 0; i < 8; i++) put("p", "a", { certificate });
    for (let i = 0; i < 8; i++) put("q", "b", { certificate });
    put("r", "", { certificate: undefined });
    expect(takeAll("p")).toHaveLength(8);
    for (let i = 0; i < 9; i++) put("p", "a", { certificate });
    put("r", "c", { certificate: { ...certificate, chain: [], ocspResponse: new Uint8Array(1) } });
    expect([takeAll("q"), takeAll("p"), takeAll("r")]).toEqual([[], Array(8).fill("a"), ["c", ""]]);
    const timestamps = {
      ...certificate,
      signedCertificateTimestamps: [new Uint8Array(15 * (maxBytes / 16))],
    };
    put("p", "a", { certificate });
    put("q", "bc", { certificate: timestamps });
    expect([takeAll("p"), takeAll("q")]).toEqual([[], []]);
  });

  test("is this process's own", () => {
    expect(createSessionCache().shared).toBe(false);
  });

  test("goes by the system's clock, if nothing else is said", () => {
    const cache = createSessionCache();
    void cache.put("p", sessionNamed("a", { receivedAt: Date.now(), authenticatedAt: Date.now() }));
    expect(ticketOf(cache.take("p") as Session)).toBe("a");
    void cache.put("p", sessionNamed("a", { receivedAt: 0, authenticatedAt: 0 }));
    expect(cache.take("p")).toBeUndefined();
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("has no room for %d of anything", (count) => {
    expect(refusalOf(() => createSessionCache({ maxPartitions: count }))).toBe("invalid_option");
    expect(refusalOf(() => createSessionCache({ sessionsPerPartition: count }))).toBe("invalid_option");
  });
});
