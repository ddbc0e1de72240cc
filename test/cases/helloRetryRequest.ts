import { before, send, twice } from "../../lab/script.ts";
import { type GroupName, groups } from "../../src/crypto/groups.ts";
import { makeHello } from "../../src/handshake/client/clientHello.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { decodeMessage, encodeMessage } from "../../src/messages/handshake.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { toHex } from "../../src/wire/bytes.ts";
import { type Case, expect, expectEqual } from "./case.ts";
import { drop, made, put, rawExtension } from "./extensionEdits.ts";
import { type Meeting, meet, refusal, refused, success, type Wishes } from "./meeting.ts";

const { keyShare, cookie, supportedVersions, supportedGroups } = table;
const groupNames = Object.keys(groups) as GroupName[];
const biscuit: Bytes = new Uint8Array([0xc0, 0x0c, 0x1e, 0, 0xff]);

/** A retry for a group that the client offers, and has sent no share of. */
const retryFor = (
  group: GroupName,
  from: GroupName = group === "x25519" ? "secp256r1" : "x25519",
): Wishes => ({
  client: { groups: groupNames, keyShares: [from] },
  server: { groups: [group] },
});

function hellosOf({ lab }: Meeting) {
  const [first, second, ...more] = lab.context.hellos;
  expect(first !== undefined && second !== undefined && more.length === 0, "there are not two hellos");
  return { first: first.body, second: second.body };
}

/** RFC 9846 §4.2.2: but for key_share and the cookie, the second hello is the first, its extensions in their order. */
function expectSameHello(meeting: Meeting): void {
  const { first, second } = hellosOf(meeting);
  const { extensions: before, ...fieldsBefore } = first;
  const { extensions: after, ...fieldsAfter } = second;
  expectEqual(fieldsAfter, fieldsBefore, "the fields of the second hello");
  const kept = after.filter(({ type }) => type !== cookie.type);
  expectEqual(
    kept.map(({ type }) => type),
    before.map(({ type }) => type),
    "the order of its extensions",
  );
  const others = (list: typeof before) => list.filter(({ type }) => type !== keyShare.type);
  expectEqual(others(kept), others(before), "its extensions");
}

function sharesOf({ lab }: Meeting, index: number) {
  return lab.context.offered(keyShare, lab.context.hellos[index]) ?? [];
}

export const cases: readonly Case[] = [
  ...groupNames.map((group) =>
    success({
      name: `answers a retry for ${group} with a second hello that has this share alone, newly made`,
      rules: ["4.2.4/9", "4.2.4/10", "4.3.8/10", "4.2.2/2", "4.1/1", "4.1/2"],
      ...retryFor(group),
      check: (meeting, handshake) => {
        expectEqual([handshake.group, handshake.retried], [group, true], "the group, and the retry");
        expectSameHello(meeting);
        expectEqual(
          sharesOf(meeting, 1).map((share) => share.group),
          [groups[group].code],
          "the shares of the second hello",
        );
        const { first } = hellosOf(meeting);
        const before = first.extensions.find(({ type }) => type === keyShare.type);
        const [share] = sharesOf(meeting, 1);
        expect(share !== undefined && before !== undefined, "no share");
        expect(!toHex(before.data).includes(toHex(share.keyExchange)), "the share is not new");
        for (const { keyExchange } of sharesOf(meeting, 0))
          expect(!toHex(share.keyExchange).includes(toHex(keyExchange)), "the first share is in it");
      },
    }),
  ),
  ...(
    [
      ["X25519MLKEM768", "x25519"],
      ["X25519MLKEM768", "SecP256r1MLKEM768"],
      ["SecP256r1MLKEM768", "X25519MLKEM768"],
      ["SecP384r1MLKEM1024", "secp384r1"],
    ] as const
  ).map(([from, to]) =>
    success({
      name: `goes from a share of ${from} to one of ${to}`,
      rules: ["4.2.4/10", "4.3.8/10"],
      ...retryFor(to, from),
      check: (meeting, handshake) => {
        expectEqual([handshake.group, handshake.retried], [to, true], "the group, and the retry");
        expectSameHello(meeting);
        const [first] = sharesOf(meeting, 0);
        const [second, ...more] = sharesOf(meeting, 1);
        expect(first !== undefined && second !== undefined && more.length === 0, "one share each");
        // The point of a group stands at the end or at the beginning of a hybrid one's share.
        for (const [one, other] of [
          [first, second],
          [second, first],
        ] as const) {
          const key = toHex(one.keyExchange);
          expect(!key.includes(toHex(other.keyExchange).slice(0, 64)), "the key is not new");
          expect(!key.includes(toHex(other.keyExchange).slice(-64)), "the key is not new");
        }
      },
    }),
  ),
  ...groupNames.map((group) =>
    success({
      name: `goes on with ${group} after a first hello without shares`,
      rules: ["4.2.4/10", "4.3.8/10"],
      client: { groups: groupNames, keyShares: [] },
      server: { groups: [group] },
      check: (meeting, handshake) => {
        expectEqual(handshake.group, group, "the group");
        expectEqual(sharesOf(meeting, 0), [], "the shares of the first hello");
        expectSameHello(meeting);
      },
    }),
  ),
  success({
    name: "answers a cookie alone with the same hello, the same share and the cookie as it came",
    rules: ["4.3.2/2", "4.3.2/3", "4.2.2/2", "4.2.4/10", "9.2/2"],
    server: { retry: { cookie: biscuit } },
    check: (meeting, handshake) => {
      expect(handshake.retried, "there was no retry");
      expectSameHello(meeting);
      expectEqual(sharesOf(meeting, 1), sharesOf(meeting, 0), "the shares");
      expectEqual(meeting.lab.context.offered(cookie), biscuit, "the cookie");
    },
  }),
  success({
    name: "brings back a cookie of 16,000 bytes",
    rules: ["4.3.2/3"],
    server: { retry: { cookie: new Uint8Array(16_000).fill(0xcc) } },
    check: ({ lab }) => expectEqual(lab.context.offered(cookie)?.length, 16_000, "the cookie's length"),
  }),
  success({
    name: "brings back a cookie that fills several records, none of them labelled as the first",
    rules: ["4.3.2/3", "5.1/14", "5.1/19"],
    server: { retry: { cookie: new Uint8Array(40_000).fill(0xcc) } },
    check: ({ lab }) => {
      expectEqual(lab.context.offered(cookie)?.length, 40_000, "the cookie's length");
      const hellos = lab.seen.records.filter(({ type, epoch }) => type === 22 && epoch === "none");
      expectEqual(
        hellos.map(({ version }) => version),
        [0x0301, 0x0303, 0x0303, 0x0303],
        "the versions of the hellos' records",
      );
    },
  }),
  {
    name: "fails where a cookie leaves no room in a hello",
    rules: ["internal_error"],
    run: async (harness) => {
      const meeting = await meet(harness, { server: { retry: { cookie: new Uint8Array(65_400) } } });
      await refused(meeting, { code: "internal_error", alert: "internal_error", under: "none" });
    },
  },
  success({
    name: "answers both, a group and a cookie",
    rules: ["4.2.4/9", "4.3.2/3", "4.3.8/10"],
    client: { shuffleExtensions: true },
    server: { retry: { group: "secp384r1", cookie: biscuit } },
    check: (meeting, handshake) => {
      expectEqual(handshake.group, "secp384r1", "the group");
      expectSameHello(meeting);
      expectEqual(meeting.lab.context.offered(cookie), biscuit, "the cookie");
      expectEqual(
        sharesOf(meeting, 1).map(({ group }) => group),
        [groups.secp384r1.code],
        "the shares",
      );
    },
  }),
  success({
    name: "keeps random, session id and suites out of compatibility mode, too",
    rules: ["4.2.2/2"],
    client: { compatibility: false, keyShares: [], alpn: ["h2"] },
    server: { alpn: "h2" },
    check: (meeting) => {
      expectSameHello(meeting);
      expectEqual(meeting.lab.seen.changeCipherSpecs, 0, "ChangeCipherSpecs");
    },
  }),
  success({
    name: "sends one ChangeCipherSpec before its second hello, and none later",
    rules: ["E.4/1"],
    client: { keyShares: [] },
    check: ({ lab }) => {
      expectEqual(lab.seen.changeCipherSpecs, 1, "ChangeCipherSpecs");
      expectEqual(
        lab.seen.records.slice(0, 3).map(({ type }) => type),
        [22, 20, 22],
        "the first three records",
      );
    },
  }),

  // What a retry may not be
  refusal({
    name: "refuses a retry that asks for nothing",
    rules: ["4.2.4/7"],
    client: { keyShares: [] },
    bends: { messages: { HelloRetryRequest: (hello) => drop(hello, keyShare.type) } },
    code: "retry_without_change",
    alert: "illegal_parameter",
    under: "none",
  }),
  refusal({
    name: "refuses an empty cookie",
    rules: ["6/10", "4.3.2/1"],
    bends: {
      messages: {
        HelloRetryRequest: (hello) => put(hello, rawExtension(cookie.type, [0, 0])),
      },
    },
    server: { retry: { cookie: biscuit } },
    code: "malformed_message",
    alert: "decode_error",
    under: "none",
  }),
  ...[0x0018, 0x001e, 0x0100, 0x11ec, 0x6399, 0x0a0a, 0x0000, 0xffff].map((group) =>
    refusal({
      name: `refuses a retry for the group 0x${group.toString(16).padStart(4, "0")}, which was not offered`,
      rules: ["4.3.8/8"],
      client: { groups: ["x25519", "secp256r1"] },
      server: { retry: { group: "secp256r1" } },
      bends: {
        messages: {
          HelloRetryRequest: (hello) => put(hello, made(keyShare, "HelloRetryRequest", group)),
        },
      },
      code: "retry_group_not_supported",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  ...[0x001e, 0x0100, 0x0201].map((group) =>
    refusal({
      name: `refuses a retry for the group 0x${group.toString(16).padStart(4, "0")}, which was offered and is not there`,
      rules: ["4.3.8/8"],
      parameters: {
        hello: async (parameters, retry) => {
          const first = await makeHello(parameters, retry);
          const body = decodeMessage("ClientHello", first.message.bytes);
          const offer = put(body, made(supportedGroups, "ClientHello", [groups.x25519.code, group]));
          return { ...first, message: encodeMessage("ClientHello", offer) };
        },
      },
      server: { retry: { cookie: biscuit } },
      bends: {
        messages: {
          HelloRetryRequest: (hello) => put(hello, made(keyShare, "HelloRetryRequest", group)),
        },
      },
      code: "retry_group_not_supported",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  ...groupNames.map((group) =>
    refusal({
      name: `refuses a retry for ${group}, whose share was sent`,
      rules: ["4.3.8/9"],
      client: { groups: groupNames, keyShares: [group, group === "x25519" ? "secp256r1" : "x25519"] },
      server: { retry: {} },
      bends: {
        messages: {
          HelloRetryRequest: (hello) => put(hello, made(keyShare, "HelloRetryRequest", groups[group].code)),
        },
      },
      code: "retry_group_already_shared",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  refusal({
    name: "refuses a retry for a group whose share was sent even beside a cookie",
    rules: ["4.3.8/9"],
    client: { groups: ["x25519"] },
    server: { retry: { cookie: biscuit } },
    bends: {
      messages: {
        HelloRetryRequest: (hello) => put(hello, made(keyShare, "HelloRetryRequest", groups.x25519.code)),
      },
    },
    code: "retry_group_already_shared",
    alert: "illegal_parameter",
    under: "none",
  }),

  // A second one
  refusal({
    name: "refuses a second HelloRetryRequest",
    rules: ["4.2.4/8"],
    client: { keyShares: [] },
    bends: {
      script: before(
        "ServerHello",
        send("HelloRetryRequest", ({ hello }) => ({
          legacyVersion: 0x0303,
          random: new Uint8Array([
            0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
            0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
          ]),
          legacySessionIdEcho: hello.body.legacySessionId,
          cipherSuite: hello.body.cipherSuites[0] as number,
          legacyCompressionMethod: 0,
          extensions: [
            made(supportedVersions, "HelloRetryRequest", 0x0304),
            made(cookie, "HelloRetryRequest", biscuit),
          ],
        })),
      ),
    },
    code: "unexpected_handshake_message",
    alert: "unexpected_message",
    under: "none",
  }),
  refusal({
    name: "refuses a HelloRetryRequest that comes twice at once",
    rules: ["4.2.4/8", "4/2"],
    client: { keyShares: [] },
    bends: { script: twice("HelloRetryRequest") },
    code: "unexpected_handshake_message",
    alert: "unexpected_message",
    under: "none",
  }),
];
