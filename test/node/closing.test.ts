import { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { closeStream } from "../../src/node/closing.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** A stream whose writes are taken when the test says so. */
function slow(): { readonly stream: Duplex; take(): void } {
  const waiting: (() => void)[] = [];
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => {},
    write: (_, _encoding, done) => void waiting.push(done),
  });
  return { stream, take: () => waiting.shift()?.() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a peer that reads no more does not keep what was written, and the stream with it", async () => {
  const { stream } = slow();
  stream.write("for nobody");
  closeStream(stream);
  vi.advanceTimersByTime(29_999);
  expect(stream.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(stream.destroyed).toBe(true);
});

test("a peer that reads late gets it, and then a second to close", async () => {
  const { stream, take } = slow();
  stream.write("for somebody");
  closeStream(stream);
  vi.advanceTimersByTime(20_000);
  take();
  await turn();
  expect(stream.writableFinished).toBe(true);
  vi.advanceTimersByTime(999);
  expect(stream.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(stream.destroyed).toBe(true);
  await turn();
  expect(vi.getTimerCount()).toBe(0);
});
