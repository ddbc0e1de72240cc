import type { LabContext } from "../../lab/context.ts";
import { byteByByte, pieces, randomPieces } from "../../lab/memoryTransport.ts";
import {
  after,
  alert,
  before,
  changeCipherSpec,
  cut,
  data,
  end,
  fragmented,
  handshakeBytes,
  joinedBy,
  record,
  replaced,
  type Step,
  send,
  swapped,
  twice,
  without,
} from "../../lab/script.ts";
import { encodeMessage, type MessageName } from "../../src/messages/handshake.ts";
import { helloRetryRequestRandom } from "../../src/messages/serverHello.ts";
import { type Bytes, concat, fromAscii, noBytes, toLatin1 } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { type Case, expectEqual, within } from "./case.ts";
import { closeCleanly, meet, opened, type RefusalRow, refusal, success, type Wishes } from "./meeting.ts";

const zeros = (length: number): Bytes => new Uint8Array(length);

/** Every message that there is, well formed, to be put where it should not be. */
const strangers: Readonly<Record<MessageName, Step>> = {
  ClientHello: send("ClientHello", ({ hello }) => hello.bytes),
  ServerHello: send("ServerHello", ({ hello }) => ({
    legacyVersion: 0x0303,
    random: zeros(32),
    legacySessionIdEcho: hello.body.legacySessionId,
    cipherSuite: 0x1301,
    legacyCompressionMethod: 0,
    extensions: [],
  })),
  HelloRetryRequest: send("HelloRetryRequest", ({ hello }) => ({
    legacyVersion: 0x0303,
    random: helloRetryRequestRandom,
    legacySessionIdEcho: hello.body.legacySessionId,
    cipherSuite: 0x1301,
    legacyCompressionMethod: 0,
    extensions: [],
  })),
  NewSessionTicket: send("NewSessionTicket", {
    ticketLifetime: 1,
    ticketAgeAdd: 1,
    ticketNonce: zeros(1),
    ticket: zeros(1),
    extensions: [],
  }),
  EndOfEarlyData: send("EndOfEarlyData", {}),
  EncryptedExtensions: send("EncryptedExtensions", { extensions: [] }),
  Certificate: send("Certificate", {
    certificateRequestContext: noBytes,
    certificateList: [{ certData: zeros(9), extensions: [] }],
  }),
  CertificateRequest: send("CertificateRequest", {
    certificateRequestContext: noBytes,
    extensions: [{ type: 13, data: new Uint8Array([0, 2, 4, 3]) }],
  }),
  CertificateVerify: send("CertificateVerify", { algorithm: 0x0403, signature: zeros(70) }),
  Finished: send("Finished", { verifyData: zeros(32) }),
  KeyUpdate: send("KeyUpdate", { requestUpdate: 0 }),
};
const names = Object.keys(strangers) as MessageName[];

/** Types that no message of TLS 1.3 has: those of older versions, of DTLS, of nobody; message_hash is never sent. */
const unknownTypes = [0, 3, 5 + 1, 9, 12, 14, 16, 21, 22, 23, 67, 203, 254, 255];

interface Place {
  readonly where: string;
  readonly next: MessageName;
  readonly may: readonly MessageName[];
  readonly under: "none" | "handshake";
  readonly wishes?: Wishes;
}

/** Every place at which the client waits for a message, and what may come there. */
const places: readonly Place[] = [
  {
    where: "where a hello is due",
    next: "ServerHello",
    may: ["ServerHello", "HelloRetryRequest"],
    under: "none",
  },
  {
    where: "where ServerHello is due after a retry",
    next: "ServerHello",
    may: ["ServerHello"],
    under: "none",
    wishes: { client: { keyShares: [] } },
  },
  {
    where: "where EncryptedExtensions is due",
    next: "EncryptedExtensions",
    may: ["EncryptedExtensions"],
    under: "handshake",
  },
  {
    where: "where Certificate or its request is due",
    next: "Certificate",
    may: ["Certificate", "CertificateRequest"],
    under: "handshake",
  },
  {
    where: "where Certificate is due after its request",
    next: "Certificate",
    may: ["Certificate"],
    under: "handshake",
    wishes: { server: { requestCertificate: true } },
  },
  {
    where: "where CertificateVerify is due",
    next: "CertificateVerify",
    may: ["CertificateVerify"],
    under: "handshake",
  },
  { where: "where Finished is due", next: "Finished", may: ["Finished"], under: "handshake" },
];

const ruleFor = (name: MessageName): readonly string[] => {
  if (name === "EndOfEarlyData") return ["4/2", "4.6/3"];
  if (name === "KeyUpdate") return ["4/2", "4.7.3/1"];
  return ["4/2"];
};

function outOfOrder(
  name: string,
  rules: readonly string[],
  script: NonNullable<NonNullable<Wishes["bends"]>["script"]>,
  more: Wishes & Partial<Pick<RefusalRow, "under" | "code">> = {},
): Case {
  return refusal({
    code: "unexpected_handshake_message",
    alert: "unexpected_message",
    ...more,
    name,
    rules,
    bends: { script },
  });
}

const onlyPlaintext = without("write handshake", "read handshake");

/** A record that comes between two halves of a message. */
const intruders: readonly (readonly [what: string, step: Step])[] = [
  ["a warning", alert("user_canceled")],
  ["a fatal alert", alert("internal_error")],
  ["application data", data(zeros(3))],
  ["a ChangeCipherSpec", changeCipherSpec()],
];

const halves = (step: Step) => (bytes: Bytes) => [bytes.slice(0, 5), step, bytes.slice(5)];
const headerHalves = (step: Step) => (bytes: Bytes) => [bytes.slice(0, 2), step, bytes.slice(2)];

/** What may not follow a message that changes the keys, in its record. */
const followers: readonly (readonly [what: string, bytes: Bytes | ((context: LabContext) => Bytes)])[] = [
  ["a whole message", encodeMessage("EncryptedExtensions", { extensions: [] }).bytes],
  ["the start of a message", new Uint8Array([8, 0, 0, 2, 0])],
  ["one byte", new Uint8Array([8])],
  ["a KeyUpdate", encodeMessage("KeyUpdate", { requestUpdate: 0 }).bytes],
];

const early = fromAscii("before the client's Finished");

export const cases: readonly Case[] = [
  // Every message at every wrong place
  ...places.flatMap(({ where, next, may, under, wishes }) => [
    ...names
      .filter((name) => !may.includes(name))
      .map((name) =>
        outOfOrder(
          `refuses ${name} ${where}`,
          [
            ...ruleFor(name),
            ...(name === "HelloRetryRequest" && wishes?.client !== undefined ? ["4.2.4/8"] : []),
          ],
          before(next, strangers[name]),
          { ...wishes, under },
        ),
      ),
    ...unknownTypes.map((type) =>
      outOfOrder(
        `refuses a message of the type ${type} ${where}`,
        ["4/2"],
        before(next, handshakeBytes(new Uint8Array([type, 0, 0, 1, 0]))),
        { ...wishes, under, code: "unknown_handshake_type" },
      ),
    ),
  ]),

  // Messages left out, doubled, swapped
  outOfOrder("misses ServerHello", ["4/2"], [without("ServerHello"), onlyPlaintext], {
    under: "none",
    packing: {},
  }),
  outOfOrder("misses EncryptedExtensions", ["4/2"], without("EncryptedExtensions"), { under: "handshake" }),
  outOfOrder("misses Certificate", ["4/2"], without("Certificate"), { under: "handshake" }),
  outOfOrder("misses Certificate after its request", ["4/2"], without("Certificate"), {
    server: { requestCertificate: true },
    under: "handshake",
  }),
  outOfOrder("misses CertificateVerify", ["4/2"], without("CertificateVerify"), { under: "handshake" }),
  outOfOrder("misses both messages of authentication", ["4/2"], without("Certificate", "CertificateVerify"), {
    under: "handshake",
  }),
  outOfOrder(
    "misses Finished, and gets a ticket in its place",
    ["4/2"],
    replaced("Finished", strangers.NewSessionTicket),
    { under: "handshake" },
  ),
  refusal({
    name: "opens nothing under the application keys before Finished",
    rules: ["5.2/3"],
    bends: { script: [without("Finished"), after("write application", data(zeros(3)))] },
    code: "bad_record_mac",
    alert: "bad_record_mac",
    under: "handshake",
  }),
  outOfOrder("refuses EncryptedExtensions twice", ["4/2"], twice("EncryptedExtensions"), {
    under: "handshake",
  }),
  outOfOrder("refuses CertificateRequest twice", ["4/2"], twice("CertificateRequest"), {
    server: { requestCertificate: true },
    under: "handshake",
  }),
  outOfOrder("refuses Certificate twice", ["4/2"], twice("Certificate"), { under: "handshake" }),
  outOfOrder("refuses CertificateVerify twice", ["4/2"], twice("CertificateVerify"), { under: "handshake" }),
  refusal({
    name: "opens nothing under the handshake keys after Finished",
    rules: ["5.2/3"],
    bends: { script: cut("Finished", (bytes) => [bytes, bytes]) },
    mayOpen: true,
    code: "bad_record_mac",
    alert: "bad_record_mac",
  }),
  refusal({
    name: "refuses ServerHello twice",
    rules: ["5/7", "A.1/1"],
    bends: { script: cut("ServerHello", (bytes) => [bytes, bytes]) },
    code: "unexpected_record_type",
    alert: "unexpected_message",
    under: "handshake",
  }),
  outOfOrder(
    "refuses CertificateVerify before Certificate",
    ["4/2"],
    swapped("Certificate", "CertificateVerify"),
    {
      under: "handshake",
    },
  ),
  outOfOrder(
    "refuses Certificate before EncryptedExtensions",
    ["4/2"],
    swapped("EncryptedExtensions", "Certificate"),
    { under: "handshake" },
  ),
  outOfOrder("refuses Finished before CertificateVerify", ["4/2"], swapped("CertificateVerify", "Finished"), {
    under: "handshake",
  }),
  outOfOrder(
    "refuses CertificateRequest after Certificate",
    ["4/2"],
    swapped("CertificateRequest", "Certificate"),
    { server: { requestCertificate: true }, under: "handshake" },
  ),

  // Application data and unprotected messages
  refusal({
    name: "refuses application data before ServerHello",
    rules: ["5/7"],
    bends: { script: before("ServerHello", data(zeros(5))) },
    code: "unexpected_application_data",
    alert: "unexpected_message",
    under: "none",
  }),
  ...(["EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"] as const).map((next) =>
    refusal({
      name: `refuses application data before ${next}`,
      rules: ["5/7"],
      bends: { script: before(next, data(zeros(5))) },
      code: "unexpected_application_data",
      alert: "unexpected_message",
      under: "handshake",
    }),
  ),
  ...(["EncryptedExtensions", "Certificate", "Finished"] as const).map((name) =>
    refusal({
      name: `refuses ${name} without protection`,
      rules: ["5/7"],
      bends: {
        script: cut(name, (content) => [record({ type: contentTypes.handshake, content, sealed: false })]),
      },
      code: "unexpected_record_type",
      alert: "unexpected_message",
      under: "handshake",
    }),
  ),

  // A message's fragments stay together (§5.1/4)
  ...intruders.flatMap(([what, step]) =>
    (["EncryptedExtensions", "Certificate", "Finished"] as const).flatMap((name) => [
      outOfOrder(`refuses ${what} between the halves of ${name}`, ["5.1/4"], cut(name, halves(step)), {
        code: "interleaved_handshake_message",
        under: "handshake",
      }),
      outOfOrder(`refuses ${what} within the header of ${name}`, ["5.1/4"], cut(name, headerHalves(step)), {
        code: "interleaved_handshake_message",
        under: "handshake",
      }),
    ]),
  ),
  ...intruders.map(([what, step]) =>
    outOfOrder(
      `refuses ${what} between the halves of ServerHello`,
      ["5.1/4"],
      cut("ServerHello", halves(step)),
      {
        code: "interleaved_handshake_message",
        under: "none",
      },
    ),
  ),

  // A change of keys is on the boundary of a record (§5.1/6)
  ...followers.flatMap(([what, bytes]) => [
    outOfOrder(
      `refuses ${what} behind ServerHello in its record`,
      ["5.1/6"],
      joinedBy("ServerHello", bytes),
      {
        code: "key_change_inside_record",
        under: "handshake",
      },
    ),
    outOfOrder(`refuses ${what} behind Finished in its record`, ["5.1/6"], joinedBy("Finished", bytes), {
      code: "key_change_inside_record",
    }),
  ]),

  // How messages may lie in records
  ...(
    [
      ["many messages in a record", ["5.1/1"], { packing: { together: true } }],
      ["messages of a byte a record", ["5.1/2"], { packing: { fragments: pieces(1) } }],
      [
        "messages of seven bytes a record, across their bounds",
        ["5.1/1", "5.1/2"],
        { packing: { together: true, fragments: pieces(7) } },
      ],
      ["records whose version is SSL 3.0", ["5.1/15"], { packing: { version: 0x0300 } }],
      ["records whose version is 0x0304", ["5.1/15"], { packing: { version: 0x0304 } }],
      ["records whose version is nonsense", ["5.1/15"], { packing: { version: 0xabcd } }],
      ["records with padding", ["5.4/1"], { packing: { padding: 300 } }],
      ["fragments with padding", ["5.4/1", "5.1/2"], { packing: { fragments: pieces(9), padding: 1 } }],
      ["bytes that come one by one", [], { chunking: byteByByte }],
      ["bytes that come in random pieces", [], { chunking: randomPieces(7) }],
      [
        "random pieces of small records",
        [],
        { chunking: randomPieces(99, 9), packing: { together: true, fragments: pieces(11) } },
      ],
    ] as const
  ).map(([what, rules, wishes]) =>
    success({
      name: `takes ${what}`,
      rules,
      ...wishes,
      client: { keyShares: [] },
      server: { requestCertificate: true, retry: { cookie: zeros(9) } },
    }),
  ),
  success({
    name: "takes one message over many records, and the next ones whole",
    rules: ["5.1/2"],
    bends: { script: [fragmented("Certificate", pieces(3)), fragmented("ServerHello", pieces(2))] },
  }),
  success({
    name: "takes application data that comes before its own Finished, and delivers it once open",
    rules: ["4.5.3/3"],
    bends: { script: after("write application", data(early), data(early)) },
    check: async ({ client }) => {
      await client.contentOf(2 * early.length);
      expectEqual(client.told.slice(0, 2), ["opened", "data"], "the order of things");
      expectEqual(toLatin1(client.content), toLatin1(concat(early, early)), "the data");
    },
  }),
  {
    name: "delivers data and the end that come with the server's first flight, once open",
    rules: ["4.5.3/3", "6.1/5", "6/1"],
    run: async (harness) => {
      const meeting = await meet(harness, {
        server: { answerClose: false },
        bends: { script: after("write application", data(early), alert("close_notify"), end) },
      });
      await opened(meeting);
      await within("the end is told", meeting.client.ending);
      expectEqual(meeting.client.told, ["opened", "data", "ended"], "the order of things");
      // The other direction is as open as it was.
      meeting.connection.write(early, () => {});
      await within(
        "our data is there",
        meeting.lab.seen.until(() => meeting.lab.seen.data.length > 0),
      );
      await closeCleanly(meeting);
    },
  },
  success({
    name: "takes a ticket that comes before its own Finished",
    rules: ["4.7.1/8"],
    bends: {
      script: after("write application", {
        name: "NewSessionTicket",
        kind: "message",
        transcript: false,
        make: () =>
          encodeMessage("NewSessionTicket", {
            ticketLifetime: 1,
            ticketAgeAdd: 1,
            ticketNonce: zeros(1),
            ticket: zeros(1),
            extensions: [],
          }).bytes,
      }),
    },
  }),
];
