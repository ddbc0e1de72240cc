import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecordBuffer } from "../../src/record/framing.ts";
import { type Bytes, concat, copyOf, fromAscii, toHex } from "../../src/wire/bytes.ts";
import type { TlsError } from "../../src/wire/error.ts";
import { refusalOf } from "../messages/refusals.ts";
import { plainRecord } from "./keys.ts";
import { splitAt } from "./splits.ts";

/**
 * All records of the pieces, each piece in memory that changes as soon as it may.
 * @param given of a piece by its place: whether it is given; then no record is taken before the next that isn't
 */
function records(pieces: readonly Bytes[], encrypted = false, given: readonly boolean[] = []): string[] {
  const buffer = new RecordBuffer();
  const found: string[] = [];
  const stable: { readonly fragment: Uint8Array; readonly before: string }[] = [];
  for (const [place, piece] of [...pieces, new Uint8Array(0)].entries()) {
    const lent = copyOf(piece);
    const isGiven = place < pieces.length && given[place] === true;
    buffer.push(lent, isGiven);
    if (isGiven) continue;
    for (let next = buffer.next(encrypted); next !== undefined; next = buffer.next(encrypted)) {
      expect(next.header[0]).toBe(next.type);
      found.push(toHex(concat(next.header, next.fragment)));
      if (next.stable) stable.push({ fragment: next.fragment, before: toHex(next.fragment) });
    }
    buffer.retain();
    expect(buffer.length).toBeLessThan(2 ** 14 + 256);
    lent.fill(0xee);
  }
  for (const { fragment, before } of stable) expect(toHex(fragment)).toBe(before);
  return found;
}

const header = (type: number, length: number): Bytes => Uint8Array.of(type, 3, 3, length >> 8, length & 0xff);

describe("RecordBuffer", () => {
  test("any split of the bytes gives the same records [5.1/2, 5.1/13]", () => {
    const record = fc
      .record({ type: fc.constantFrom(20, 21, 22, 23), length: fc.oneof(fc.nat(40), fc.nat(2 ** 14)) })
      .map(({ type, length }) =>
        plainRecord(
          type,
          Uint8Array.from({ length }, (_, i) => i),
        ),
      );
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        fc.array(fc.boolean(), { maxLength: 13 }),
        (whole, cuts, encrypted, given) => {
          const bytes = concat(...whole);
          expect(records(splitAt(bytes, cuts), encrypted, given)).toEqual(whole.map(toHex));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a byte at a time", () => {
    const whole = [
      plainRecord(22, fromAscii("hello")),
      plainRecord(23, new Uint8Array(0)),
      plainRecord(21, new Uint8Array(2)),
    ];
    const pieces = Array.from(concat(...whole), (byte) => Uint8Array.of(byte));
    expect(records(pieces)).toEqual(whole.map(toHex));
  });

  test("knows how many bytes wait", () => {
    const buffer = new RecordBuffer();
    expect(buffer.length).toBe(0);
    buffer.push(Uint8Array.of(22, 3, 3));
    expect(buffer.length).toBe(3);
    buffer.push(Uint8Array.of(0, 2, 9, 9, 22));
    expect(buffer.length).toBe(8);
    buffer.next(false);
    expect(buffer.length).toBe(1);
  });

  test("what is given is not copied", () => {
    const record = plainRecord(23, new Uint8Array(5000));
    const chunks = Array.from({ length: 3 }, () => concat(record, record));
    const buffer = new RecordBuffer();
    for (const chunk of chunks) {
      buffer.push(chunk, true);
      buffer.retain();
    }
    expect(buffer.length).toBe(6 * record.length);
    for (const chunk of chunks.flatMap((one) => [one, one])) {
      const next = buffer.next(false);
      expect(next?.stable).toBe(true);
      expect(next?.fragment.buffer).toBe(chunk.buffer);
    }
    expect(buffer.next(false)).toBeUndefined();
    expect(buffer.length).toBe(0);
  });

  test.each<[string, (rest: Bytes) => Bytes, boolean]>([
    ["is too small to be kept", (rest) => rest, true],
    ["is not given", (rest) => rest, false],
    ["threads share", (rest) => new Uint8Array(new SharedArrayBuffer(rest.length)) as unknown as Bytes, true],
  ])("a piece that %s leaves what waits before it where it lies", (_, piece, given) => {
    const record = plainRecord(23, new Uint8Array(5000));
    const chunks = Array.from({ length: 3 }, () => concat(record, record));
    const buffer = new RecordBuffer();
    const lent = piece(plainRecord(23, new Uint8Array(100).fill(7)));
    lent.set(plainRecord(23, new Uint8Array(100).fill(7)));
    for (const chunk of chunks) buffer.push(chunk, true);
    for (const part of [lent.subarray(0, 50), lent.subarray(50)]) {
      buffer.push(part, given);
      buffer.retain();
      part.fill(0xee);
    }
    buffer.push(concat(Uint8Array.of(1), record).subarray(1), true);
    buffer.push(new Uint8Array(0));
    const behind = plainRecord(23, new Uint8Array(100).fill(9));
    buffer.push(behind, given);
    buffer.retain();
    expect(buffer.length).toBe(7 * record.length + 210);
    for (const chunk of chunks.flatMap((one) => [one, one])) {
      expect(buffer.next(false)?.fragment.buffer).toBe(chunk.buffer);
    }
    expect(buffer.next(false)?.fragment).toEqual(new Uint8Array(100).fill(7));
    expect(buffer.next(false)?.stable).toBe(true);
    expect(buffer.next(false)?.fragment).toEqual(new Uint8Array(100).fill(9));
    expect(buffer.length).toBe(0);
  });

  test("pieces behind what is given are put together, a few KiB each", () => {
    const record = plainRecord(23, new Uint8Array(95));
    const buffer = new RecordBuffer();
    buffer.push(plainRecord(23, new Uint8Array(5000)), true);
    for (let i = 0; i < 200 * record.length; i++) {
      buffer.push(record.subarray(i % record.length, (i % record.length) + 1));
      buffer.retain();
    }
    buffer.next(false);
    const memory = new Set<ArrayBufferLike>();
    for (let i = 0; i < 200; i++) {
      const next = buffer.next(false);
      expect(next?.fragment).toEqual(record.subarray(5));
      if (next !== undefined) memory.add(next.fragment.buffer);
    }
    // Five, and one where the records that lie across two of them are made whole.
    expect(memory.size).toBe(6);
    expect([...memory].map(({ byteLength }) => byteLength)).toEqual(Array(6).fill(4096));
  });

  test.each([
    [4096, true],
    [4095, false],
  ])("memory of %d bytes that is given is kept: %s", (length, kept) => {
    const chunk = plainRecord(23, new Uint8Array(length - 5));
    const buffer = new RecordBuffer();
    buffer.push(chunk, true);
    buffer.retain();
    const next = buffer.next(false);
    expect(next?.stable).toBe(kept);
    expect(next?.fragment.buffer === chunk.buffer).toBe(kept);
  });

  test("what is given is let go of once it is read to its end", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const buffer = new RecordBuffer();
    const read = (): WeakRef<ArrayBufferLike> => {
      const chunk = plainRecord(23, new Uint8Array(5000));
      buffer.push(chunk, true);
      buffer.next(false);
      buffer.retain();
      return new WeakRef(chunk.buffer);
    };
    const left = read();
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(left.deref()).toBeUndefined();
    expect(buffer.length).toBe(0);
  });

  test("memory that is not said to be given may change after a retain", () => {
    const record = plainRecord(23, new Uint8Array(9000).fill(7));
    const buffer = new RecordBuffer();
    const lent = record.slice(0, 6000);
    buffer.push(lent);
    buffer.retain();
    lent.fill(0xee);
    buffer.push(record.subarray(6000));
    expect(buffer.next(false)?.fragment).toEqual(record.subarray(5));
  });

  test("the memory of records that come in pieces does not grow with their number", () => {
    const bytes = concat(...Array.from({ length: 1000 }, () => plainRecord(23, new Uint8Array(100))));
    for (const size of [70, 105, 160, 250]) {
      const buffer = new RecordBuffer();
      for (let start = 0; start < bytes.length; start += size) {
        buffer.push(bytes.subarray(start, start + size));
        buffer.retain();
        for (let next = buffer.next(false); next !== undefined; next = buffer.next(false)) {
          expect(next.fragment.buffer.byteLength).toBe(4096);
        }
      }
      expect(buffer.length).toBe(0);
    }
  });

  test.each([
    ["that threads share", new SharedArrayBuffer(6000)],
    ["that may be resized", Reflect.construct(ArrayBuffer, [6000, { maxByteLength: 7000 }]) as ArrayBuffer],
  ])("memory %s is copied though it is given, for WebCrypto takes none of it", (_, memory) => {
    const chunk = new Uint8Array(memory);
    chunk.set(plainRecord(23, new Uint8Array(5995)));
    const buffer = new RecordBuffer();
    buffer.push(chunk, true);
    expect(buffer.next(false)?.stable).toBe(false);
  });

  test("what is given is forgotten with the rest", () => {
    const buffer = new RecordBuffer();
    for (let i = 0; i < 3; i++) buffer.push(plainRecord(23, new Uint8Array(5000)), true);
    buffer.clear();
    expect(buffer.length).toBe(0);
    expect(buffer.next(false)).toBeUndefined();
  });

  test.each([0, 1, 19, 24, 63, 128, 255])("refuses a record of type %d by its header [5/7]", (type) => {
    for (const encrypted of [false, true]) {
      const buffer = new RecordBuffer();
      buffer.push(header(type, 10));
      expect(refusalOf(() => buffer.next(encrypted))).toBe("unexpected_record_type");
    }
  });

  test("disregards the version of a record [5.1/15]", () => {
    const bytes = plainRecord(22, fromAscii("x"));
    bytes.set([0xab, 0xcd], 1);
    expect(records([bytes])).toEqual([toHex(bytes)]);
  });

  test("says what a server that speaks no TLS sent", () => {
    const said = (...pieces: Bytes[]): string => {
      try {
        records(pieces);
      } catch (error) {
        return (error as TlsError).message;
      }
      return "nothing";
    };
    expect(said(fromAscii("220 mail ready\r\n"))).toContain('"220 m"');
    expect(said(fromAscii("SSH"), fromAscii("-2.0"))).toContain("another protocol");
    expect(said(fromAscii("\x00\x01\x02\x03\xff".replace("\xff", "\x7f")))).toContain('"....."');
    // After a first record that was one, it is not that.
    expect(said(plainRecord(22, new Uint8Array(1)), fromAscii("220 mail ready"))).not.toContain("protocol");
  });

  const limits = [
    {
      what: "a plaintext record",
      type: 22,
      encrypted: false,
      most: 2 ** 14,
      code: "plaintext_overflow",
      id: "5.1/17",
    },
    {
      what: "an unprotected application_data record",
      type: 23,
      encrypted: false,
      most: 2 ** 14,
      code: "plaintext_overflow",
      id: "5.1/17",
    },
    {
      what: "an unprotected record among protected ones",
      type: 20,
      encrypted: true,
      most: 2 ** 14,
      code: "plaintext_overflow",
      id: "5.1/17",
    },
    {
      what: "a protected record",
      type: 23,
      encrypted: true,
      most: 2 ** 14 + 256,
      code: "ciphertext_overflow",
      id: "5.2/2",
    },
  ] as const;

  test.each(limits.map((row) => [row.what, row.most, row.id, row] as const))(
    "refuses %s of more than %d bytes by its header [%s]",
    (_what, _most, _id, { type, encrypted, most, code }) => {
      for (const length of [most + 1, 0xffff]) {
        const buffer = new RecordBuffer();
        const bytes = header(type, length);
        buffer.push(bytes.subarray(0, 4));
        expect(buffer.next(encrypted)).toBeUndefined();
        buffer.push(bytes.subarray(4));
        expect(refusalOf(() => buffer.next(encrypted))).toBe(code);
      }
    },
  );

  test.each(limits.map((row) => [row.what, row] as const))(
    "takes %s at its limit",
    (_, { type, encrypted, most }) => {
      const bytes = concat(header(type, most), new Uint8Array(most));
      expect(records([bytes, bytes.subarray(0, 100), bytes.subarray(100)], encrypted)).toHaveLength(2);
    },
  );
});
