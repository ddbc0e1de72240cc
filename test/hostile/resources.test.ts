import { afterEach, describe, expect, test, vi } from "vitest";
import { floods } from "../../fuzz/resources/floods.ts";
import { costOf } from "../../fuzz/resources/victim.ts";
import { sealedForNobody, takenWhileVerifying } from "../../fuzz/resources/waits.ts";
import { believer } from "../../lab/leafKey.ts";
import { defaultProvider as provider } from "../../src/crypto/provider/node.ts";
import { connectOver } from "../connection/observer.ts";
import { ScriptedTransport } from "../connection/scriptedTransport.ts";

// The short form of `npm run resources`; what needs a process of its own is in the command alone.

const kib = 1024;

describe("a flood is refused, or costs no memory that grows with it", () => {
  test.each(floods)("$what", async (flood) => {
    const { code, held, unsent } = await costOf(flood, 256 * kib, 4);
    expect(code).toBe(flood.code);
    expect(held).toBeLessThan(1024 * kib);
    expect(unsent).toBeLessThan(300 * kib);
  });
});

test("no more is read than half a MiB, while a verifier works", async () => {
  expect(await takenWhileVerifying(8192 * kib)).toBeLessThan(600 * kib);
});

test("no more is sealed than a quarter of a MiB for who does not read", async () => {
  expect(await sealedForNobody(8192 * kib)).toBeLessThan(300 * kib);
});

describe("a server that drips a byte a second", () => {
  afterEach(() => void vi.useRealTimers());

  test("has its time, and no more", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const transport = new ScriptedTransport();
    const { observer } = connectOver(transport, { provider, verifier: believer, handshakeTimeout: 30_000 });
    await transport.until(() => transport.writes.length > 0);
    const hello = new Uint8Array(127);
    hello.set([22, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3]);
    for (let second = 1; second <= 30; second++) {
      expect(observer.error).toBeUndefined();
      transport.deliver(hello.subarray(second - 1, second));
      vi.advanceTimersByTime(1000);
    }
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "timeout" });
    expect(observer.told).toEqual(["failed", "closed"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
