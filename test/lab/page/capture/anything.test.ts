import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureError } from "../../../../lab/page/capture/captureError.ts";
import { captureToRun, openCapture } from "../../../../lab/page/capture/captureToRun.ts";
import { parseKeyLog } from "../../../../lab/page/capture/keyLogText.ts";
import { openFile } from "../../../../lab/page/capture/openFiles.ts";
import { wireToRun } from "../../../../lab/page/capture/wireToRun.ts";
import { defaultProvider } from "../../../../src/crypto/provider/node.ts";
import { concat, fromAscii, fromHex } from "../../../../src/wire/bytes.ts";
import { courses } from "./labRuns.ts";

const fixture = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(new URL(`../fixtures/${name}`, import.meta.url)));

/** All that the page does with a file; what it throws has to be of its own kind. */
async function open(bytes: Uint8Array, keyLogs: readonly string[] = []): Promise<string> {
  try {
    const capture = openCapture(bytes);
    for (const one of capture.conversations) {
      await captureToRun(one, [...capture.keyLogs, ...keyLogs], defaultProvider);
    }
    return "opened";
  } catch (error) {
    if (error instanceof CaptureError) return error.code;
    throw error;
  }
}

const place = fc.nat(20_000);
const overwriting = fc
  .record({ at: place, insert: fc.uint8Array({ maxLength: 8 }) })
  .map((edit) => ({ ...edit, remove: edit.insert.length }));
const cutting = fc.record({ at: place, remove: fc.nat(8), insert: fc.uint8Array({ maxLength: 8 }) });

/**
 * Bytes that are changed, taken out or put in, at a few places. Half of all leave the file's length as it is: a block says where
 * the next one begins, so others seldom get past the first that was cut.
 */
const edits = fc.oneof(
  fc.array(overwriting, { minLength: 1, maxLength: 6 }),
  fc.array(cutting, { minLength: 1, maxLength: 6 }),
);
type Edit = typeof edits extends fc.Arbitrary<infer T> ? T : never;

function edited(bytes: Uint8Array, list: Edit): Uint8Array {
  return list.reduce((now, { at, remove, insert }) => {
    const from = at % (now.length + 1);
    return concat(now.subarray(0, from), insert, now.subarray(from + remove));
  }, bytes);
}

const bounds = { numRuns: 200, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true };

describe("whatever the bytes are, there is a run or an error with a code", () => {
  test.each(["plain.pcapng", "updates.pcapng", "retry.pcap", "client.pcap", "early.pcapng"])(
    "%s, changed",
    async (name) => {
      const bytes = await fixture(name);
      const keys = name.startsWith("plain") ? [new TextDecoder().decode(await fixture("plain.keys"))] : [];
      const outcomes = new Set<string>();
      await fc.assert(
        fc.asyncProperty(edits, async (list) => {
          outcomes.add(await open(edited(bytes, list), keys));
        }),
        bounds,
      );
      // It went past the first block.
      expect(outcomes).toContain("opened");
    },
  );

  test("single bytes of packets, changed in place", async () => {
    const bytes = await fixture("updates.pcapng");
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 }),
        async (list) => {
          const now = bytes.slice();
          for (const [at, value] of list) now[at] = value;
          outcomes.add(await open(now));
        },
      ),
      bounds,
    );
    expect(outcomes).toContain("opened");
  });

  test("any bytes behind the beginning of a file", async () => {
    for (const start of [
      "0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000",
      "d4c3b2a1020004000000000000000000ffff000001000000",
      "",
    ]) {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (rest) => {
          expect(await open(concat(fromHex(start), rest))).not.toBe("opened");
        }),
        bounds,
      );
    }
  });

  test("any bytes on the wire, with secrets at hand", async () => {
    const seen = await courses["key updates on both sides"]!();
    const keyLog = parseKeyLog(seen.keyLog);
    await fc.assert(
      fc.asyncProperty(fc.nat(seen.wire.chunks.length - 1), edits, async (index, list) => {
        const chunks = seen.wire.chunks.map((chunk, at) =>
          at === index ? { ...chunk, bytes: edited(chunk.bytes, list) } : chunk,
        );
        const { run } = await wireToRun("A run", { chunks, closed: 0 }, keyLog, defaultProvider);
        for (const step of run.steps) {
          if (step.kind !== "message") continue;
          const parts = step.pieces.map(({ record, from, to }) =>
            run.records[record]!.content!.subarray(from, to),
          );
          expect(concat(...parts)).toEqual(step.bytes);
        }
      }),
      bounds,
    );
  });

  test("any text for a key log", () => {
    const words = fc.constantFrom(
      "#",
      "CLIENT_TRAFFIC_SECRET_0",
      "ab".repeat(32),
      "cd".repeat(48),
      " ",
      "\n",
      "\r\n",
      "X",
      "__proto__",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(words, { maxLength: 30 }).map((list) => list.join("")),
    );
    fc.assert(
      fc.property(text, (any) => {
        try {
          parseKeyLog(any);
        } catch (error) {
          expect(error).toMatchObject({ name: "CaptureError", code: "key_log_malformed" });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("many tiny segments in the worst order take no longer than they should", async () => {
    // 60,000 segments of one byte, the last one first: each waits for one before it.
    const count = 60_000;
    const packet = fromHex(
      `4500002900004000400600007f0000017f000001 c00001bb 00000000 00000000 50100000 00000000 16`,
    );
    const header = fromHex("d4c3b2a1020004000000000000000000ffff000065000000");
    const size = 16 + packet.length;
    const file = new Uint8Array(header.length + count * size);
    file.set(header);
    const view = new DataView(file.buffer);
    for (let i = 0; i < count; i++) {
      const at = header.length + i * size;
      view.setUint32(at + 8, packet.length, true);
      view.setUint32(at + 12, packet.length, true);
      file.set(packet, at + 16);
      // The first one says where the stream begins.
      view.setUint32(at + 16 + 24, i === 0 ? 1 : count + 2 - i);
    }
    const started = performance.now();
    expect(await open(file)).toBe("no_tls_conversation");
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("a file is known by what is in it", () => {
  test("a capture", async () => {
    const file = openFile("some.name", await fixture("plain.pcapng"));
    expect(file.kind === "capture" && file.capture.conversations.length).toBe(1);
    expect(openFile("some.name", await fixture("retry.pcap")).kind).toBe("capture");
  });

  test("a key log", async () => {
    expect(openFile("some.name", await fixture("plain.keys"))).toMatchObject({
      kind: "key log",
      connections: 1,
    });
    const line = `CLIENT_TRAFFIC_SECRET_0 ${"ab".repeat(32)} ${"cd".repeat(32)}\n`;
    expect(openFile("some.name", fromAscii(line))).toEqual({
      kind: "key log",
      name: "some.name",
      text: line,
      connections: 1,
    });
  });

  test("a trace", () => {
    const line = '{"kind":"error","time":1,"code":"connect_failed","message":"no","alert":null,"rules":[]}\n';
    const file = openFile("some.name", fromAscii(`\n ${line}`));
    expect(file.kind === "trace" && file.runs[0]?.end).toMatchObject({
      kind: "failed",
      code: "connect_failed",
    });
  });

  test.each([
    ["hello", "not_a_capture"],
    ["", "not_a_capture"],
    ["{", "trace_malformed"],
    ["# a comment\nno label", "key_log_malformed"],
  ])("what is nothing of these: %j", (text, code) => {
    expect(() => openFile("some.name", fromAscii(text))).toThrow(expect.objectContaining({ code }));
  });
});
