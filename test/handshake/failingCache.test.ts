import { afterEach, expect, test, vi } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { closeCleanly, meet, opened } from "../cases/meeting.ts";
import { harnessWith } from "./harness.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("nothing is waited for where a cache has failed", async () => {
  // Nobody lets time go by: what would wait for the cache's time to be over waits for ever.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const sessions = { shared: false, put: () => {}, take: () => Promise.reject(new Error("no connection")) };
  const meeting = await meet(harnessWith(defaultProvider), { client: { sessions } });
  await opened(meeting);
  expect(vi.getTimerCount()).toBe(0);
  await closeCleanly(meeting);
});
