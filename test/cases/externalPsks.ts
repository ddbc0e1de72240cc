import type { HashName } from "../../src/crypto/hashName.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { type ExternalPsk, maxPskOffer, offerLength } from "../../src/session/externalPsk.ts";
import { type Bytes, fromAscii } from "../../src/wire/bytes.ts";
import { type Case, expectEqual } from "./case.ts";
import { closeCleanly, meet, opened, success, type Wishes } from "./meeting.ts";
import { acquaintance, expectFull, expectResumed, returns, together, visit } from "./returning.ts";

const psk = (name: string, hash: HashName, kind: ExternalPsk["kind"] = "external"): ExternalPsk => ({
  kind,
  identity: fromAscii(name),
  key: new Uint8Array(32).fill(name.length),
  hash,
});

const biscuit = new Uint8Array([0xc0, 0x0c, 0x1e]);
const alice = psk("alice", "SHA-256");
const several = [
  alice,
  psk("bob, of the other hash", "SHA-384"),
  psk("carol, imported", "SHA-256", "imported"),
];
/** Of SHA-256, whose identity and binder have room beside theirs. */
const largestTicket =
  maxPskOffer -
  offerLength(new Uint8Array(0), 32) -
  several.reduce((sum, { identity, hash }) => sum + offerLength(identity, hash === "SHA-256" ? 32 : 48), 0);
const rules = ["2.2/2", "2.2/3", "4.3.11/1", "4.3/11", "4.3.9/1", "4.3.11.2/1"];

export const cases: readonly Case[] = [
  ...(["external", "imported"] as const).flatMap((kind) =>
    (["SHA-256", "SHA-384"] as const).flatMap((hash) =>
      [false, true].map((retried) =>
        success({
          name: `knows the server by an ${kind} PSK of ${hash}${retried ? ", after a retry" : ""}`,
          rules: retried ? [...rules, "4.3.11.2/2", "4.2.2/4"] : [...rules, "7.1/1"],
          client: { psks: [psk("alice", hash, kind)] },
          server: {
            psks: [psk("alice", hash, kind)],
            ...(retried ? { retry: { cookie: biscuit } } : {}),
          },
          check: ({ lab }, { server, suite, retried: again }) => {
            expectEqual(
              server,
              { kind, identity: fromAscii("alice") },
              "how the server authenticated itself",
            );
            expectEqual([suite.hash, again], [hash, retried], "the hash, and the retry");
            const ages = lab.context.offered(table.preSharedKey)?.identities ?? [];
            expectEqual(
              ages.map((one) => one.obfuscatedTicketAge),
              [0],
              "the ages",
            );
          },
        }),
      ),
    ),
  ),
  ...several.flatMap((one, index) =>
    [false, true].map((retried) =>
      success({
        name: `goes on with number ${index} of several PSKs${retried ? ", after a retry" : ""}`,
        rules: retried ? ["4.2.4/12", "4.3.11.2/2"] : ["4.3.11.2/1"],
        client: { psks: several },
        server: { psks: several, selectPsk: index, ...(retried ? { retry: { cookie: biscuit } } : {}) },
        check: ({ lab }, { server, suite }) => {
          expectEqual(server, { kind: one.kind, identity: one.identity }, "the PSK");
          expectEqual(suite.hash, one.hash, "the hash of the suite");
          const offered = lab.context.offered(table.preSharedKey)?.identities.map(({ identity }) => identity);
          expectEqual(
            offered,
            several.filter(({ hash }) => !retried || hash === one.hash).map(({ identity }) => identity),
            "the identities in the last hello",
          );
        },
      }),
    ),
  ),
  success({
    name: "takes a certificate where the server knows none of its PSKs",
    rules: [],
    client: { psks: several },
    check: (_, { server }) => expectEqual(server.kind, "certificate", "how the server authenticated itself"),
  }),
  returns({
    name: "offers a session before an external PSK, and takes either",
    rules: ["4.3.11.2/1"],
    both: { client: { psks: [alice] } },
    second: { server: { psks: [alice], selectPsk: 1 } },
    check: (second, first) => {
      expectFull(first);
      expectEqual(second.handshake.server.kind, "external", "how the server authenticated itself");
      expectEqual(second.meeting.lab.context.choice.psk, { index: 1, psk: alice }, "the PSK");
    },
  }),
  {
    name: "resumes what an external PSK began, without a certificate, and only where it is still offered",
    rules: [],
    run: async (harness) => {
      const known = acquaintance(harness);
      await visit(known, { client: { psks: [alice] }, server: { psks: [alice], tickets: 2 } });
      const resumed = await visit(known, { client: { psks: [alice] } });
      expectResumed(resumed);
      const { server } = resumed.handshake;
      expectEqual(server.kind === "resumption" && server.identity, undefined, "the identity");
      expectFull(await visit(known));
    },
  },
  ...[49_000, 65_400].map((length) =>
    returns({
      name: `offers no early data without the ticket of ${length} bytes that it is for`,
      rules: ["4.3.10/3"],
      both: { client: { psks: several }, server: { psks: [alice] } },
      first: {
        server: { ticket: { maxEarlyDataSize: 1000 } },
        bends: { messages: { NewSessionTicket: (body) => ({ ...body, ticket: new Uint8Array(length) }) } },
      },
      second: { client: { earlyData: biscuit }, server: { earlyData: "accept" } },
      check: ({ meeting, handshake }) => {
        expectEqual(meeting.lab.context.offered(table.earlyData), undefined, "the offer of early data");
        expectEqual(handshake.server.kind, "external", "how the server authenticated itself");
        const { outcome, returned } = meeting.client.earlyData ?? {};
        expectEqual([outcome, returned], ["not_offered", biscuit], "what became of the early data");
      },
    }),
  ),
  ...[49_000, 65_400].map((length) =>
    returns({
      name: `offers external PSKs where they leave no room for a ticket of ${length} bytes`,
      rules: ["4.7.1/14"],
      both: { client: { psks: several }, server: { psks: [alice] } },
      first: {
        bends: { messages: { NewSessionTicket: (body) => ({ ...body, ticket: new Uint8Array(length) }) } },
      },
      check: ({ meeting, handshake }) => {
        expectEqual(handshake.server.kind, "external", "how the server authenticated itself");
        const offered = meeting.lab.context.offered(table.preSharedKey)?.identities ?? [];
        expectEqual(
          offered.map(({ identity }) => identity),
          several.map(({ identity }) => identity),
          "the identities in the hello",
        );
      },
    }),
  ),
  ...[0, 1].map((over) =>
    returns({
      name:
        over === 0
          ? "offers the largest ticket beside external PSKs"
          : "offers no larger ticket beside external PSKs",
      rules: ["4.7.1/14"],
      both: {
        client: { psks: several },
        server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"], psks: [alice] },
      },
      first: {
        bends: {
          messages: {
            NewSessionTicket: (body) => ({ ...body, ticket: new Uint8Array(largestTicket + over) }),
          },
        },
      },
      check: ({ meeting }) => {
        const offered = meeting.lab.context.offered(table.preSharedKey)?.identities ?? [];
        expectEqual(offered.length, several.length + 1 - over, "the identities in the hello");
      },
    }),
  ),
  {
    name: "offers a PSK again beside the largest cookie that leaves room for all PSKs, and not beside a larger one",
    rules: ["4.2.4/12"],
    run: async (harness) => {
      const wishes: Wishes = { client: { psks: several }, server: { psks: [alice], selectPsk: "decline" } };
      const meetWith = async (cookie: Bytes) => {
        const meeting = await meet(harness, together(wishes, { server: { retry: { cookie } } }));
        await opened(meeting);
        await closeCleanly(meeting);
        return meeting;
      };
      const { lab } = await meetWith(biscuit);
      const others = (lab.context.hellos[0]?.body.extensions ?? [])
        .filter(({ type }) => type !== table.preSharedKey.type)
        .reduce((sum, { data }) => sum + 4 + data.length, 0);
      // Two lengths and a type of the cookie; the PSKs' own, of which maxPskOffer tells nothing.
      const largest = 0xffff - maxPskOffer - 8 - others - 6;
      for (const [length, offered] of [
        [largest, true],
        [largest + 1, false],
      ] as const) {
        const meeting = await meetWith(new Uint8Array(length));
        expectEqual(
          meeting.lab.context.offered(table.preSharedKey) !== undefined,
          offered,
          `beside ${length}`,
        );
      }
    },
  },
  success({
    name: "offers all of many external PSKs, as many as may be given",
    rules: ["4.3.11.2/1"],
    ...(() => {
      // A length of two bytes, an age, a length of one byte and a binder beside each name.
      const psks = Array.from({ length: 512 }, (_, i) => psk(`${i}`.padEnd(96 - 39, " "), "SHA-256"));
      return { client: { psks }, server: { psks: psks.slice(-1) } };
    })(),
    check: ({ lab }) => {
      expectEqual(lab.context.offered(table.preSharedKey)?.identities.length, 512, "the identities");
    },
  }),
];
