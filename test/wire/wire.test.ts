import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alertCodes, alertName } from "../../src/wire/alerts.ts";
import {
  concat,
  copyOf,
  equal,
  equalInConstantTime,
  fromAscii,
  fromHex,
  toHex,
  toLatin1,
} from "../../src/wire/bytes.ts";
import { localError, peerError, TlsError } from "../../src/wire/error.ts";
import { localFaults } from "../../src/wire/faults.ts";
import { misdeeds, type PeerErrorCode } from "../../src/wire/misdeeds.ts";
import { Reader } from "../../src/wire/reader.ts";
import { contentTypeName, handshakeTypeName, versionName } from "../../src/wire/registry.ts";
import { Writer } from "../../src/wire/writer.ts";
import { refusalOf } from "../messages/refusals.ts";

const requirements = JSON.parse(
  readFileSync(new URL("../rfc/requirements.json", import.meta.url), "utf8"),
) as readonly { readonly id: string; readonly alert: string | null; readonly rule: string }[];

const sizes = [1, 2, 3, 4] as const;

describe("Reader and Writer", () => {
  test.each(sizes)("integers of %d bytes round-trip", (size) => {
    fc.assert(
      fc.property(fc.nat({ max: 256 ** size - 1 }), (value) => {
        const writer = new Writer();
        writer.uint(size, value);
        const bytes = writer.finish();
        expect(bytes).toHaveLength(size);
        expect(new Reader(bytes).uint(size)).toBe(value);
      }),
    );
  });

  test.each(sizes)("what does not fit %d bytes is not written", (size) => {
    for (const value of [-1, 1.5, Number.NaN, 256 ** size]) {
      expect(() => new Writer().uint(size, value)).toThrow(RangeError);
    }
  });

  test("a vector that does not fit its length is not written", () => {
    expect(() => new Writer().vector(1, (contents) => contents.bytes(new Uint8Array(256)))).toThrow(
      RangeError,
    );
  });

  test("any sequence of fields round-trips, however much the writer has to grow", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 8 }), (parts) => {
        const writer = new Writer();
        for (const part of parts) writer.vector(2, (contents) => contents.bytes(part));
        const reader = new Reader(writer.finish());
        for (const part of parts) {
          const sub = reader.vector(2, 0, 0xffff);
          expect(toHex(sub.bytes(sub.remaining))).toBe(toHex(part));
        }
        reader.end();
      }),
    );
  });

  test("nothing is read past the end [6/10]", () => {
    const reader = () => new Reader(fromHex("0102030405"), 1, 4);
    expect(reader().remaining).toBe(3);
    expect(reader().uint(3)).toBe(0x020304);
    expect(refusalOf(() => reader().uint(4))).toBe("malformed_message");
    expect(refusalOf(() => reader().bytes(4))).toBe("malformed_message");
    expect(refusalOf(() => new Reader(fromHex("020304"), 0, 2).vector(1, 0, 255))).toBe("malformed_message");
    expect(refusalOf(() => new Reader(fromHex("020304"), 0, 2).length(1, 0, 255))).toBe("malformed_message");
    expect(refusalOf(() => reader().vector(1, 0, 255).bytes(3))).toBe("malformed_message");
  });

  test("a vector keeps to the bounds of its declaration [6/10]", () => {
    const bytes = fromHex("03aabbcc");
    expect(new Reader(bytes).vector(1, 3, 3).remaining).toBe(3);
    expect(refusalOf(() => new Reader(bytes).vector(1, 4, 255))).toBe("malformed_message");
    expect(refusalOf(() => new Reader(bytes).vector(1, 0, 2))).toBe("malformed_message");
  });

  test("bytes that are left over are refused [6/10, 4.3/2]", () => {
    const reader = new Reader(fromHex("0102"));
    reader.uint(1);
    expect(refusalOf(() => reader.end())).toBe("trailing_bytes");
    reader.uint(1);
    reader.end();
  });

  test("what is read out owns its memory", () => {
    const bytes = fromHex("0102");
    const read = new Reader(bytes).bytes(2);
    bytes.fill(0);
    expect(toHex(read)).toBe("0102");
  });
});

describe("bytes", () => {
  test("hexadecimal round-trips", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(fromHex(toHex(bytes).toUpperCase()))).toBe(toHex(bytes));
      }),
    );
    expect(toHex(fromHex(" 01\n 0203 "))).toBe("010203");
    for (const text of ["0", "0g", "0x00", "é0"]) expect(() => fromHex(text)).toThrow(RangeError);
  });

  test("ASCII and nothing else", () => {
    expect(toLatin1(fromAscii("h2\0\x7f"))).toBe("h2\0\x7f");
    expect(() => fromAscii("h\x80")).toThrow(RangeError);
    expect(toLatin1(fromHex("00ff"))).toBe("\0ÿ");
  });

  test.each([
    ["equal", equal],
    ["equalInConstantTime", equalInConstantTime],
  ] as const)("%s compares lengths and every byte", (_, same) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, flip) => {
          expect(same(bytes, copyOf(bytes))).toBe(true);
          expect(same(bytes, bytes.subarray(1))).toBe(false);
          const other = copyOf(bytes);
          other[at % bytes.length]! ^= flip;
          expect(same(bytes, other)).toBe(false);
        },
      ),
    );
    expect(same(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });

  test("concat", () => {
    expect(toHex(concat())).toBe("");
    expect(toHex(concat(fromHex("01"), fromHex(""), fromHex("0203")))).toBe("010203");
  });
});

describe("names", () => {
  test("known code points have their registered names, others their numbers", () => {
    expect(alertName(0)).toBe("close_notify");
    expect(alertName(255)).toBe("unknown_255");
    for (const [name, code] of Object.entries(alertCodes)) expect(alertName(code)).toBe(name);
    expect(contentTypeName(22)).toBe("handshake");
    expect(contentTypeName(24)).toBe("0x0018");
    expect(handshakeTypeName(254)).toBe("message_hash");
    expect(versionName(0x0302)).toBe("TLS 1.1");
    expect(versionName(0x7f1c)).toBe("0x7f1c");
  });
});

describe("errors", () => {
  const codes = Object.keys(misdeeds) as PeerErrorCode[];
  test.each(codes)("%s takes its alert and its rules from its row", (code) => {
    const error = peerError(code, { expected: "one thing", got: "another" });
    expect(error).toBeInstanceOf(TlsError);
    expect(error).toMatchObject({
      name: "TlsError",
      code,
      alert: { name: misdeeds[code].alert, direction: "sent" },
      rules: misdeeds[code].rules,
    });
    expect(error.message).toBe(`${misdeeds[code].says}: expected one thing, got another`);
    expect("cause" in error).toBe(false);
  });

  test.each(Object.entries(localFaults))("%s tells the peer what can be told", (code, { alert }) => {
    const cause = new Error("why");
    const error = localError(code as keyof typeof localFaults, "what happened", cause);
    expect(error).toMatchObject({ code, message: "what happened", cause, rules: [] });
    expect(error.alert).toEqual(alert === null ? undefined : { name: alert, direction: "sent" });
  });

  test("no code stands in both tables", () => {
    expect(Object.keys(localFaults).filter((code) => code in misdeeds)).toEqual([]);
  });

  test.each(codes)(
    "%s has the alert that the rules it breaks ask for, and none too general [6.2/6, 6.2/8]",
    (code) => {
      const { alert, rules } = misdeeds[code];
      expect(alert).not.toBe("general_error");
      expect(alertCodes).toHaveProperty(alert);
      for (const id of rules) {
        const demanded = requirements.find((requirement) => requirement.id === id)!;
        // A rule with two sides names the alert of the other in its text.
        if (demanded.alert !== null && !demanded.rule.includes(alert)) expect(demanded.alert).toBe(alert);
      }
    },
  );
});
