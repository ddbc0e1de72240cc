import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Outbound } from "../../src/connection/outbound.ts";
import { maxPlaintext } from "../../src/record/limits.ts";
import { type Bytes, concat, toHex } from "../../src/wire/bytes.ts";

const bytesOf = (length: number, fill: number): Bytes => new Uint8Array(length).fill(fill);

describe("Outbound", () => {
  test("small writes share a record, larger ones are cut, and all keep their order", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            {
              weight: 6,
              arbitrary: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 40_000 })),
            },
            { weight: 1, arbitrary: fc.constant("key_update" as const) },
            { weight: 1, arbitrary: fc.constant("next" as const) },
          ),
          { maxLength: 20 },
        ),
        (asked) => {
          const outbound = new Outbound();
          const expected: Bytes[] = [];
          const got: Bytes[] = [];
          const sealed: number[] = [];
          let handed = 0;
          const take = (): boolean => {
            const step = outbound.next();
            if (step === undefined) return false;
            if (step.kind !== "data") got.push(bytesOf(1, 255));
            else {
              expect(step.bytes.length).toBeGreaterThan(0);
              expect(step.bytes.length).toBeLessThanOrEqual(maxPlaintext);
              // The scratch may be used again at the next call.
              got.push(step.bytes.slice());
              for (const tell of step.sealed) tell();
            }
            return true;
          };
          for (const one of asked) {
            if (one === "next") take();
            else if (one === "key_update") {
              expected.push(bytesOf(1, 255));
              outbound.push({ kind: "key_update" });
            } else {
              const nth = handed++;
              const bytes = bytesOf(one, nth);
              expected.push(bytes);
              outbound.push({ kind: "data", bytes, sealed: () => sealed.push(nth) });
            }
          }
          while (take());
          expect(toHex(concat(...got))).toBe(toHex(concat(...expected)));
          expect(sealed).toEqual(Array.from({ length: handed }, (_, i) => i));
        },
      ),
    );
  });

  test("writes that wait together leave in as few records as they can", () => {
    const outbound = new Outbound();
    for (let i = 0; i < 1000; i++) outbound.push({ kind: "data", bytes: bytesOf(50, i), sealed: () => {} });
    const lengths: number[] = [];
    for (let step = outbound.next(); step?.kind === "data"; step = outbound.next())
      lengths.push(step.bytes.length);
    expect(lengths).toEqual([maxPlaintext, maxPlaintext, maxPlaintext, 50_000 - 3 * maxPlaintext]);
  });

  test("what was thrown away is not asked for again", () => {
    const outbound = new Outbound();
    outbound.push({ kind: "data", bytes: bytesOf(40_000, 1), sealed: () => expect.fail("told") });
    outbound.next();
    outbound.clear();
    expect(outbound.next()).toBeUndefined();
    outbound.push({ kind: "close" });
    expect(outbound.next()).toEqual({ kind: "close" });
  });

  test("what has left is not held on to, though more always waits", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const outbound = new Outbound();
    const left: WeakRef<Bytes>[] = [];
    const push = (): void => {
      const bytes = bytesOf(maxPlaintext, 1);
      left.push(new WeakRef(bytes));
      outbound.push({ kind: "data", bytes, sealed: () => {} });
    };
    push();
    for (let i = 0; i < 200; i++) {
      push();
      outbound.next();
    }
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(left.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(100);
  });
});
