import { headerLength } from "../../src/messages/handshake.ts";
import { contentTypes, handshakeTypes } from "../../src/wire/registry.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { closeCleanly, type Meeting, meet, opened, success } from "./meeting.ts";

const large = new Uint8Array(100_000).map((_, i) => i * 7);

const early = new Uint8Array([1, 2, 3]);

/** What the RFC says of every record that is sent, whatever is in it (§5.1, §5.2, §5.4). */
function expectWellFormed({ lab }: Meeting): void {
  const lasts = new Set<number>([
    handshakeTypes.client_hello,
    handshakeTypes.finished,
    handshakeTypes.key_update,
  ]);
  for (const { outerType, type, content, length, padding, epoch } of lab.seen.records) {
    expect(outerType >= 20 && outerType <= 23, `a record of the type ${outerType}`);
    expect(content.length <= 2 ** 14, `content of ${content.length} bytes`);
    expect(length <= 2 ** 14 + 256, `a record of ${length} bytes`);
    expect(epoch === "none" || content.length + 1 + padding <= 2 ** 14 + 1, `${padding} bytes of padding`);
    if (type === contentTypes.application_data)
      expectEqual(epoch, "application", "the keys of application data");
    if (type === contentTypes.alert) expectEqual(content.length, 2, "the bytes of an alert record");
    if (type === contentTypes.handshake) {
      // Whole messages, of which the one that comes before new keys is the last.
      expect(content.length > 0, "an empty handshake record");
      for (let at = 0; at < content.length; ) {
        const [kind, high, middle, low] = content.subarray(at, at + headerLength) as unknown as [
          number,
          number,
          number,
          number,
        ];
        at += headerLength + ((high << 16) | (middle << 8) | low);
        expect(at <= content.length, "a message cut by the end of its record");
        expect(!lasts.has(kind) || at === content.length, `something behind the message of type ${kind}`);
      }
    }
  }
  expectEqual(lab.seen.unreadable, 0, "records that can't be opened");
}

const rules = [
  "5/6",
  "5.1/3",
  "5.1/5",
  "5.1/7",
  "5.1/8",
  "5.1/9",
  "5.1/10",
  "5.1/16",
  "5.1/20",
  "5.2/1",
  "5.3/1",
  "5.4/3",
];

export const cases: readonly Case[] = [
  success({
    name: "sends nothing but well-formed records",
    rules,
    client: { keyShares: [] },
    server: { requestCertificate: true },
    check: async (meeting) => {
      const { connection, lab } = meeting;
      for (let i = 0; i < 3; i++) {
        connection.write(large, () => {});
        connection.updateKeys();
      }
      await within(
        "all is there",
        lab.seen.until(() => lab.seen.data.length === 3 * large.length),
      );
      expectEqual(lab.seen.data.subarray(large.length, 2 * large.length), large, "the data");
      connection.write(new Uint8Array(1), () => {});
      await within(
        "the rest is there",
        lab.seen.until(() => lab.seen.data.length === 3 * large.length + 1),
      );
      expectWellFormed(meeting);
      const generations = new Set(lab.seen.records.map(({ epoch, generation }) => `${epoch} ${generation}`));
      expectEqual(generations.size, 6, "different keys, none among them");
    },
  }),
  ...(
    [
      ["a little", () => 17],
      ["as much as fits", () => 2 ** 20],
      ["up to a round length", (_: unknown, length: number) => -(length + 1) & 511],
    ] as const
  ).map(([what, padding]) =>
    success({
      name: `pads its records ${what}, with zeros and within bounds`,
      rules: ["5.4/2", "5.4/8", "5.4/3"],
      client: { padding },
      server: { requestCertificate: true },
      check: async (meeting) => {
        const { connection, lab } = meeting;
        connection.write(large, () => {});
        await within(
          "all is there",
          lab.seen.until(() => lab.seen.data.length === large.length),
        );
        expectWellFormed(meeting);
        const padded = lab.seen.records.filter((record) => record.padding > 0);
        expect(padded.length > 0, "no padding at all");
      },
    }),
  ),
  {
    name: "holds what is written before the handshake is done until its Finished has left",
    rules: ["2/1", "4.5.3/4", "4/1"],
    run: async (harness) => {
      const meeting = await meet(harness, { server: { requestCertificate: true } });
      const { connection, lab } = meeting;
      connection.write(early, () => {});
      await opened(meeting);
      await within(
        "the data is there",
        lab.seen.until(() => lab.seen.data.length === early.length),
      );
      expectEqual(
        lab.seen.records.map(({ type, epoch }) => [type, epoch]),
        [
          [contentTypes.handshake, "none"],
          [contentTypes.change_cipher_spec, "none"],
          [contentTypes.handshake, "handshake"],
          [contentTypes.application_data, "application"],
        ],
        "the records",
      );
      expectEqual(
        lab.seen.messages.map(({ name }) => name),
        ["ClientHello", "Certificate", "Finished"],
        "the messages",
      );
      await closeCleanly(meeting);
    },
  },
];
