import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Aead, AsyncAeadKey, CryptoProvider } from "../../src/crypto/provider.ts";
import { type Bytes, concat, copyOf, toHex } from "../../src/wire/bytes.ts";
import { Collector } from "./collector.ts";
import {
  asyncProvider,
  epochOf,
  plainRecord,
  Sealer,
  secretOf,
  syncProvider,
  updated,
  type Wait,
} from "./keys.ts";
import { splitAt } from "./splits.ts";

/** What a peer sends, and what its record does to the reader that delivers it. */
type Step =
  | { readonly kind: "data"; readonly length: number }
  | { readonly kind: "empty" }
  | { readonly kind: "change_cipher_spec" }
  /** The keys change at once, as with KeyUpdate. */
  | { readonly kind: "update" }
  /** The reader is held, and goes on with the same keys or with the next ones after a while. */
  | { readonly kind: "hold"; readonly update: boolean; readonly turns: number }
  | { readonly kind: "stop" }
  | { readonly kind: "throw" }
  | { readonly kind: "damaged" }
  | { readonly kind: "unknown" }
  | { readonly kind: "zeros" }
  | { readonly kind: "bad header" };

const marks = { update: 1, hold: 2, stop: 3, throw: 4 } as const;

function bytesOf(steps: readonly Step[], sealer: Sealer): Bytes {
  const records = steps.map((step, i): Bytes => {
    switch (step.kind) {
      case "data":
        return sealer.record(23, new Uint8Array(step.length).fill(0xd0), i % 3);
      case "empty":
        return sealer.record(23, new Uint8Array(0));
      case "change_cipher_spec":
        return plainRecord(20, Uint8Array.of(1));
      case "damaged": {
        const record = sealer.record(23, Uint8Array.of(0xd0));
        record[10]! ^= 1;
        return record;
      }
      case "unknown":
        return sealer.record(99, Uint8Array.of(0xd0));
      case "zeros":
        return sealer.inner(new Uint8Array(4));
      case "bad header":
        return Uint8Array.of(7, 3, 3, 0, 1, 0);
      default: {
        const record = sealer.record(22, Uint8Array.of(marks[step.kind], i));
        if (step.kind === "update" || (step.kind === "hold" && step.update)) sealer.update();
        return record;
      }
    }
  });
  return concat(...records);
}

/** What a reader makes of the steps: the log, and whether the end was told. */
async function run(
  provider: CryptoProvider,
  epoch: "handshake" | "application",
  steps: readonly Step[],
  pieces: readonly Bytes[],
  isGiven: (place: number) => boolean = () => false,
): Promise<{ readonly log: readonly string[]; readonly finished: boolean }> {
  const collected = new Collector();
  const { reader } = collected;
  let generation = 0;
  const install = (): void =>
    reader.install(epochOf(provider, updated(secretOf(1), generation), epoch, generation));
  install();
  collected.during = (type, content) => {
    if (type !== 22) return;
    const step = steps[content[1]!]!;
    if (step.kind === "update") {
      generation++;
      install();
    } else if (step.kind === "stop") reader.stop();
    else if (step.kind === "throw") throw new Error("enough");
    else if (step.kind === "hold") {
      reader.hold();
      let turns = step.turns;
      const turn = (): void => {
        if (turns-- > 0) return queueMicrotask(turn);
        if (step.update) {
          generation++;
          install();
        } else reader.release();
      };
      turn();
    }
  };
  await collected.read(pieces, isGiven);
  return { log: collected.log, finished: collected.finished };
}

const harmless: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    // Small ones, and some for which memory is kept.
    arbitrary: fc.record({
      kind: fc.constant("data" as const),
      length: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 60 }) },
        { weight: 1, arbitrary: fc.integer({ min: 4000, max: 9000 }) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "empty" } as const) },
);
const turning: fc.Arbitrary<Step> = fc.oneof(
  fc.constant({ kind: "update" } as const),
  fc.record({ kind: fc.constant("hold" as const), update: fc.boolean(), turns: fc.nat(12) }),
  fc.constant({ kind: "change_cipher_spec" } as const),
);
const ending: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  { kind: "stop" },
  { kind: "throw" },
  { kind: "damaged" },
  { kind: "unknown" },
  { kind: "zeros" },
  { kind: "bad header" },
);
const script: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: harmless },
    { weight: 3, arbitrary: turning },
    { weight: 1, arbitrary: ending },
  ),
  { maxLength: 40 },
);

/** Asynchronous ciphers that open records in this way. */
function opening(
  open: (key: AsyncAeadKey, ...record: Parameters<AsyncAeadKey["open"]>) => ReturnType<AsyncAeadKey["open"]>,
): CryptoProvider {
  const inner = asyncProvider();
  const aeads = inner.aeads().map((aead): Aead => {
    if (aead.sync) throw new Error("expected asynchronous ciphers");
    return {
      ...aead,
      importKey: async (bytes) => {
        const key = await aead.importKey(bytes);
        return { ...key, open: (...record) => open(key, ...record) };
      },
    };
  });
  return { ...inner, aeads: () => aeads };
}

/** Asynchronous ciphers that look again, when they answer, at what they were given: noted where it has changed. */
function watchful(changed: string[]): CryptoProvider {
  return opening(async (key, nonce, additionalData, sealed) => {
    const before = toHex(concat(nonce, additionalData, sealed));
    const opened = await key.open(nonce, additionalData, sealed);
    // With keys that were not its own, so in vain: those take their time.
    for (let i = 0; opened === undefined && i < 2000; i++) await undefined;
    if (toHex(concat(nonce, additionalData, sealed)) !== before) changed.push(before.slice(0, 24));
    return opened;
  });
}

test("what is handed to a cipher stays untouched until it answers, even where the answer is not wanted any more", async () => {
  const changed: string[] = [];
  const steps: Step[] = Array.from({ length: 60 }, (_, i) =>
    i % 7 === 3 ? { kind: "update" } : { kind: "data", length: 5000 },
  );
  const pieces = [bytesOf(steps, new Sealer(secretOf(1)))];
  const { log } = await run(watchful(changed), "application", steps, pieces);
  for (let i = 0; i < 5000; i++) await undefined;
  expect(log).toEqual((await run(syncProvider, "application", steps, pieces)).log);
  expect(changed).toEqual([]);
});

describe("asynchronous ciphers give exactly what synchronous ones do", () => {
  test("whatever the records do, however they arrive, and in whatever order the ciphers answer", async () => {
    await fc.assert(
      fc.asyncProperty(
        script,
        fc.constantFrom("handshake" as const, "application" as const),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
        fc.scheduler(),
        async (steps, epoch, cuts, otherCuts, given, scheduler) => {
          const bytes = bytesOf(steps, new Sealer(secretOf(1)));
          const serial = await run(syncProvider, epoch, steps, splitAt(bytes, cuts));
          const wait: Wait = async (work) => {
            await scheduler.schedule(Promise.resolve());
            return work();
          };
          const running = run(
            asyncProvider(wait),
            epoch,
            steps,
            splitAt(bytes, otherCuts),
            (place) => given[place] === true,
          );
          expect(await scheduler.waitFor(running)).toEqual(serial);
        },
      ),
      { numRuns: 400 },
    );
  });

  const places = Array.from({ length: 40 }, (_, i) => i);
  const data: Step = { kind: "data", length: 3 };
  test.each<Step>([
    { kind: "update" },
    { kind: "hold", update: false, turns: 3 },
    { kind: "hold", update: true, turns: 0 },
    { kind: "hold", update: true, turns: 5 },
    { kind: "stop" },
    { kind: "throw" },
    { kind: "damaged" },
    { kind: "bad header" },
    { kind: "change_cipher_spec" },
  ])("%o at every place of the window [5.3/1, 4.7.3/3, 4.7.3/8]", async (step) => {
    for (const place of places) {
      const steps = places.map((i) => (i === place ? step : data));
      const bytes = bytesOf(steps, new Sealer(secretOf(1)));
      const serial = await run(syncProvider, "application", steps, [bytes]);
      expect(serial.log.length).toBeGreaterThan(place);
      expect(await run(asyncProvider(), "application", steps, [bytes])).toEqual(serial);
    }
  });

  test("two KeyUpdates in one window", async () => {
    const steps: Step[] = [data, { kind: "update" }, { kind: "update" }, data, { kind: "update" }, data];
    const bytes = bytesOf(steps, new Sealer(secretOf(1)));
    const serial = await run(syncProvider, "application", steps, [bytes]);
    expect(serial.log.map((line) => line.split(" ")[1])).toEqual([
      "application.0/0",
      "application.0/1",
      "application.1/0",
      "application.2/0",
      "application.2/1",
      "application.3/0",
    ]);
    expect(await run(asyncProvider(), "application", steps, [bytes])).toEqual(serial);
  });
});

test("several records are in flight at once, and no more than a window of them", async () => {
  let inFlight = 0;
  let most = 0;
  const answers: (() => void)[] = [];
  const wait: Wait = (work) => {
    most = Math.max(most, ++inFlight);
    return new Promise((resolve) => {
      answers.push(() => {
        inFlight--;
        resolve(work());
      });
    });
  };
  const sealer = new Sealer(secretOf(1));
  const collected = new Collector();
  const provider = asyncProvider(wait, async (work) => work());
  collected.reader.install(epochOf(provider, secretOf(1)));
  const records = Array.from({ length: 100 }, (_, i) => sealer.record(23, Uint8Array.of(i)));
  const reading = collected.read([concat(...records)]);
  while (!collected.finished) {
    await new Promise((resolve) => setImmediate(resolve));
    // Last come, first answered.
    answers.pop()?.();
  }
  await reading;
  expect(most).toBe(16);
  expect(collected.log.map((line) => line.split(" ")[2])).toEqual(
    records.map((_, i) => i.toString(16).padStart(2, "0")),
  );
});

test("what is handed to an asynchronous cipher stays as it was until it answers", async () => {
  const kept: { readonly lent: Uint8Array; readonly copy: Bytes }[] = [];
  const provider = opening(async (key, ...record) => {
    for (const lent of record) kept.push({ lent, copy: copyOf(lent) });
    await Promise.resolve();
    return key.open(...record);
  });
  const sealer = new Sealer(secretOf(1));
  const collected = new Collector();
  collected.reader.install(epochOf(provider, secretOf(1)));
  const bytes = concat(...Array.from({ length: 20 }, (_, i) => sealer.record(23, Uint8Array.of(i))));
  await collected.read(Array.from({ length: bytes.length }, (_, i) => bytes.slice(i, i + 1)));
  expect(collected.log).toHaveLength(20);
  for (const { lent, copy } of kept) expect(lent).toEqual(copy);
});

/** Asynchronous ciphers, and the memory in which each record lay that they opened. */
function watchingMemory(): [provider: CryptoProvider, memory: ArrayBufferLike[]] {
  const memory: ArrayBufferLike[] = [];
  const provider = opening((key, nonce, additionalData, sealed) => {
    memory.push(sealed.buffer);
    return key.open(nonce, additionalData, sealed);
  });
  return [provider, memory];
}

/** As many large records as are in flight at once. */
function windowOf(sealer: Sealer): Bytes {
  return concat(...Array.from({ length: 16 }, (_, i) => sealer.record(23, new Uint8Array(5000).fill(i))));
}

test("what is given is opened where it lies", async () => {
  const [provider, memory] = watchingMemory();
  const collected = new Collector();
  collected.reader.install(epochOf(provider, secretOf(1)));
  const chunk = windowOf(new Sealer(secretOf(1)));
  collected.reader.receive(chunk, true);
  await collected.read([]);
  expect(collected.log).toHaveLength(16);
  expect(new Set(memory)).toEqual(new Set([chunk.buffer]));
});

test("memory of large records is used again, and no more than a window of it is kept for all readers", async () => {
  /** Two readers with a window in flight each, at the same time. */
  const two = async (): Promise<Set<ArrayBufferLike>> => {
    const [provider, memory] = watchingMemory();
    const reading = [1, 2].map((fill) => {
      const collected = new Collector();
      collected.reader.install(epochOf(provider, secretOf(fill)));
      return collected.read([windowOf(new Sealer(secretOf(fill)))]);
    });
    for (const log of await Promise.all(reading)) expect(log).toHaveLength(16);
    expect(new Set(memory).size).toBe(32);
    return new Set(memory);
  };
  const before = await two();
  const after = await two();
  expect([...after].filter((one) => before.has(one))).toHaveLength(16);
});
