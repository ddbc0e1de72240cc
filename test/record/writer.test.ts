import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { type PaddingPolicy, RecordWriter } from "../../src/record/writer.ts";
import { type Bytes, concat, copyOf, fromAscii, toHex } from "../../src/wire/bytes.ts";
import { ScriptedTransport } from "../connection/scriptedTransport.ts";
import { recordsOf } from "../replay/traces.ts";
import {
  asyncProvider,
  epochOf,
  kinds,
  type OpenedRecord,
  Opener,
  secretOf,
  syncProvider,
  type Wait,
} from "./keys.ts";

/** A writer whose output a scripted transport takes, with the peer that opens it. */
class Bench {
  readonly transport = new ScriptedTransport();
  readonly opener = new Opener();
  readonly writer: RecordWriter;
  /** Of each write, the memory in which it lay. */
  readonly memory: ArrayBufferLike[] = [];
  drained = 0;
  error: unknown;
  #read = 0;

  constructor(padding?: PaddingPolicy) {
    this.writer = new RecordWriter(
      {
        write: (bytes, written) => {
          this.memory.push(bytes.buffer);
          this.transport.write(bytes, written);
        },
        drained: () => {
          this.drained++;
          this.transport.changed();
        },
        failed: (error) => {
          this.error = error;
          this.transport.changed();
        },
      },
      padding,
    );
  }

  install(provider: CryptoProvider, fill = 1, recordLimit?: number): void {
    this.writer.install(epochOf(provider, secretOf(fill, recordLimit)));
    this.opener.install(secretOf(fill));
  }

  /** The records that left since the last call, or the first of them, opened. */
  async sent(most = Number.POSITIVE_INFINITY): Promise<OpenedRecord[]> {
    await this.writer.finish();
    const records = recordsOf(this.transport.written.slice(this.#read)).slice(0, most);
    this.#read += concat(...records).length;
    return records.map((record) => this.opener.open(record));
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const bytesOf = (length: number, fill = 1): Bytes => Uint8Array.from({ length }, (_, i) => fill + i);

describe("without protection", () => {
  test("the first hello's records say 0x0301, all others 0x0303 [5.1/14, 5.1/18, 5.1/19]", async () => {
    const { writer, transport } = new Bench();
    writer.write(22, bytesOf(20_000));
    writer.write(21, Uint8Array.of(2, 80));
    writer.endInitial();
    writer.write(20, Uint8Array.of(1));
    writer.write(22, bytesOf(40));
    await writer.finish();
    expect(recordsOf(transport.written).map((record) => toHex(record.subarray(0, 5)))).toEqual([
      "1603014000",
      "1603010e20",
      "1503030002",
      "1403030001",
      "1603030028",
    ]);
  });

  test("records are numbered for who watches", () => {
    const { writer } = new Bench();
    expect(writer.recordsLeft).toBe(Number.POSITIVE_INFINITY);
    expect(writer.write(22, bytesOf(20_000))).toEqual({ epoch: "none", generation: 0, sequence: 0 });
    expect(writer.write(22, bytesOf(2))).toEqual({ epoch: "none", generation: 0, sequence: 2 });
  });
});

describe.each(kinds)("%s", (_, provider) => {
  test.each([
    [0, [0]],
    [1, [1]],
    [2 ** 14, [2 ** 14]],
    [2 ** 14 + 1, [2 ** 14, 1]],
    [3 * 2 ** 14, [2 ** 14, 2 ** 14, 2 ** 14]],
    [100_000, [2 ** 14, 2 ** 14, 2 ** 14, 2 ** 14, 2 ** 14, 2 ** 14, 1696]],
  ])("%d bytes leave in fragments of at most 2^14 [5.1/16, 5.2/1, 5.1/14]", async (length, lengths) => {
    const bench = new Bench();
    bench.install(provider());
    const content = bytesOf(length);
    bench.writer.write(23, content);
    const sent = await bench.sent();
    expect(sent.map((record) => record.content.length)).toEqual(lengths);
    expect(concat(...sent.map((record) => record.content))).toEqual(content);
    for (const record of sent)
      expect(record).toMatchObject({ outer: 23, version: 0x0303, type: 23, padding: 0 });
  });

  test("a fragmented handshake message keeps its type, and nothing comes between [5.1/3]", async () => {
    const bench = new Bench();
    bench.install(provider());
    bench.writer.write(22, bytesOf(40_000));
    bench.writer.write(23, bytesOf(1));
    expect((await bench.sent()).map(({ type }) => type)).toEqual([22, 22, 22, 23]);
  });

  test("sequence numbers begin with 0 under each key, and the record is told its own [5.3/1]", async () => {
    const bench = new Bench();
    bench.install(provider(), 1);
    expect(bench.writer.write(23, bytesOf(20_000))).toEqual({
      epoch: "application",
      generation: 0,
      sequence: 0,
    });
    expect(bench.writer.write(23, bytesOf(1))).toEqual({ epoch: "application", generation: 0, sequence: 2 });
    expect(await bench.sent()).toHaveLength(3);
    bench.writer.install(epochOf(provider(), secretOf(2), "application", 1));
    bench.opener.install(secretOf(2));
    expect(bench.writer.write(23, bytesOf(1))).toEqual({ epoch: "application", generation: 1, sequence: 0 });
    expect(await bench.sent()).toHaveLength(1);
  });

  test("a change of keys leaves what was written before it alone", async () => {
    const bench = new Bench();
    bench.install(provider(), 1);
    bench.writer.write(23, fromAscii("before"));
    bench.writer.write(22, fromAscii("update"));
    bench.writer.install(epochOf(provider(), secretOf(2)));
    bench.writer.write(23, fromAscii("after"));
    await bench.writer.finish();
    const [first, second, third] = recordsOf(bench.transport.written) as [Bytes, Bytes, Bytes];
    expect(toHex(bench.opener.open(first).content)).toBe(toHex(fromAscii("before")));
    expect(toHex(bench.opener.open(second).content)).toBe(toHex(fromAscii("update")));
    bench.opener.install(secretOf(2));
    expect(toHex(bench.opener.open(third).content)).toBe(toHex(fromAscii("after")));
  });

  test("change_cipher_spec is never protected, and keeps its place", async () => {
    const bench = new Bench();
    bench.install(provider());
    bench.writer.endInitial();
    bench.writer.write(22, bytesOf(3));
    bench.writer.write(20, Uint8Array.of(1));
    bench.writer.write(22, bytesOf(4));
    await bench.writer.finish();
    const records = recordsOf(bench.transport.written);
    expect(records.map((record) => record[0])).toEqual([23, 20, 23]);
    expect(toHex(records[1]!)).toBe("140303000101");
    expect(records.map((record) => bench.opener.open(record).type)).toEqual([22, 20, 22]);
    expect(bench.opener.sequence).toBe(2);
  });

  test("what may seal no more records seals none, and no sequence number is spent [5.3/2, 5.5/1, key_limit_reached]", async () => {
    const bench = new Bench();
    bench.install(provider(), 1, 3);
    bench.writer.write(23, bytesOf(2 ** 14 + 1));
    expect(bench.writer.recordsLeft).toBe(1);
    bench.writer.write(23, bytesOf(1));
    expect(bench.writer.recordsLeft).toBe(0);
    const limit = expect.objectContaining({ code: "key_limit_reached" });
    expect(() => bench.writer.write(23, bytesOf(1))).toThrow(limit);
    expect(() => bench.writer.write(21, bytesOf(2))).toThrow(limit);
    expect(await bench.sent()).toHaveLength(3);
    bench.install(provider(), 2, 3);
    bench.writer.write(23, bytesOf(1));
    expect(await bench.sent()).toHaveLength(1);
  });

  describe("padding", () => {
    test("the policy gets type and length, and says how many zeros follow [5.4/2]", async () => {
      const asked: [string, number][] = [];
      const bench = new Bench((type, length) => {
        asked.push([type, length]);
        return 10 * asked.length;
      });
      bench.install(provider());
      bench.writer.write(22, bytesOf(5));
      bench.writer.write(21, Uint8Array.of(1, 0));
      bench.writer.write(23, bytesOf(2 ** 14 + 7));
      // What is not protected can't be padded.
      bench.writer.write(20, Uint8Array.of(1));
      const sent = await bench.sent();
      expect(asked).toEqual([
        ["handshake", 5],
        ["alert", 2],
        ["application_data", 2 ** 14],
        ["application_data", 7],
      ]);
      expect(sent.map(({ padding }) => padding)).toEqual([10, 20, 0, 40, 0]);
    });

    test("stays within 2^14 + 1 bytes of content, type and padding [5.4/8, 5.2/1]", async () => {
      const bench = new Bench(() => 1e9);
      bench.install(provider());
      for (const length of [0, 1, 2 ** 14 - 1, 2 ** 14]) {
        bench.writer.write(23, bytesOf(length));
        const [record] = await bench.sent();
        expect(record!.content.length + 1 + record!.padding).toBe(2 ** 14 + 1);
        expect(record!.length).toBe(2 ** 14 + 1 + 16);
      }
    });

    test.each([
      [-1, 0],
      [0, 0],
      [2.9, 2],
      [Number.NaN, 0],
      [Number.NEGATIVE_INFINITY, 0],
      [Number.POSITIVE_INFINITY, 2 ** 14 - 3],
    ])("a policy that answers %d pads with %d", async (answer, padding) => {
      const bench = new Bench(() => answer);
      bench.install(provider());
      bench.writer.write(23, bytesOf(3));
      expect(await bench.sent()).toMatchObject([{ padding, content: bytesOf(3) }]);
    });

    test("a policy that throws spends no sequence number", async () => {
      let angry = true;
      const bench = new Bench(() => {
        if (angry) throw new Error("no");
        return 0;
      });
      bench.install(provider());
      expect(() => bench.writer.write(23, bytesOf(3))).toThrow("no");
      angry = false;
      bench.writer.write(23, bytesOf(4));
      expect(await bench.sent()).toMatchObject([{ content: bytesOf(4) }]);
    });
  });

  test("what is written in one go leaves in one write", async () => {
    const bench = new Bench();
    bench.install(provider());
    for (let i = 0; i < 4; i++) bench.writer.write(23, bytesOf(50));
    await bench.writer.finish();
    expect(bench.transport.writes).toHaveLength(1);
  });

  test("leaves without being asked to finish", async () => {
    const bench = new Bench();
    bench.install(provider());
    for (const count of [1, 2, 3]) {
      bench.writer.write(23, bytesOf(50));
      await bench.transport.untilWritten(count * (50 + 1 + 16 + 5));
    }
  });

  test("what is written while it is corked leaves with what follows, in one write", async () => {
    const bench = new Bench();
    bench.install(provider());
    bench.writer.cork();
    for (const type of [22, 23]) {
      bench.writer.write(type, bytesOf(50));
      await tick();
    }
    expect(bench.transport.writes).toEqual([]);
    bench.writer.uncork();
    await tick();
    expect(bench.transport.writes).toHaveLength(1);
    bench.writer.write(23, bytesOf(50));
    await tick();
    expect(bench.transport.writes).toHaveLength(2);
    expect((await bench.sent()).map(({ type }) => type)).toEqual([22, 23, 23]);
  });

  test("protects what is written from the keys on, until they are forgotten", async () => {
    const bench = new Bench();
    bench.writer.endInitial();
    expect(bench.writer.protects).toBe(false);
    bench.install(provider());
    expect(bench.writer.protects).toBe(true);
    bench.writer.write(23, bytesOf(50));
    bench.writer.forgetKeys();
    expect(bench.writer.protects).toBe(false);
    bench.writer.write(22, bytesOf(3));
    await bench.writer.finish();
    const [first, second] = recordsOf(bench.transport.written) as [Bytes, Bytes];
    expect(bench.opener.open(first)).toMatchObject({ outer: 23, content: bytesOf(50) });
    expect(toHex(second)).toBe("1603030003010203");
  });

  test("16 full records leave in one write, and what follows them in the next", async () => {
    const bench = new Bench();
    bench.install(provider());
    bench.writer.write(23, bytesOf(17 * 2 ** 14));
    await bench.writer.finish();
    const size = 2 ** 14 + 22;
    expect(bench.transport.writes.map(({ length }) => length)).toEqual([16 * size, size]);
  });

  test("large writes use the same memory again, and small ones take little", async () => {
    const bench = new Bench();
    bench.install(provider());
    const small = 4096 - 22;
    for (const length of [small + 1, 2 ** 14, 3 * 2 ** 14, small + 1, small, 1]) {
      bench.writer.write(23, bytesOf(length));
      await bench.writer.finish();
      await bench.transport.until(() => bench.writer.idle);
    }
    const large = 16 * (2 ** 14 + 22);
    expect(bench.memory.map(({ byteLength }) => byteLength)).toEqual([
      large,
      large,
      large,
      large,
      4096,
      4096,
    ]);
    expect(new Set(bench.memory.slice(0, 4)).size).toBe(1);
  });

  test("is idle only where nothing waits to be sealed, to leave or to be taken", async () => {
    const bench = new Bench();
    bench.transport.prompt = false;
    bench.install(provider());
    expect(bench.writer.idle).toBe(true);
    bench.writer.write(23, bytesOf(50));
    expect(bench.writer.idle).toBe(false);
    await bench.writer.finish();
    expect(bench.writer.idle).toBe(false);
    bench.transport.release();
    expect(bench.writer.idle).toBe(true);
  });

  test("has no room while too much is on its way, and says when it has again", async () => {
    const bench = new Bench();
    bench.transport.prompt = false;
    bench.install(provider());
    let written = 0;
    for (; bench.writer.room; written++) {
      bench.writer.write(23, bytesOf(2 ** 14));
      await bench.writer.finish();
    }
    const size = 2 ** 14 + 22;
    expect(written * size).toBeGreaterThan(64 * 1024);
    expect(written * size).toBeLessThan(256 * 1024);
    expect(bench.writer.idle).toBe(false);
    bench.transport.release();
    expect(bench.drained).toBeGreaterThan(0);
    expect(bench.writer.room).toBe(true);
    expect(bench.writer.idle).toBe(true);
  });

  test("the memory of a write is not used again before it is given back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.record({ write: fc.oneof(fc.nat(300), fc.nat(40_000)) }),
            fc.record({ release: fc.nat(4) }),
            fc.record({ tick: fc.constant(true) }),
          ),
          { maxLength: 30 },
        ),
        async (steps) => {
          const bench = new Bench();
          bench.transport.prompt = false;
          bench.install(provider());
          const contents: Bytes[] = [];
          for (const step of steps) {
            if ("write" in step) {
              const content = bytesOf(step.write, contents.length);
              contents.push(copyOf(content));
              bench.writer.write(23, content);
              // The writer has taken what it needs.
              content.fill(0xcc);
            } else if ("release" in step) bench.transport.release(step.release);
            else await tick();
          }
          const sent = await bench.sent();
          bench.transport.release();
          expect(toHex(concat(...sent.map(({ content }) => content)))).toBe(toHex(concat(...contents)));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("a writer that was stopped writes nothing more of what it was sealing", async () => {
    const bench = new Bench();
    bench.install(provider());
    bench.writer.write(23, bytesOf(50));
    bench.writer.stop();
    expect(bench.writer.protects).toBe(false);
    await bench.writer.finish();
    await tick();
    expect(bench.transport.writes).toEqual([]);
    expect(bench.drained).toBe(0);
    expect(bench.writer.idle).toBe(true);
  });

  test("a writer that was stopped asks for nothing more once its memory is given back", async () => {
    const bench = new Bench();
    bench.transport.prompt = false;
    bench.install(provider());
    bench.writer.write(23, bytesOf(50));
    await bench.writer.finish();
    bench.writer.stop();
    bench.transport.release();
    expect(bench.drained).toBe(0);
    expect(bench.writer.idle).toBe(true);
  });
});

test("synchronous ciphers: what jobs write that follow each other leaves together", async () => {
  const bench = new Bench();
  bench.install(syncProvider);
  const write = (text: string): void => void bench.writer.write(23, fromAscii(text));
  write("a");
  queueMicrotask(() => write("c"));
  write("b");
  queueMicrotask(() => write("d"));
  await tick();
  const size = 1 + 22;
  expect(bench.transport.writes.map(({ length }) => length)).toEqual([2 * size, 2 * size]);
});

test("what a synchronous cipher seals leaves behind what an asynchronous one has not sealed yet", async () => {
  const bench = new Bench();
  const answers: (() => void)[] = [];
  bench.install(
    asyncProvider(
      (work) => new Promise((resolve) => answers.push(() => resolve(work()))),
      async (work) => work(),
    ),
  );
  bench.writer.write(23, bytesOf(50));
  bench.writer.install(epochOf(syncProvider, secretOf(2)));
  bench.writer.write(22, bytesOf(20_000));
  await tick();
  expect(bench.transport.writes).toEqual([]);
  for (const answer of answers) answer();
  expect((await bench.sent(1)).map(({ content }) => content.length)).toEqual([50]);
  bench.opener.install(secretOf(2));
  expect((await bench.sent()).map(({ content }) => content.length)).toEqual([2 ** 14, 20_000 - 2 ** 14]);
  bench.writer.write(23, bytesOf(3));
  expect((await bench.sent()).map(({ content }) => content.length)).toEqual([3]);
});

test("synchronous ciphers: of a record that can't be sealed nothing leaves", async () => {
  const broken: CryptoProvider = {
    ...syncProvider,
    aeads: () =>
      syncProvider.aeads().map((aead) => {
        if (!aead.sync) return aead;
        const seal = (): never => {
          throw new Error("broken");
        };
        return { ...aead, importKey: (bytes: Bytes) => ({ ...aead.importKey(bytes), seal }) };
      }),
  };
  const bench = new Bench();
  bench.install(broken);
  expect(() => bench.writer.write(23, bytesOf(50))).toThrow("broken");
  await bench.writer.finish();
  expect(bench.transport.writes).toEqual([]);
  expect(bench.writer.idle).toBe(true);
});

describe("asynchronous ciphers", () => {
  type Op =
    | { readonly kind: "write"; readonly type: 20 | 21 | 22 | 23; readonly length: number }
    | { readonly kind: "install" };

  const op: fc.Arbitrary<Op> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("write" as const),
        type: fc.constantFrom(20 as const, 21 as const, 22 as const, 23 as const),
        length: fc.oneof(fc.nat(50), fc.nat(34_000)),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "install" } as const) },
  );

  test("no nonce is used twice and no record overtakes another, in whatever order they are sealed [5.3/1]", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 25 }), fc.scheduler(), async (ops, scheduler) => {
        const nonces = new Set<string>();
        const wait: Wait = async (work) => {
          await scheduler.schedule(Promise.resolve());
          return work();
        };
        const bench = new Bench();
        const provider = watchingNonces(asyncProvider(wait), nonces);
        let seals = 0;
        let fill = 1;
        bench.install(provider, fill);
        // What a peer will have to open: in this order, under these keys.
        const expected: { type: number; content: string; fill: number }[] = [];
        for (const one of ops) {
          if (one.kind === "install") {
            fill++;
            bench.writer.install(epochOf(provider, secretOf(fill)));
            continue;
          }
          const content = bytesOf(one.length, seals);
          bench.writer.write(one.type, content);
          for (let start = 0; start === 0 || start < content.length; start += 2 ** 14) {
            if (one.type !== 20) seals++;
            expected.push({ type: one.type, content: toHex(content.subarray(start, start + 2 ** 14)), fill });
          }
        }
        await scheduler.waitFor(bench.writer.finish());
        const records = recordsOf(bench.transport.written);
        let under = 1;
        const opened = records.map((record, i) => {
          const wanted = expected[i];
          if (wanted !== undefined && wanted.fill !== under) {
            under = wanted.fill;
            bench.opener.install(secretOf(under));
          }
          const { type, content } = bench.opener.open(record);
          return { type, content: toHex(content), fill: under };
        });
        expect(opened).toEqual(expected);
        expect(nonces.size).toBe(seals);
      }),
      { numRuns: 100 },
    );
  });

  test("finish waits for a slow record before a quick one, and lets the runtime work meanwhile", async () => {
    let slow: (() => void) | undefined;
    const wait: Wait = (work) =>
      slow === undefined
        ? new Promise((resolve) => {
            slow = () => resolve(work());
          })
        : Promise.resolve().then(work);
    const bench = new Bench();
    bench.install(asyncProvider(wait, async (work) => work()));
    bench.writer.write(23, fromAscii("slow"));
    bench.writer.write(23, fromAscii("quick"));
    const finishing = bench.writer.finish();
    setImmediate(() => setImmediate(() => slow?.()));
    await finishing;
    const records = recordsOf(bench.transport.written).map((record) => bench.opener.open(record));
    expect(records.map(({ content }) => new TextDecoder().decode(content))).toEqual(["slow", "quick"]);
  });

  test("a record that can't be sealed fails the writer once, nothing after it leaves, and finish comes to its end", async () => {
    const cause = new Error("broken");
    let seals = 0;
    const bench = new Bench();
    bench.install(
      asyncProvider(
        async (work) => {
          if (seals++ === 1) throw cause;
          return work();
        },
        async (work) => work(),
      ),
    );
    bench.writer.write(23, fromAscii("first"));
    bench.writer.write(23, fromAscii("second"));
    bench.writer.write(23, fromAscii("third"));
    const finished = bench.writer.finish().then(
      () => "resolved",
      () => "rejected",
    );
    await bench.transport.until(() => bench.error !== undefined);
    expect(bench.error).toMatchObject({ code: "internal_error", cause });
    // Whatever is written now has no place in the stream any more.
    bench.writer.write(21, Uint8Array.of(2, 80));
    await finished;
    await bench.writer.finish();
    await tick();
    const records = recordsOf(bench.transport.written).map((record) => bench.opener.open(record));
    expect(records.map(({ content }) => new TextDecoder().decode(content))).toEqual(["first"]);
  });

  test("a record that can't be sealed is nothing to tell of once the writer is stopped", async () => {
    let fail = (): void => {};
    const bench = new Bench();
    bench.install(
      asyncProvider(
        () =>
          new Promise((_, reject) => {
            fail = () => reject(new Error("broken"));
          }),
        async (work) => work(),
      ),
    );
    bench.writer.write(23, fromAscii("first"));
    await tick();
    bench.writer.stop();
    fail();
    await bench.writer.finish();
    expect(bench.error).toBeUndefined();
    expect(bench.transport.writes).toEqual([]);
  });

  test("a key that can't be imported fails the writer", async () => {
    const cause = new Error("no such key");
    const bench = new Bench();
    bench.install(asyncProvider(undefined, () => Promise.reject(cause)));
    bench.writer.write(23, fromAscii("first"));
    await bench.transport.until(() => bench.error !== undefined);
    expect(bench.error).toMatchObject({ code: "internal_error", cause });
    await bench.writer.finish();
    expect(bench.transport.writes).toEqual([]);
  });

  test("at most a window of application records is being sealed", async () => {
    const answers: (() => void)[] = [];
    const bench = new Bench();
    bench.install(
      asyncProvider(
        (work) => new Promise((resolve) => answers.push(() => resolve(work()))),
        async (work) => work(),
      ),
    );
    let written = 0;
    for (; bench.writer.room && written < 100; written++) bench.writer.write(23, bytesOf(10));
    expect(written).toBe(16);
    await tick();
    for (const answer of answers.reverse()) answer();
    await bench.writer.finish();
    await bench.transport.until(() => bench.drained > 0);
    expect(bench.writer.room).toBe(true);
  });
});

/** Notes each nonce with its key; fails on one that comes twice. */
function watchingNonces(provider: CryptoProvider, seen: Set<string>): CryptoProvider {
  return {
    ...provider,
    aeads: () =>
      provider.aeads().map((aead) => {
        if (aead.sync) return aead;
        return {
          ...aead,
          importKey: async (bytes: Bytes) => {
            const name = toHex(bytes);
            const key = await aead.importKey(bytes);
            return {
              ...key,
              seal: (iv: Bytes, additionalData: Bytes, plaintext: Bytes) => {
                const used = `${name} ${toHex(iv)}`;
                if (seen.has(used)) throw new Error(`used twice: ${used}`);
                seen.add(used);
                return key.seal(iv, additionalData, plaintext);
              },
            };
          },
        };
      }),
  };
}

test("the synchronous provider's ciphers are synchronous", () => {
  expect(syncProvider.aeads().every(({ sync }) => sync)).toBe(true);
});
