import {
  before,
  changeCipherSpec,
  data,
  type Edit,
  record,
  type Script,
  type Step,
} from "../../lab/script.ts";
import type { RecordSpec } from "../../lab/wire.ts";
import type { AlertName } from "../../src/wire/alerts.ts";
import { type Bytes, concat, fromAscii, fromHex, noBytes, toLatin1 } from "../../src/wire/bytes.ts";
import type { TlsErrorCode } from "../../src/wire/error.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { meet, opened, refusal, success } from "./meeting.ts";
import { failed, harmless, misdeed, talk } from "./opened.ts";

const { handshake, application_data: applicationData } = contentTypes;
const times = (count: number, step: Step): Script => Array.from({ length: count }, () => step);

interface Row {
  readonly what: string;
  readonly rules: readonly string[];
  readonly code: TlsErrorCode;
  readonly alert: AlertName;
  readonly steps: Script;
}

const one = (spec: Partial<RecordSpec>): Step =>
  record({ type: applicationData, content: fromAscii("text"), ...spec });
const flipped =
  (at: (length: number) => number) =>
  (bytes: Bytes): Bytes => {
    const index = at(bytes.length);
    return bytes.with(index, (bytes[index] as number) ^ 1) as Bytes;
  };

/** Wrong under any keys. */
const protectedRows: readonly Row[] = [
  ...(
    [
      ["whose first byte was changed", () => 5],
      ["whose tag was changed", (length) => length - 1],
      ["whose version was changed", () => 2],
    ] as const satisfies readonly (readonly [string, (length: number) => number])[]
  ).map(
    ([what, at]): Row => ({
      what: `a record ${what}`,
      rules: ["5.2/3"],
      code: "bad_record_mac",
      alert: "bad_record_mac",
      steps: [one({ tamper: flipped(at) })],
    }),
  ),
  ...[0, 1, 15].map(
    (length): Row => ({
      what: `a record of ${length} bytes, too short for a tag`,
      rules: ["5.2/3"],
      code: "bad_record_mac",
      alert: "bad_record_mac",
      steps: [
        one({
          tamper: (bytes) =>
            concat(fromHex("170303"), Uint8Array.of(0, length), bytes.subarray(5, 5 + length)),
        }),
      ],
    }),
  ),
  {
    what: "2^14 + 2 bytes of content, type and padding",
    rules: ["5.1/17"],
    code: "plaintext_overflow",
    alert: "record_overflow",
    steps: [one({ plaintext: new Uint8Array(2 ** 14 + 2).fill(applicationData) })],
  },
  {
    what: "a record of 2^14 + 257 bytes",
    rules: ["5.2/2"],
    code: "ciphertext_overflow",
    alert: "record_overflow",
    steps: [one({ plaintext: new Uint8Array(2 ** 14 + 241) })],
  },
  {
    what: "a record of zeros",
    rules: ["5.4/7", "5.4/6"],
    code: "no_content_type",
    alert: "unexpected_message",
    steps: [one({ plaintext: new Uint8Array(20) })],
  },
  ...[1, 20, 24, 255].map(
    (type): Row => ({
      what: `type ${type} inside a protected record`,
      rules: [type === 20 ? "5/3" : "5/7"],
      code: "unexpected_record_type",
      alert: "unexpected_message",
      steps: [one({ type, sealed: true })],
    }),
  ),
  ...[0, 19, 24, 255].map(
    (type): Row => ({
      what: `a record of type ${type}`,
      rules: ["5/7"],
      code: "unexpected_record_type",
      alert: "unexpected_message",
      steps: [one({ outerType: type })],
    }),
  ),
  {
    what: "an empty handshake record",
    rules: ["5.4/4"],
    code: "empty_handshake_record",
    alert: "unexpected_message",
    steps: [record({ type: handshake, content: noBytes, padding: 3 })],
  },
  {
    what: "an unprotected alert",
    rules: ["5/7"],
    code: "unexpected_record_type",
    alert: "unexpected_message",
    steps: [record({ type: contentTypes.alert, content: Uint8Array.of(2, 40), sealed: false })],
  },
];

const onOpenConnection: readonly Row[] = [
  ...protectedRows,
  {
    what: "more than 32 empty records in a row",
    rules: ["too_many_empty_records"],
    code: "too_many_empty_records",
    alert: "unexpected_message",
    steps: times(33, one({ content: noBytes, padding: 1 })),
  },
  ...[[1], [], [1, 1]].map(
    (content): Row => ({
      what: `a change_cipher_spec of ${content.length} bytes`,
      rules: ["5/5"],
      code: "unexpected_change_cipher_spec",
      alert: "unexpected_message",
      steps: [changeCipherSpec(content)],
    }),
  ),
];

const duringHandshake: readonly Row[] = [
  ...protectedRows,
  ...[[], [0], [2], [1, 1]].map(
    (content): Row => ({
      what: `a change_cipher_spec of [${content.join(", ")}]`,
      rules: ["5/2"],
      code: "bad_change_cipher_spec",
      alert: "unexpected_message",
      steps: [changeCipherSpec(content)],
    }),
  ),
  {
    what: "more than 32 change_cipher_spec",
    rules: ["too_many_change_cipher_specs"],
    code: "too_many_change_cipher_specs",
    alert: "unexpected_message",
    steps: times(33, changeCipherSpec()),
  },
];

const inTheClear: readonly Row[] = [
  {
    what: "a plaintext record of 2^14 + 1 bytes",
    rules: ["5.1/17"],
    code: "plaintext_overflow",
    alert: "record_overflow",
    steps: [record({ type: handshake, content: new Uint8Array(2 ** 14 + 1) })],
  },
  {
    what: "an empty handshake record",
    rules: ["5.4/4"],
    code: "empty_handshake_record",
    alert: "unexpected_message",
    steps: [record({ type: handshake, content: noBytes })],
  },
  {
    what: "bytes of another protocol",
    rules: ["5/7"],
    code: "unexpected_record_type",
    alert: "unexpected_message",
    steps: [{ name: "raw", kind: "raw", bytes: fromAscii("HTTP/1.1 400 Bad Request\r\n\r\n") }],
  },
  ...[[], [0], [2], [1, 1]].map(
    (content): Row => ({
      what: `a change_cipher_spec of [${content.join(", ")}]`,
      rules: ["5/2"],
      code: "bad_change_cipher_spec",
      alert: "unexpected_message",
      steps: [changeCipherSpec(content)],
    }),
  ),
];

const instead =
  (name: string, steps: Script): Edit =>
  (script) => [
    ...script.slice(
      0,
      script.findIndex((step) => step.name === name),
    ),
    ...steps,
  ];

const misdeeds: readonly Case[] = [
  ...onOpenConnection.map(({ what, ...row }) => misdeed({ name: `refuses ${what}, once open`, ...row })),
  ...duringHandshake.map(({ what, steps, ...row }) =>
    refusal({
      name: `refuses ${what}, during the handshake`,
      bends: { script: instead("EncryptedExtensions", steps) },
      under: "handshake",
      ...row,
    }),
  ),
  ...inTheClear.map(({ what, steps, ...row }) =>
    refusal({
      name: `refuses ${what}, in place of ServerHello`,
      bends: { script: instead("ServerHello", steps) },
      under: "none",
      ...row,
    }),
  ),
];

const keyChanges: readonly Case[] = [
  refusal({
    name: "refuses change_cipher_spec between the fragments of a message",
    rules: ["5.1/4"],
    bends: {
      script: before(
        "EncryptedExtensions",
        record({ type: handshake, content: fromHex("0800") }),
        changeCipherSpec(),
      ),
    },
    code: "interleaved_handshake_message",
    alert: "unexpected_message",
    under: "handshake",
  }),
  refusal({
    name: "refuses the server's Finished under application keys",
    rules: ["5.2/3"],
    bends: {
      script: (script) => {
        const rest = script.filter(({ name }) => name !== "Finished" && name !== "write application");
        const at = rest.findIndex(({ name }) => name === "CertificateVerify") + 1;
        const pick = (name: string): Step => script.find((step) => step.name === name) as Step;
        return rest.toSpliced(at, 0, pick("write application"), pick("Finished"));
      },
    },
    code: "bad_record_mac",
    alert: "bad_record_mac",
    under: "handshake",
  }),
];

/** Everything that a client sent in a whole conversation, judged by the rules of sending. */
const sending: Case = {
  name: "what it sends keeps to the rules of the record layer",
  rules: ["5/6", "5.1/5", "5.1/7", "5.1/8", "5.1/9", "5.1/10", "5.1/20", "5.2/1", "5.4/2", "5.4/3", "6/7"],
  run: async (harness) => {
    const meeting = await meet(harness, {
      client: { padding: (_, length) => length % 7 },
      server: { requestCertificate: true },
    });
    await opened(meeting);
    const { connection, lab } = meeting;
    await talk(meeting);
    connection.write(new Uint8Array(40_000).fill(7), () => {});
    connection.updateKeys();
    await talk(meeting);
    await lab.perform(one({ tamper: flipped(() => 9) }));
    await failed(meeting, "bad_record_mac: sent bad_record_mac");
    const { records } = lab.seen;
    const known: readonly number[] = Object.values(contentTypes);
    for (const { type, outerType, content, epoch, length, padding } of records) {
      expect(known.includes(type) && known.includes(outerType), `a record of type ${outerType}/${type}`);
      if (type === applicationData) expectEqual(epoch, "application", "the keys of application data");
      else expect(content.length > 0, `an empty record of type ${type}`);
      if (type === contentTypes.alert) expectEqual(content.length, 2, "the length of an alert");
      expect(length <= 2 ** 14 + 256, `a record of ${length} bytes`);
      if (epoch !== "none")
        expectEqual(padding, Math.min(content.length % 7, 2 ** 14 - content.length), "the padding");
    }
    // ClientHello, Finished and KeyUpdate are the last in their record, and the keys change behind them.
    const changes = records.flatMap(({ epoch, generation }, i) => {
      const next = records[i + 1];
      const same =
        next === undefined ||
        next.epoch === "none" ||
        (next.epoch === epoch && next.generation === generation);
      return same ? [] : [records[i]];
    });
    expectEqual(
      changes.map((last) => last?.type),
      [contentTypes.change_cipher_spec, handshake, handshake],
      "the records before a change of keys",
    );
    expectEqual(
      lab.seen.alerts.map(({ level, name }) => `${level} ${name}`),
      ["fatal bad_record_mac"],
      "the alerts",
    );
  },
};

const tolerated: readonly Case[] = [
  harmless({
    name: "takes padding, empty records and records of any size",
    rules: ["5.1/12", "5.1/13", "5.4/1"],
    steps: [
      one({ padding: 300 }),
      one({ content: noBytes }),
      one({ content: noBytes, padding: 2 ** 14 }),
      ...Array.from(fromAscii("byte by byte"), (byte) => one({ content: Uint8Array.of(byte) })),
      one({ content: new Uint8Array(2 ** 14).fill(0x61) }),
      ...times(32, one({ content: noBytes })),
    ],
    check: async ({ client, lab }) => {
      const length = client.content.length;
      await lab.perform(data(fromAscii("end")));
      await within("the data has come", client.contentOf(length + 3));
      const text = toLatin1(client.content);
      expect(
        text.includes(`texttextbyte by byte${"a".repeat(100)}`) || text.includes("textbyte by byteaaa"),
        "the data",
      );
    },
  }),
  success({
    name: "disregards the version of unprotected records",
    rules: ["5.1/15"],
    bends: {
      script: (script) =>
        script.map((step): Step => {
          if (step.name === "change_cipher_spec" && step.kind === "record") {
            return record({ type: 20, content: Uint8Array.of(1), version: 0x0000 });
          }
          if (step.name !== "ServerHello" || step.kind !== "message") return step;
          return { ...step, cut: (bytes) => [record({ type: handshake, content: bytes, version: 0x7f1c })] };
        }),
    },
  }),
  success({
    name: "drops change_cipher_spec wherever the handshake allows it",
    rules: ["5/1"],
    bends: {
      script: (script) =>
        script.flatMap((step) =>
          step.kind === "message" && step.name !== "NewSessionTicket" ? [changeCipherSpec(), step] : [step],
        ),
    },
  }),
  success({
    name: "takes messages in fragments of a byte",
    rules: ["5.1/2"],
    packing: { fragments: (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte)) },
  }),
  success({
    name: "takes as many messages in a record as there may be",
    rules: ["5.1/1"],
    packing: { together: true },
  }),
  success({ name: "takes padding all the way", rules: ["5.4/1"], packing: { padding: 100 } }),
];

export const cases: readonly Case[] = [...misdeeds, ...keyChanges, sending, ...tolerated];
