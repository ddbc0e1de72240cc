import {
  advance,
  after,
  alert,
  data,
  handshakeBytes,
  keyUpdate,
  record,
  type Script,
  type Step,
  send,
} from "../../lab/script.ts";
import { type CipherSuite, cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { encodeExtension, type RawExtension } from "../../src/messages/extensions/extension.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { encodeMessage, type MessageBody, type MessageName } from "../../src/messages/handshake.ts";
import { type Bytes, concat, fromAscii, fromHex, noBytes, toLatin1 } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { unknownType } from "./extensionEdits.ts";
import { closeCleanly, type Meeting, meet, opened, refusal } from "./meeting.ts";
import { harmless, misdeed, talk } from "./opened.ts";

type Ticket = MessageBody<"NewSessionTicket">;

const ticket: Ticket = {
  ticketLifetime: 7200,
  ticketAgeAdd: 0x01020304,
  ticketNonce: fromHex("00"),
  ticket: fromAscii("a ticket"),
  extensions: [],
};
const withExtensions = (...extensions: RawExtension[]): Ticket => ({ ...ticket, extensions });

/** A message after the handshake: no transcript holds it. */
function later<N extends MessageName>(name: N, body: MessageBody<N> | Bytes): Step {
  return { ...send(name, body), transcript: false } as Step;
}
const give = (body: Ticket | Bytes): Step => later("NewSessionTicket", body);
const bytesLater = (bytes: Bytes): Step => ({ ...handshakeBytes(bytes), transcript: false }) as Step;
const times = (count: number, steps: Script): Script => Array.from({ length: count }, () => steps).flat();

const tickets: readonly Case[] = [
  harmless({
    name: "drops tickets, however many come",
    rules: ["4.7.1/1", "4.7.1/2", "4.7.1/3"],
    steps: times(5, [give(ticket)]),
  }),
  harmless({
    name: "takes a ticket between the server's Finished and our own",
    rules: ["4.7.1/8"],
    bends: { script: after("write application", give(ticket)) },
    steps: [],
  }),
  harmless({
    name: "drops a ticket of lifetime 0",
    rules: ["4.7.1/11"],
    steps: [give({ ...ticket, ticketLifetime: 0 })],
  }),
  harmless({
    name: "takes a ticket of seven days",
    rules: [],
    steps: [give({ ...ticket, ticketLifetime: 604_800 })],
  }),
  harmless({
    name: "skips an extension of a ticket that it does not know",
    rules: ["4.7.1/15", "4.3/3"],
    steps: [give(withExtensions({ type: unknownType, data: fromAscii("what is this") }))],
  }),
  harmless({
    name: "takes a ticket that allows early data",
    rules: [],
    steps: [give(withExtensions(encodeExtension(table.earlyData, "NewSessionTicket", 16_384)))],
  }),
  ...[604_801, 0xffff_ffff].map((ticketLifetime) =>
    misdeed({
      name: `refuses a ticket lifetime of ${ticketLifetime} seconds`,
      rules: ["4.7.1/10"],
      steps: [give({ ...ticket, ticketLifetime })],
      code: "ticket_lifetime_too_long",
      alert: "illegal_parameter",
    }),
  ),
  misdeed({
    name: "refuses an empty ticket",
    rules: ["4.7.1/9", "6/10"],
    steps: [give({ ...ticket, ticket: noBytes })],
    code: "malformed_message",
    alert: "decode_error",
  }),
  misdeed({
    name: "refuses a ticket with an extension that belongs elsewhere",
    rules: ["4.3/9"],
    steps: [give(withExtensions({ type: table.keyShare.type, data: fromHex("001d") }))],
    code: "misplaced_extension",
    alert: "illegal_parameter",
  }),
  misdeed({
    name: "refuses a ticket with an extension that stands twice",
    rules: ["4.3/13"],
    steps: [give(withExtensions({ type: unknownType, data: noBytes }, { type: unknownType, data: noBytes }))],
    code: "duplicate_extension",
    alert: "illegal_parameter",
  }),
  misdeed({
    name: "refuses a ticket with bytes behind max_early_data_size",
    rules: ["4.3/2"],
    steps: [give(withExtensions({ type: table.earlyData.type, data: fromHex("0000000100") }))],
    code: "trailing_bytes",
    alert: "decode_error",
  }),
  misdeed({
    name: "refuses a ticket with bytes behind its end",
    rules: ["6/10"],
    steps: [give(withLength(concat(encodeMessage("NewSessionTicket", ticket).bytes, fromHex("00"))))],
    code: "trailing_bytes",
    alert: "decode_error",
  }),
];

/** The header tells the truth about what follows. */
function withLength(message: Bytes): Bytes {
  const length = message.length - 4;
  message.set([length >> 16, (length >> 8) & 0xff, length & 0xff], 1);
  return message;
}

const { bytes: update } = encodeMessage("KeyUpdate", { requestUpdate: 0 });

/** What the client sent since then: what it was, and under which generation of its keys. */
function sentSince({ lab }: Meeting, before: number): string[] {
  return lab.seen.records.slice(before).map(({ type, content, generation, epoch }) => {
    const what =
      type === contentTypes.handshake
        ? `KeyUpdate(${content[4]})`
        : type === contentTypes.application_data
          ? "data"
          : `alert ${content[1]}`;
    return `${what} under ${epoch} ${generation}`;
  });
}

const keyUpdates: readonly Case[] = [
  harmless({
    name: "follows the server's keys",
    rules: ["4.7.3/3"],
    steps: [...keyUpdate(0), data(fromAscii("")), ...keyUpdate(0)],
    check: async (meeting) => {
      expectEqual(meeting.lab.seen.named("KeyUpdate").length, 0, "answers that nobody asked for");
      await meeting.lab.perform(...times(3, keyUpdate(0)));
    },
  }),
  {
    name: "answers a KeyUpdate that asks before anything else, with one that does not, under the keys that it retires",
    rules: ["4.7.3/2", "4.7.3/5", "4.7.3/7", "5.3/1"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      await talk(meeting);
      const before = meeting.lab.seen.records.length;
      await meeting.lab.perform(...keyUpdate(1));
      const answered = meeting.lab.seen.until(() => meeting.lab.seen.named("KeyUpdate").length === 1);
      await within("the client has answered", answered);
      await talk(meeting);
      expectEqual(
        sentSince(meeting, before),
        ["KeyUpdate(0) under application 0", "data under application 1"],
        "what the client sent",
      );
      await meeting.lab.perform(...keyUpdate(1), ...keyUpdate(0));
      await talk(meeting);
      await closeCleanly(meeting);
    },
  },
  {
    name: "answers a KeyUpdate that came before it was open, as soon as it is",
    rules: ["4.7.3/5"],
    run: async (harness) => {
      const meeting = await meet(harness, {
        bends: { script: after("write application", ...keyUpdate(1)) },
      });
      await opened(meeting);
      const { lab } = meeting;
      const answered = lab.seen.until(() => lab.seen.named("KeyUpdate").length === 1);
      await within("the client has answered", answered);
      await talk(meeting);
      const before = lab.seen.records.findLastIndex(({ epoch }) => epoch !== "application") + 1;
      expectEqual(
        sentSince(meeting, before),
        ["KeyUpdate(0) under application 0", "data under application 1"],
        "what the client sent",
      );
      await closeCleanly(meeting);
    },
  },
  {
    name: "moves its keys on and asks the server to do so, at their place among the data",
    rules: ["4.7.3/2", "4.7.3/7"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      await talk(meeting);
      const { connection, lab, client } = meeting;
      const before = lab.seen.records.length;
      connection.write(fromAscii("before"), () => {});
      connection.updateKeys();
      connection.write(fromAscii("after"), () => {});
      await within(
        "the data has come",
        lab.seen.until(() => toLatin1(lab.seen.data).endsWith("beforeafter")),
      );
      expectEqual(
        sentSince(meeting, before),
        ["data under application 0", "KeyUpdate(1) under application 0", "data under application 1"],
        "what the client sent",
      );
      await talk(meeting);
      expect(
        client.trace.some(
          (event) => event.kind === "keys" && event.direction === "in" && event.generation === 1,
        ),
        "the server has moved its keys, too",
      );
      await closeCleanly(meeting);
    },
  },
  {
    name: "asks no second time before the server has answered",
    rules: ["4.7.3/6"],
    run: async (harness) => {
      const meeting = await meet(harness, { server: { answerKeyUpdate: false } });
      await opened(meeting);
      const { connection, lab } = meeting;
      await talk(meeting);
      const before = lab.seen.records.length;
      connection.updateKeys();
      connection.updateKeys();
      connection.updateKeys();
      await talk(meeting);
      await lab.perform(...keyUpdate(0));
      await talk(meeting);
      connection.updateKeys();
      await talk(meeting);
      expectEqual(
        sentSince(meeting, before).filter((what) => what.startsWith("KeyUpdate")),
        [
          "KeyUpdate(1) under application 0",
          "KeyUpdate(0) under application 1",
          "KeyUpdate(0) under application 2",
          "KeyUpdate(1) under application 3",
        ],
        "the client's KeyUpdates",
      );
      await closeCleanly(meeting);
    },
  },
  {
    name: "has no keys to update before it is open, or after its end",
    rules: [],
    run: async (harness) => {
      const meeting = await meet(harness);
      const { connection } = meeting;
      const refusedWith = (code: string): void => {
        let got: unknown = "nothing";
        try {
          connection.updateKeys();
        } catch (error) {
          got = (error as { code: string }).code;
        }
        expectEqual(got, code, "what updateKeys() throws");
      };
      refusedWith("closed");
      await opened(meeting);
      await closeCleanly(meeting);
      refusedWith("closed");
    },
  },
  ...[2, 3, 255].map((requestUpdate) =>
    misdeed({
      name: `refuses a KeyUpdate with request_update ${requestUpdate}`,
      rules: ["4.7.3/4", "6/11"],
      steps: keyUpdate(requestUpdate),
      code: "bad_key_update_request",
      alert: "illegal_parameter",
    }),
  ),
  misdeed({
    name: "refuses bytes behind a KeyUpdate in its record",
    rules: ["5.1/6"],
    steps: [bytesLater(concat(update, update)), advance("write")],
    code: "key_change_inside_record",
    alert: "unexpected_message",
  }),
  misdeed({
    name: "refuses the beginning of a message behind a KeyUpdate in its record",
    rules: ["5.1/6"],
    steps: [bytesLater(concat(update, fromHex("04"))), advance("write")],
    code: "key_change_inside_record",
    alert: "unexpected_message",
  }),
  misdeed({
    name: "refuses data under keys that were retired",
    rules: ["5.2/3"],
    steps: [bytesLater(update), data(fromAscii("under the old keys"))],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  }),
  misdeed({
    name: "refuses data under new keys that no KeyUpdate announced",
    rules: ["4.7.3/8", "5.2/3"],
    steps: [advance("write"), data(fromAscii("under the new keys"))],
    code: "bad_record_mac",
    alert: "bad_record_mac",
  }),
  misdeed({
    name: "refuses more than 32 KeyUpdates in a row",
    rules: ["too_many_key_updates"],
    steps: times(33, [...keyUpdate(0), data(fromAscii(""))]),
    code: "too_many_key_updates",
    alert: "unexpected_message",
  }),
  harmless({
    name: "takes 32 KeyUpdates in a row, and as many again after data",
    rules: [],
    steps: [...times(32, keyUpdate(0)), data(fromAscii("data")), ...times(32, keyUpdate(1))],
  }),
  misdeed({
    name: "refuses a KeyUpdate of two bytes",
    rules: ["6/10"],
    steps: [bytesLater(fromHex("180000020000")), advance("write")],
    code: "trailing_bytes",
    alert: "decode_error",
  }),
];

const empty: { readonly [N in MessageName]?: MessageBody<N> | Bytes } = {
  ClientHello: fromHex("01000000"),
  ServerHello: fromHex("02000000"),
  EndOfEarlyData: {},
  EncryptedExtensions: { extensions: [] },
  Certificate: { certificateRequestContext: noBytes, certificateList: [] },
  CertificateVerify: { algorithm: 0x0403, signature: fromHex("00") },
  Finished: { verifyData: new Uint8Array(32) },
};

const outOfOrder: readonly Case[] = [
  ...(Object.entries(empty) as [MessageName, MessageBody<MessageName> | Bytes][]).map(([name, body]) =>
    misdeed({
      name: `refuses ${name} after the handshake`,
      rules: ["4/2"],
      steps: [later(name, body)],
      code: "unexpected_handshake_message",
      alert: "unexpected_message",
    }),
  ),
  misdeed({
    name: "refuses CertificateRequest after the handshake, which it did not offer to answer",
    rules: ["4.7.2/7", "4/2"],
    steps: [
      later("CertificateRequest", {
        certificateRequestContext: fromHex("01"),
        extensions: [encodeExtension(table.signatureAlgorithms, "CertificateRequest", [0x0403])],
      }),
    ],
    code: "unexpected_handshake_message",
    alert: "unexpected_message",
  }),
  ...[0, 3, 6, 67, 254, 255].map((type) =>
    misdeed({
      name: `refuses a message of type ${type} after the handshake`,
      rules: ["4/2"],
      steps: [bytesLater(Uint8Array.of(type, 0, 0, 0))],
      code: "unknown_handshake_type",
      alert: "unexpected_message",
    }),
  ),
  misdeed({
    name: "refuses a message of more than 64 KiB by its header",
    rules: ["handshake_message_too_long"],
    steps: [bytesLater(fromHex("04010001"))],
    code: "handshake_message_too_long",
    alert: "illegal_parameter",
  }),
  ...["0801 0001", "0b04 0001"].map((header) =>
    refusal({
      name: `refuses a message of the flight that begins with ${header} by its header`,
      rules: ["handshake_message_too_long"],
      bends: { script: after("read handshake", bytesLater(fromHex(header))) },
      code: "handshake_message_too_long",
      alert: "illegal_parameter",
      under: "handshake",
    }),
  ),
  ...(
    [
      ["application data", data(fromAscii("x"))],
      ["an alert", alert("user_canceled")],
    ] as const
  ).map(([what, step]) =>
    misdeed({
      name: `refuses ${what} between the fragments of a message`,
      rules: ["5.1/4"],
      steps: [record({ type: contentTypes.handshake, content: fromHex("0400") }), step],
      code: "interleaved_handshake_message",
      alert: "unexpected_message",
    }),
  ),
  harmless({
    name: "puts a message together from fragments, and takes several out of one record",
    rules: ["5.1/1", "5.1/2"],
    steps: [
      bytesLater(concat(...Array.from({ length: 3 }, () => encodeMessage("NewSessionTicket", ticket).bytes))),
      ...Array.from(encodeMessage("NewSessionTicket", ticket).bytes, (byte) =>
        record({ type: contentTypes.handshake, content: Uint8Array.of(byte) }),
      ),
      ...[update.subarray(0, 1), update.subarray(1)].map((content) =>
        record({ type: contentTypes.handshake, content: content.slice() }),
      ),
      advance("write"),
    ],
  }),
];

/** A suite whose keys are worn out soon. */
const shortLived = (recordLimit: number): CipherSuite => ({
  ...cipherSuite("TLS_AES_128_GCM_SHA256"),
  recordLimit,
});

const limits: readonly Case[] = [
  {
    name: "updates its keys before they have sealed all that they may",
    rules: ["5.5/1", "5.3/2"],
    run: async (harness) => {
      const meeting = await meet(harness, { parameters: { cipherSuites: [shortLived(10)] } });
      await opened(meeting);
      const { lab } = meeting;
      for (let i = 0; i < 20; i++) await talk(meeting);
      meeting.connection.write(new Uint8Array(30 * 2 ** 14), () => {});
      await talk(meeting);
      await closeCleanly(meeting);
      const generations = new Map<number, number>();
      for (const { epoch, generation } of lab.seen.records) {
        if (epoch === "application") generations.set(generation, (generations.get(generation) ?? 0) + 1);
      }
      expect(generations.size >= 4, `keys were changed: ${[...generations.keys()].join(", ")}`);
      for (const [generation, records] of generations) {
        expect(records <= 10, `${records} records under generation ${generation}`);
      }
    },
  },
  {
    name: "does not count what the server seals",
    rules: ["5.5/3"],
    run: async (harness) => {
      const meeting = await meet(harness, { parameters: { cipherSuites: [shortLived(10)] } });
      await opened(meeting);
      await meeting.lab.perform(...times(30, [data(fromAscii("data"))]));
      await within("the data has come", meeting.client.contentOf(120));
      await closeCleanly(meeting);
    },
  },
];

const early: readonly Case[] = [
  {
    name: "delivers data that came before its own Finished, once it is open",
    rules: ["4.5.3/3"],
    run: async (harness) => {
      const meeting = await meet(harness, {
        bends: {
          script: after(
            "write application",
            data(fromAscii("early ")),
            data(fromAscii("words")),
            ...keyUpdate(0),
          ),
        },
      });
      await opened(meeting);
      await within("the data has come", meeting.client.contentOf(11));
      expectEqual(toLatin1(meeting.client.content), "early words", "the data");
      expectEqual(meeting.client.told[0], "opened", "what the client's face was told first");
      await talk(meeting);
      await closeCleanly(meeting);
    },
  },
  {
    name: "is told of the server's close_notify that came before its own Finished, once it is open",
    rules: ["6/1"],
    run: async (harness) => {
      const meeting = await meet(harness, {
        bends: { script: after("write application", data(fromAscii("bye")), alert("close_notify")) },
        server: { answerClose: false },
      });
      await opened(meeting);
      await within("the client heard the end", meeting.client.ending);
      expectEqual(meeting.client.told, ["opened", "data", "ended"], "what the client's face was told");
      meeting.connection.end();
      await within("the client is closed", meeting.client.closing);
    },
  },
  refusal({
    name: "refuses application data under handshake keys",
    rules: ["5/7"],
    bends: { script: after("read handshake", data(fromAscii("early"))) },
    code: "unexpected_application_data",
    alert: "unexpected_message",
    under: "handshake",
  }),
  refusal({
    name: "refuses application data without protection",
    rules: ["5/7"],
    bends: { script: (script) => [data(fromAscii("early")), ...script] },
    code: "unexpected_application_data",
    alert: "unexpected_message",
    under: "none",
  }),
  {
    name: "an exporter gives both sides the same, with a context that may be empty",
    rules: ["7.5/1", "7.5/3"],
    run: async (harness) => {
      const meeting = await meet(harness);
      const handshake = await opened(meeting);
      const ours = handshake.exporter.export("EXPORTER-test", fromAscii("context"), 48);
      const theirs = meeting.lab.context.applicationSecrets.exporter.export(
        "EXPORTER-test",
        fromAscii("context"),
        48,
      );
      expectEqual(ours, theirs, "the exported secret");
      const { exporter } = meeting.lab.context.applicationSecrets;
      expectEqual(
        meeting.connection.exportKeyingMaterial("EXPORTER-test", undefined, 32),
        exporter.export("EXPORTER-test", noBytes, 32),
        "what is exported without a context",
      );
      expectEqual(handshake.resumptionSecret, meeting.lab.context.resumptionSecret, "the resumption secret");
      await closeCleanly(meeting);
    },
  },
];

export const cases: readonly Case[] = [...tickets, ...keyUpdates, ...outOfOrder, ...limits, ...early];
