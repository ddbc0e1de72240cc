import { describe, expect, test } from "vitest";
import { EarlyData, maxEarlyDataKept } from "../../src/connection/earlyData.ts";
import { copyOf, fromAscii } from "../../src/wire/bytes.ts";

/** Whoever sends early data: as long as there is room, into a list. */
class Owner {
  readonly sent: Uint8Array[] = [];
  readonly errors: unknown[] = [];
  space = Number.POSITIVE_INFINITY;
  readonly room = (): boolean => this.sent.length < this.space;
  readonly send = (bytes: Uint8Array): void => void this.sent.push(copyOf(bytes));
  readonly failed = (error: unknown): void => void this.errors.push(error);
}

async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield new Uint8Array([i & 0xff]);
}

const counted = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i & 0xff);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

async function allOf(source: AsyncIterable<Uint8Array> | undefined): Promise<number[]> {
  const bytes: number[] = [];
  for await (const piece of source ?? []) bytes.push(...piece);
  return bytes;
}

describe("early data", () => {
  test.each([
    ["accepted", 200_000, 0],
    ["rejected", 0, 200_000],
  ] as const)("of very many small pieces is told of where it is %s", async (outcome, taken, returned) => {
    const owner = new Owner();
    const early = new EarlyData(pieces(200_000));
    early.start(owner, maxEarlyDataKept);
    await until(() => owner.sent.length === 200_000);
    early.stop();
    const report = early.report(outcome);
    expect(report).toMatchObject({ outcome, taken });
    expect(report.returned).toEqual(counted(returned));
    expect(await allOf(report.unread)).toEqual([]);
  });

  test("goes on when there is room again, and no further than it may", () => {
    const owner = new Owner();
    owner.space = 1;
    const early = new EarlyData(counted(40_000));
    early.start(owner, 20_000);
    expect(owner.sent.map(({ length }) => length)).toEqual([16_384]);
    owner.space = 9;
    early.pump();
    expect(owner.sent.map(({ length }) => length)).toEqual([16_384, 3616]);
    early.stop();
    const report = early.report("accepted");
    expect(report.taken).toBe(20_000);
    expect(report.returned).toEqual(counted(40_000).subarray(20_000));
  });

  test("is no more than is kept, whatever a ticket allows", () => {
    const owner = new Owner();
    const early = new EarlyData(new Uint8Array(maxEarlyDataKept + 5));
    early.start(owner, 0xffff_ffff);
    early.stop();
    const report = early.report("accepted");
    expect([report.taken, report.returned.length]).toEqual([maxEarlyDataKept, 5]);
  });

  test("that is read too late is the first of what is unread", async () => {
    let give: (piece: IteratorResult<Uint8Array>) => void = () => {};
    const asked = [
      Promise.resolve({ done: false, value: fromAscii("a") }),
      new Promise<IteratorResult<Uint8Array>>((resolve) => {
        give = resolve;
      }),
      Promise.resolve({ done: false, value: fromAscii("c") }),
      Promise.resolve({ done: true, value: undefined }),
    ] as Promise<IteratorResult<Uint8Array>>[];
    const owner = new Owner();
    const early = new EarlyData({
      [Symbol.asyncIterator]: () => ({
        next: () => asked.shift() as Promise<IteratorResult<Uint8Array>>,
      }),
    });
    early.start(owner, 100);
    await until(() => asked.length === 2);
    early.stop();
    const report = early.report("accepted");
    give({ done: false, value: fromAscii("b") });
    expect(report).toMatchObject({ taken: 1, returned: new Uint8Array(0) });
    expect(await allOf(report.unread)).toEqual([...fromAscii("bc")]);
    expect(owner.sent).toHaveLength(1);
  });

  test("whose source fails is a failure while it may leave, and nobody's afterwards", async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield* [];
      throw new Error("the disk is gone");
    };
    const owner = new Owner();
    new EarlyData(failing()).start(owner, 100);
    await until(() => owner.errors.length > 0);
    expect(owner.errors).toEqual([new Error("the disk is gone")]);

    const later = new Owner();
    const early = new EarlyData(failing());
    early.start(later, 100);
    early.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(later.errors).toEqual([]);
  });

  test.each<readonly [string, unknown]>([
    ["text", "GET"],
    ["numbers", [71, 69, 84]],
    ["nothing", undefined],
    ["null", null],
    ["an ArrayBuffer", new ArrayBuffer(3)],
  ])("of %s is a failure, and none of it leaves", async (_, piece) => {
    const owner = new Owner();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield piece as Uint8Array;
    };
    const early = new EarlyData(source());
    early.start(owner, 100);
    await until(() => owner.errors.length > 0);
    expect(owner.errors).toEqual([expect.any(TypeError)]);
    expect(owner.sent).toEqual([]);
    expect(early.report("rejected").returned).toEqual(new Uint8Array(0));
  });

  test("answers for nothing that its source does once the connection has failed", async () => {
    const returns: (() => unknown)[] = [
      () => {
        throw new Error("it is gone");
      },
      () => Promise.reject(new Error("it is gone")),
      () => undefined,
      () => null,
      () => new Promise(() => {}),
    ];
    let asked = 0;
    for (const answer of returns) {
      const iterator = {
        next: () => new Promise<never>(() => {}),
        return: () => {
          asked++;
          return answer() as Promise<IteratorReturnResult<undefined>>;
        },
      };
      const early = new EarlyData({ [Symbol.asyncIterator]: () => iterator });
      early.start(new Owner(), 100);
      early.abandon();
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(returns.length);
  });

  test("that runs on is read no further than may be sent", async () => {
    let read = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        read++;
        yield new Uint8Array(10);
      }
    };
    const owner = new Owner();
    const early = new EarlyData(endless());
    early.start(owner, 95);
    await until(() => owner.sent.length === 10);
    await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBe(10);
    early.stop();
    const report = early.report("accepted");
    expect([report.taken, report.returned.length]).toEqual([95, 5]);
    await (report.unread?.[Symbol.asyncIterator]().return?.() as Promise<unknown>);
  });
});
