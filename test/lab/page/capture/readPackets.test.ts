import { describe, expect, test } from "vitest";
import { CaptureError } from "../../../../lab/page/capture/captureError.ts";
import { maxCaptureLength, readPackets } from "../../../../lab/page/capture/readPackets.ts";
import { type Bytes, concat, fromAscii, fromHex, toHex } from "../../../../src/wire/bytes.ts";

/** Integers of 16, 32 and 64 bits in one byte order. */
function writer(littleEndian: boolean) {
  const int =
    (size: number) =>
    (value: number | bigint): Bytes => {
      const bytes = fromHex(
        BigInt.asUintN(8 * size, BigInt(value))
          .toString(16)
          .padStart(2 * size, "0"),
      );
      return littleEndian ? bytes.reverse() : bytes;
    };
  const [u16, u32, i64] = [int(2), int(4), int(8)];
  const padded = (bytes: Bytes): Bytes => concat(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));
  const block = (type: number, ...parts: Bytes[]): Bytes => {
    const body = padded(concat(...parts));
    const length = u32(12 + body.length);
    return concat(u32(type), length, body, length);
  };
  const option = (code: number, value: Bytes): Bytes => concat(u16(code), u16(value.length), padded(value));
  const section = (...options: Bytes[]): Bytes =>
    block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), i64(-1), ...options);
  const iface = (linkType: number, snap = 0, ...options: Bytes[]): Bytes =>
    block(1, u16(linkType), u16(0), u32(snap), ...options);
  const enhanced = (id: number, time: bigint, bytes: Bytes, original = bytes.length): Bytes =>
    block(6, u32(id), u32(time >> 32n), u32(time & 0xffffffffn), u32(bytes.length), u32(original), bytes);
  const secrets = (type: number, text: string): Bytes =>
    block(10, u32(type), u32(text.length), fromAscii(text));
  return { u16, u32, i64, block, option, section, iface, enhanced, secrets };
}

const orders = [
  ["little-endian", true],
  ["big-endian", false],
] as const;
const little = writer(true);
const packet = fromAscii("a packet");
const tlsKeys = 0x544c534b;

const seen = (bytes: Bytes) =>
  readPackets(bytes).packets.map(({ time, linkType, bytes: one, cut }) => ({
    time,
    linkType,
    bytes: toHex(one),
    cut,
  }));

function refusal(bytes: Bytes): string {
  try {
    readPackets(bytes);
  } catch (error) {
    if (error instanceof CaptureError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe.each(orders)("pcapng, %s", (_, littleEndian) => {
  const { section, iface, enhanced, block, option, secrets, u16, u32, i64 } = writer(littleEndian);

  test("packets of several interfaces, each with its clock", () => {
    const nanoseconds = option(9, new Uint8Array([9]));
    const binary = option(9, new Uint8Array([0x80 + 10]));
    const shifted = option(14, i64(-5));
    const file = concat(
      section(option(1, fromAscii("a comment"))),
      iface(101),
      iface(1, 96, option(2, fromAscii("eth0")), nanoseconds, option(0, new Uint8Array(0)), binary),
      iface(113, 0, binary, shifted),
      enhanced(0, 1_500_000n, packet),
      enhanced(1, 7_000_000_001n, packet, 500),
      enhanced(2, 10n * 1024n + 512n, packet),
    );
    const bytes = toHex(packet);
    expect(seen(file)).toEqual([
      { time: 1500, linkType: 101, bytes, cut: false },
      { time: 7000.000001, linkType: 1, bytes, cut: true },
      { time: 5500, linkType: 113, bytes, cut: false },
    ]);
  });

  test("simple packets, and those of an older kind", () => {
    const simple = block(3, u32(packet.length), packet);
    const old = block(
      2,
      u16(0),
      u16(9),
      u32(0),
      u32(2_000_000),
      u32(packet.length),
      u32(packet.length),
      packet,
    );
    expect(seen(concat(section(), iface(12), simple, old)).map(({ time }) => time)).toEqual([
      undefined,
      2000,
    ]);
    const cut = concat(section(), iface(12, 4), block(3, u32(packet.length), packet.slice(0, 4)));
    expect(seen(cut)).toEqual([
      { time: undefined, linkType: 12, bytes: toHex(packet.slice(0, 4)), cut: true },
    ]);
  });

  test("key logs; other secrets, names and blocks of no known type are passed over", () => {
    const { keyLogs, notes, packets } = readPackets(
      concat(
        section(),
        secrets(tlsKeys, "# one\n"),
        secrets(1, "else"),
        block(4, u32(0)),
        block(0x0bad, u32(7)),
        secrets(tlsKeys, "# two!\n"),
      ),
    );
    expect(keyLogs).toEqual(["# one\n", "# two!\n"]);
    expect(notes).toEqual(["The file holds secrets of a kind that is not known, which are not read."]);
    expect(packets).toEqual([]);
  });

  test("a section of the other byte order, which forgets the interfaces before it", () => {
    const other = writer(!littleEndian);
    const file = concat(
      section(),
      iface(1),
      enhanced(0, 0n, packet),
      other.section(),
      other.iface(101),
      other.enhanced(0, 0n, packet),
    );
    expect(seen(file).map(({ linkType }) => linkType)).toEqual([1, 101]);
    const lost = concat(section(), iface(1), other.section(), other.enhanced(0, 0n, packet));
    expect(refusal(lost)).toMatch(
      /^capture_malformed: .* At byte \d+: a packet of interface 0, which is not described\.$/,
    );
  });

  test.each([
    [
      "a length that is no multiple of 4",
      concat(section(), u32(9), u32(13), new Uint8Array(8)),
      "a block of 13 bytes",
    ],
    [
      "a length that is too short",
      concat(section(), u32(9), u32(8), new Uint8Array(8)),
      "a block of 8 bytes",
    ],
    [
      "two lengths that differ",
      concat(section(), u32(9), u32(12), u32(16)),
      "a block of 12 bytes that ends as one of 16",
    ],
    [
      "no byte order",
      concat(section(), block(0x0a0d0d0a, u32(1), u32(0), u32(0), u32(0))),
      "a section whose byte order can't be told",
    ],
    [
      "another version",
      block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(2), u16(0), i64(-1)),
      "a section of version 2",
    ],
    [
      "a section that is too short",
      block(0x0a0d0d0a, u32(0x1a2b3c4d)),
      `a block of type ${0x0a0d0d0a} with a body of 4 bytes`,
    ],
    [
      "an interface that is too short",
      concat(section(), block(1, u32(1))),
      "a block of type 1 with a body of 4 bytes",
    ],
    [
      "a packet that is too short",
      concat(section(), iface(1), block(6, u32(0))),
      "a block of type 6 with a body of 4 bytes",
    ],
    [
      "secrets that are too short",
      concat(section(), block(10, u32(tlsKeys))),
      "a block of type 10 with a body of 4 bytes",
    ],
    [
      "secrets that are longer than their block",
      concat(section(), block(10, u32(tlsKeys), u32(5), u32(0))),
      "secrets that are longer than their block",
    ],
    [
      "a packet that is longer than its block",
      concat(section(), iface(1), block(6, u32(0), u32(0), u32(0), u32(9), u32(9), new Uint8Array(8))),
      "a packet of 9 bytes in a block that is shorter",
    ],
    [
      "a packet of no interface",
      concat(section(), enhanced(0, 0n, packet)),
      "a packet of interface 0, which is not described",
    ],
    [
      "an option that is longer than its block",
      concat(section(), iface(1, 0, concat(u16(9), u16(5), u32(0)))),
      "an option that is longer than its block",
    ],
  ])("%s is refused: capture_malformed", (_name, file, why) => {
    const message = refusal(file);
    expect(message).toMatch(/^capture_malformed: /);
    expect(message.endsWith(`: ${why}.`), message).toBe(true);
  });

  test("a file that was cut short is read as far as it goes", () => {
    const whole = concat(section(), iface(1), enhanced(0, 0n, packet), enhanced(0, 0n, packet));
    for (const missing of [1, 4, 30]) {
      const { packets, notes } = readPackets(whole.slice(0, -missing));
      expect(packets.length).toBe(1);
      expect(notes).toEqual(["The file was cut short in the middle of a block."]);
    }
  });
});

describe.each([
  ["little-endian, microseconds", true, "d4c3b2a1", 1e6],
  ["big-endian, microseconds", false, "a1b2c3d4", 1e6],
  ["little-endian, nanoseconds", true, "4d3cb2a1", 1e9],
  ["big-endian, nanoseconds", false, "a1b23c4d", 1e9],
] as const)("pcap, %s", (_, littleEndian, magic, units) => {
  const { u16, u32 } = writer(littleEndian);
  const header = concat(fromHex(magic), u16(2), u16(4), u32(0), u32(0), u32(96), u32(101));
  const one = concat(u32(3), u32(units / 4), u32(packet.length), u32(packet.length + 1), packet);

  test("packets", () => {
    const expected = { time: 3250, linkType: 101, bytes: toHex(packet), cut: true };
    expect(seen(concat(header, one, one))).toEqual([expected, expected]);
  });

  test("a file that was cut short", () => {
    for (const missing of [1, 8, 20]) {
      const { packets, notes } = readPackets(concat(header, one, one).slice(0, -missing));
      expect(packets.length).toBe(1);
      expect(notes).toEqual(["The file was cut short in the middle of a packet."]);
    }
    expect(refusal(header.slice(0, 23))).toMatch(/^capture_malformed: .* The file ends within its header\.$/);
  });
});

test("what is no capture: not_a_capture", () => {
  expect(refusal(fromAscii("GET / HTTP/1.1"))).toMatch(/^not_a_capture: .* They begin with 47455420\.$/);
  expect(refusal(new Uint8Array(0))).toMatch(/^not_a_capture: .* nothing\.$/);
});

test("what is too large: capture_too_large", () => {
  const header = little.section();
  const large = new Uint8Array(maxCaptureLength + 1);
  large.set(header);
  expect(refusal(large)).toMatch(/^capture_too_large: /);
});
