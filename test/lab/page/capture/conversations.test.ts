import { describe, expect, test } from "vitest";
import { captureToRun } from "../../../../lab/page/capture/captureToRun.ts";
import { type Conversation, findConversations } from "../../../../lab/page/capture/conversations.ts";
import type { CapturedPacket } from "../../../../lab/page/capture/packets.ts";
import { TcpSpeaker } from "../../../../lab/page/capture/tcpSpeaker.ts";
import type { Run } from "../../../../lab/page/run.ts";
import { defaultProvider } from "../../../../src/crypto/provider/node.ts";
import { type Bytes, concat, copyOf, fromAscii, fromHex } from "../../../../src/wire/bytes.ts";
import { courses, runOf, told } from "./labRuns.ts";

const raw = 101;
const seen = await courses["much data"]!();
const run = await runOf(seen);

/** The packets of a connection, and where its ClientHello is. */
function spoken(shown: Run = run, before?: (speaker: TcpSpeaker) => void, close = true): CapturedPacket[] {
  const speaker = new TcpSpeaker();
  speaker.open(0);
  before?.(speaker);
  for (const { from, wire } of shown.records) speaker.say(from, 5, wire);
  if (close) speaker.close("client", 9);
  return speaker.packets.map(({ time, bytes }) => ({ time: 1000 + time, linkType: raw, bytes, cut: false }));
}

const helloAt = 3;
const packets = spoken();

function only(list: readonly CapturedPacket[]): Conversation {
  const { conversations } = findConversations(list);
  expect(conversations.length).toBe(1);
  return conversations[0]!;
}

async function read(list: readonly CapturedPacket[]) {
  return captureToRun(only(list), [seen.keyLog], defaultProvider);
}

async function expectWhole(list: readonly CapturedPacket[], notes: readonly unknown[] = []): Promise<void> {
  const got = await read(list);
  expect(got.notes).toEqual(notes);
  expect(got.run.records.map(({ content }) => content?.length)).toEqual(
    run.records.map(({ content }) => content?.length),
  );
  expect(told(got.run)).toEqual(told(run));
}

const swapped = <T>(list: readonly T[], at: number): T[] => [
  ...list.slice(0, at),
  list[at + 1]!,
  list[at]!,
  ...list.slice(at + 2),
];
const payloadOf = ({ bytes }: CapturedPacket): number => bytes.length - 20 - 4 * (bytes[32]! >> 4);
/** Segments of the server, of much data, one behind the other. */
const burst = packets.findIndex((one, at) =>
  [0, 1, 2, 3].every((next) => payloadOf(packets[at + next] ?? one) === 1460),
);

function changed(
  one: CapturedPacket,
  change: (bytes: Bytes, view: DataView) => Bytes | undefined,
): CapturedPacket {
  const bytes = copyOf(one.bytes);
  return { ...one, bytes: change(bytes, new DataView(bytes.buffer)) ?? bytes };
}

describe("TCP", () => {
  test("a connection, as it was spoken", async () => {
    await expectWhole(packets);
    const { client, server, serverName, clientRandom, time, wire, length } = only(packets);
    expect({ client, server, serverName, time }).toEqual({
      client: "192.0.2.1:49152",
      server: "192.0.2.2:443",
      serverName: "server.example",
      time: 1000,
    });
    expect(seen.keyLog).toContain(clientRandom);
    expect(length).toBe(run.records.reduce((sum, one) => sum + one.wire.length, 0));
    expect(wire.closed).toBe(9);
  });

  test("segments out of order", async () => {
    expect(burst).toBeGreaterThan(0);
    await expectWhole(swapped(swapped(packets, burst), burst + 1));
    const late = [
      ...packets.slice(0, burst),
      ...packets.slice(burst + 1, burst + 4),
      packets[burst]!,
      ...packets.slice(burst + 4),
    ];
    await expectWhole(late);
  });

  test("segments that come again, whole or in part, of which the first bytes count", async () => {
    const again = [...packets.slice(0, burst + 1), packets[burst]!, ...packets.slice(burst + 1)];
    await expectWhole(again, ["1 segments of the server came again, and were passed over."]);
    const other = changed(packets[burst]!, (bytes) => bytes.fill(0x55, 40) as Bytes);
    await expectWhole(
      [...packets.slice(0, burst + 1), other, ...packets.slice(burst + 1)],
      [expect.stringContaining("came again")],
    );
    // One that begins in the one before: only what is new of it is taken.
    const overlapping = changed(packets[burst + 1]!, (bytes, view) => {
      view.setUint32(24, view.getUint32(24) - 100);
      const whole = concat(bytes.slice(0, 40), new Uint8Array(100).fill(0x55), bytes.slice(40));
      new DataView(whole.buffer).setUint16(2, whole.length);
      return whole;
    });
    await expectWhole([...packets.slice(0, burst + 1), overlapping, ...packets.slice(burst + 2)]);
  });

  test("a segment that is missing: what follows is not read, and so it says", async () => {
    const { run: got, notes } = await read([...packets.slice(0, burst), ...packets.slice(burst + 1)]);
    expect(notes[0]).toMatch(
      /^1460 bytes of the server's stream are missing after \d+: what follows is not read\.$/,
    );
    const whole = told(run).filter((line) => line.startsWith("server"));
    const part = told(got).filter((line) => line.startsWith("server"));
    expect(part.length).toBeLessThan(whole.length);
    expect(part).toEqual(whole.slice(0, part.length));
    expect(told(got).filter((line) => line.startsWith("client"))).toEqual(
      told(run).filter((line) => line.startsWith("client")),
    );
  });

  test("packets of which only the beginning was kept", async () => {
    const cut = packets.map((one) =>
      one.bytes.length > 900 ? { ...one, bytes: one.bytes.subarray(0, 900), cut: true } : one,
    );
    const { notes } = await read(cut);
    expect(notes).toEqual(expect.arrayContaining(["The capture kept only the beginning of some packets."]));
    expect(notes.some((note) => note.includes("stream are missing"))).toBe(true);
  });

  test("sequence numbers that wrap", async () => {
    const turned = packets.map((one) =>
      changed(one, (_, view) => {
        // 500 bytes into each stream, they are 0 again.
        const shift = (at: number, initial: number): void =>
          view.setUint32(at, view.getUint32(at) - initial - 500);
        const fromClient = view.getUint16(20) === 49_152;
        shift(24, fromClient ? 1_000_000 : 2_000_000);
        return undefined;
      }),
    );
    await expectWhole(turned);
  });

  test("a capture that began in the middle of TCP, or ended there", async () => {
    await expectWhole(packets.slice(helloAt), [
      "The beginning of the client's stream is not in the capture.",
      "The beginning of the server's stream is not in the capture.",
    ]);
    expect(only(packets.slice(0, -3)).wire.closed).toBeUndefined();
  });

  test("a reset", async () => {
    const reset = changed(packets.at(-1)!, (bytes) => {
      bytes[33] = 4;
      return undefined;
    });
    await expectWhole([...packets.slice(0, -3), reset], ["The connection was reset."]);
  });

  test("clear text before TLS, as STARTTLS has it", async () => {
    const list = spoken(run, (speaker) => {
      speaker.say("server", 1, fromAscii("220 server.example\r\n"));
      speaker.say("client", 2, fromAscii("EHLO client.example\r\n"));
      speaker.say("server", 3, fromAscii("250 STARTTLS\r\n"));
      speaker.say("client", 3, fromAscii("STARTTLS\r\n"));
      speaker.say("server", 4, fromAscii("220 go\r\n"));
    });
    await expectWhole(list);
  });

  test("clear text in the segment of the hello", async () => {
    const [hello, ...rest] = run.records;
    const request = fromHex("0000000804d2162f");
    await expectWhole(
      spoken({ ...run, records: [{ ...hello!, wire: concat(request, hello!.wire) }, ...rest] }),
    );
  });

  test("ports that are used again are another connection, and a SYN that comes again is none", async () => {
    const later = packets.map((one) =>
      changed(one, (_, view) => {
        view.setUint32(24, view.getUint32(24) + 7_000_000);
        return undefined;
      }),
    );
    const { conversations, connections } = findConversations([...packets, ...later]);
    expect([conversations.length, connections]).toEqual([2, 2]);
    for (const one of conversations) {
      expect(told((await captureToRun(one, [seen.keyLog], defaultProvider)).run)).toEqual(told(run));
    }
    expect(findConversations([packets[0]!, packets[0]!, ...packets]).connections).toBe(1);
  });

  test("connections without a hello are counted, and not shown", () => {
    const plain = spoken({
      ...run,
      records: [{ ...run.records[0]!, wire: fromAscii("GET / HTTP/1.1\r\n\r\n") }],
    });
    expect(findConversations(plain)).toEqual({ conversations: [], connections: 1, notes: [] });
  });
});

describe("what packets lie in", () => {
  const ethernet = (bytes: Uint8Array, ...types: string[]): Bytes =>
    concat(new Uint8Array(12), fromHex(types.join("")), bytes);
  const asIpv6 = (bytes: Uint8Array, ...headers: string[]): Bytes => {
    const tcp = bytes.slice(20);
    const extension = fromHex(headers.join(""));
    const next = headers.length === 0 ? 6 : 0;
    const length = tcp.length + extension.length;
    const address = (last: number): Bytes =>
      concat(fromHex("20010db8"), new Uint8Array(11), new Uint8Array([last]));
    const head = new Uint8Array([0x60, 0, 0, 0, length >> 8, length & 0xff, next, 64]);
    return concat(head, address(bytes[15]!), address(bytes[19]!), extension, tcp);
  };
  const wrappings: readonly (readonly [string, number, (bytes: Uint8Array) => Bytes])[] = [
    ["Ethernet", 1, (bytes) => ethernet(bytes, "0800")],
    ["Ethernet with padding behind", 1, (bytes) => concat(ethernet(bytes, "0800"), new Uint8Array(20))],
    ["Ethernet with two tags", 1, (bytes) => ethernet(bytes, "88a80001", "81000002", "0800")],
    ["Linux cooked", 113, (bytes) => concat(new Uint8Array(14), fromHex("0800"), bytes)],
    ["Linux cooked, second version", 276, (bytes) => concat(fromHex("0800"), new Uint8Array(18), bytes)],
    ["loopback", 0, (bytes) => concat(fromHex("02000000"), bytes)],
    ["OpenBSD's loopback", 108, (bytes) => concat(fromHex("00000002"), bytes)],
    ["raw IPv4", 228, copyOf],
    ["raw IP, as BSDs write it", 12, copyOf],
    ["raw IPv6", 229, (bytes) => asIpv6(bytes)],
    ["IPv6 over Ethernet", 1, (bytes) => ethernet(asIpv6(bytes), "86dd")],
    ["IPv6 with extension headers", 101, (bytes) => asIpv6(bytes, "3c00000000000000", "0600000000000000")],
    [
      "a network card that cuts later",
      101,
      (bytes) => concat(bytes.slice(0, 2), fromHex("0000"), bytes.slice(4)),
    ],
  ];

  test.each(wrappings)("%s", async (_, linkType, wrap) => {
    await expectWhole(packets.map((one) => ({ ...one, linkType, bytes: wrap(one.bytes) })));
  });

  test("addresses of IPv6, as RFC 5952 has them", () => {
    const list = packets.map((one) => ({ ...one, bytes: asIpv6(one.bytes) }));
    expect(only(list)).toMatchObject({ client: "[2001:db8::1]:49152", server: "[2001:db8::2]:443" });
  });

  test("link types that are not known, and fragments, are counted", () => {
    const unknown = packets.map((one) => ({ ...one, linkType: 105 }));
    const fragment = changed(packets[0]!, (_, view) => {
      view.setUint16(6, 0x2000);
      return undefined;
    });
    expect(findConversations([...unknown, fragment])).toEqual({
      conversations: [],
      connections: 0,
      notes: [
        `${packets.length} packets of link types that are not read (105) were passed over.`,
        "1 fragments of IP packets were passed over.",
      ],
    });
  });

  test("other protocols are passed over", () => {
    const others = [
      ethernet(new Uint8Array(28), "0806"),
      fromHex("45000014"),
      new Uint8Array(0),
      fromHex("4f"),
    ];
    const list = others.map((bytes, index) => ({
      time: 0,
      linkType: index === 0 ? 1 : raw,
      bytes,
      cut: false,
    }));
    expect(findConversations(list)).toEqual({ conversations: [], connections: 0, notes: [] });
  });
});
