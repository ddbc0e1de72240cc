import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { IdleClock } from "../../src/connection/idleClock.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { syncProvider } from "../record/keys.ts";
import { recordsOf } from "../replay/traces.ts";
import { replayOpened, replayStarted } from "./replayed.ts";

// Turns of the event loop stay what they are.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a clock of idle time", () => {
  test("tells once the time is over, and again only after the next move", () => {
    let told = 0;
    const clock = new IdleClock(100, () => told++);
    vi.advanceTimersByTime(99);
    expect(told).toBe(0);
    vi.advanceTimersByTime(1);
    expect(told).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(told).toBe(1);
    clock.moved();
    vi.advanceTimersByTime(99);
    expect(told).toBe(1);
    vi.advanceTimersByTime(1);
    expect(told).toBe(2);
  });

  test("counts from the last move, whenever it was", () => {
    let told = 0;
    const clock = new IdleClock(100, () => told++);
    for (let i = 0; i < 50; i++) {
      vi.advanceTimersByTime(i % 2 === 0 ? 30 : 90);
      clock.moved();
    }
    vi.advanceTimersByTime(99);
    expect(told).toBe(0);
    vi.advanceTimersByTime(1);
    expect(told).toBe(1);
  });

  test("stops", () => {
    const clock = new IdleClock(100, () => expect.unreachable());
    clock.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.each([
  ["node", syncProvider],
  ["web", webProvider],
])("%s provider", (_, provider) => {
  test("an open connection on which nothing moves says close_notify and fails [timeout]", async () => {
    const { transport, observer, client, server, connection, before } = await replayOpened({
      provider,
      idleTimeout: 1000,
    });
    vi.advanceTimersByTime(999);
    transport.deliver(server.record(contentTypes.application_data, Uint8Array.of(1)));
    await observer.until(() => observer.content.length === 1);
    vi.advanceTimersByTime(999);
    expect(observer.error).toBeUndefined();
    connection.write(Uint8Array.of(2), () => {});
    await transport.until(() => transport.written.length > before);
    await tick();
    vi.advanceTimersByTime(999);
    expect(observer.error).toBeUndefined();
    // Nor does an empty chunk move anything.
    transport.deliver(new Uint8Array(0));
    vi.advanceTimersByTime(1);
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "timeout", message: expect.stringContaining("1000 ms") });
    await transport.until(() => transport.calls.includes("close"));
    const sent = recordsOf(transport.written.slice(before)).map((record) => client.open(record));
    expect(sent.map(({ type, content }) => [type, ...content])).toEqual([
      [contentTypes.application_data, 2],
      [contentTypes.alert, 1, 0],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("where the transport takes nothing, it is not waited for", async () => {
    const { transport, observer, connection } = await replayOpened({ provider, idleTimeout: 1000 });
    transport.prompt = false;
    connection.write(new Uint8Array(2 ** 20), () => {});
    await transport.until(() => transport.unreleased > 0);
    for (let i = 0; i < 20; i++) await tick();
    vi.advanceTimersByTime(999);
    // That some was taken is a move.
    transport.release(1);
    vi.advanceTimersByTime(999);
    expect(observer.error).toBeUndefined();
    vi.advanceTimersByTime(1);
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "timeout" });
    expect(transport.calls).toContain("abort");
  });

  test("a handshake is not idle, and neither is what has ended", async () => {
    let answer: (() => void) | undefined;
    const replayed = await replayStarted({
      provider,
      idleTimeout: 1000,
      verifier: async (presented) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return believer(presented);
      },
    });
    const { transport, trace, observer, server, connection } = replayed;
    transport.deliver(trace.bytes("recordServerHello"));
    transport.deliver(trace.bytes("recordServerHandshakeMessages"));
    while (answer === undefined) await tick();
    vi.advanceTimersByTime(5000);
    expect(observer.error).toBeUndefined();
    answer();
    await observer.opening;
    connection.end();
    transport.deliver(server.record(contentTypes.alert, Uint8Array.of(1, 0)));
    await observer.closing;
    expect(vi.getTimerCount()).toBe(0);
    expect(observer.error).toBeUndefined();
  });
});
