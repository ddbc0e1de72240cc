// How often a stream of bytes asks for more, and when it is told to stop.

import { expect, test, vi } from "vitest";
import { byteReadable } from "../../src/adapters/byteReadable.ts";

const kib = 1024;

function plainOnly(): void {
  const Plain = new Proxy(ReadableStream, {
    construct: (target, [source, strategy]) => {
      if ("type" in source) throw new TypeError("type: no such thing");
      return new target(source, strategy);
    },
  });
  vi.stubGlobal("ReadableStream", Plain);
}

test.each([
  ["a byte stream", () => {}],
  ["a plain one", plainOnly],
])("%s asks once until it is full, and once more when that is read", async (_, prepare) => {
  prepare();
  try {
    const pull = vi.fn();
    const feed = byteReadable({ pull, cancel: () => {} });
    const reader = feed.readable.getReader();
    for (let i = 0; i < 20; i++) {
      const reading = reader.read();
      expect(feed.push(new Uint8Array(16 * kib))).toBe(true);
      expect((await reading).value).toHaveLength(16 * kib);
    }
    expect(pull).toHaveBeenCalledOnce();
    for (const more of [true, true, true, false]) {
      expect(feed.push(new Uint8Array(16 * kib))).toBe(more);
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(pull).toHaveBeenCalledOnce();
    await reader.read();
    await reader.read();
    expect(pull).toHaveBeenCalledTimes(2);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("what is read before the stream has heard that it was full is asked for all the same", async () => {
  const pull = vi.fn();
  const feed = byteReadable({ pull, cancel: () => {} });
  const reader = feed.readable.getReader();
  await new Promise((resolve) => setImmediate(resolve));
  expect(feed.push(new Uint8Array(64 * kib))).toBe(false);
  await reader.read();
  await new Promise((resolve) => setImmediate(resolve));
  expect(pull).toHaveBeenCalledTimes(2);
});

test("a source that fills the stream before its pull returns is asked again when that is read", async () => {
  const feed = byteReadable({
    pull: () => {
      while (feed.push(new Uint8Array(64 * kib)));
    },
    cancel: () => {},
  });
  await new Promise((resolve) => setImmediate(resolve));
  const reader = feed.readable.getReader();
  for (let i = 0; i < 10; i++) {
    const reading = reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(Promise.race([reading, "nothing"])).resolves.toMatchObject({ done: false });
  }
});
