import { after, without } from "../../lab/script.ts";
import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import { type Case, expect, expectEqual } from "./case.ts";
import type { Wishes } from "./meeting.ts";
import {
  acquaintance,
  expectFull,
  expectResumed,
  type ReturnRow,
  returns,
  together,
  type Visit,
  visit,
} from "./returning.ts";

const day = 86_400_000;
const suiteNames = Object.keys(cipherSuites) as CipherSuiteName[];
const biscuit = new Uint8Array([0xc0, 0x0c, 0x1e]);

/** The lab looks at these whenever it knows what is offered, and fails where they are broken. */
const offerRules = ["2.2/1", "4.3/11", "4.3.9/1", "4.3.9/3", "4.3.11.2/1", "4.2.2/10"];

const retries: readonly (readonly [what: string, wishes: Wishes])[] = [
  ["a retry with a cookie", { server: { retry: { cookie: biscuit } } }],
  ["a retry for another group", { client: { keyShares: ["x25519"] }, server: { groups: ["secp256r1"] } }],
  ["a retry after no shares at all", { client: { keyShares: [] } }],
];

const hellos = ({ meeting }: Visit) => meeting.lab.context.hellos;
const identitiesOf = ({ meeting }: Visit, index: number) =>
  meeting.lab.context.offered(table.preSharedKey, meeting.lab.context.hellos[index])?.identities ?? [];

/** A session that may not be offered, or is not taken: all is as if there had been none. */
function full(row: Omit<ReturnRow, "check"> & { readonly offered: boolean }): Case {
  const { offered } = row;
  return returns({
    ...row,
    check: (second) => {
      expectFull(second);
      expectEqual(identitiesOf(second, 0).length, offered ? 1 : 0, "the identities in the first hello");
    },
  });
}

export const cases: readonly Case[] = [
  ...suiteNames.map((suite) =>
    returns({
      name: `resumes a session of ${suite}, and exposes the chain that began it`,
      rules: [...offerRules, "7.1/1"],
      both: { server: { cipherSuites: [suite] } },
      check: async (second, first, { sessions, harness }) => {
        expectResumed(second);
        const { server, suite: resumed } = second.handshake;
        expectEqual(resumed.name, suite, "the suite");
        expect(server.kind === "resumption", "it did not resume");
        const { certificates } = await harness.credentials("P-256");
        expectEqual(server.session.certificate?.chain, certificates, "the chain of the session");
        expectEqual(server.identity?.path, certificates, "the chain that was believed");
        expectEqual(identitiesOf(first, 0), [], "what the first connection offered");
        expectEqual(sessions.held, [], "sessions that are left");
      },
    }),
  ),
  ...retries.flatMap(([what, wishes]) =>
    suiteNames.map((suite) =>
      returns({
        name: `resumes a session of ${suite} after ${what}, its age and its binder made anew`,
        rules: ["4.3.11.2/2", "4.2.2/3", "4.2.2/4", "4.3/11"],
        second: together(wishes, { server: { cipherSuites: [suite] } }),
        first: { server: { cipherSuites: [suite] } },
        check: (second) => {
          expectResumed(second);
          expectEqual(second.handshake.retried, true, "whether there was a retry");
          const [before, after] = [identitiesOf(second, 0), identitiesOf(second, 1)];
          expectEqual(
            after.map(({ identity }) => identity),
            before.map(({ identity }) => identity),
            "the tickets of the second hello",
          );
        },
      }),
    ),
  ),
  {
    name: "tells the age that a ticket has when the second hello leaves",
    rules: ["4.2.2/3"],
    run: async (harness) => {
      const known = acquaintance(harness);
      await visit(known, { server: { tickets: 1 } });
      const second = await visit(known, {
        server: { retry: { cookie: biscuit } },
        bends: {
          messages: {
            HelloRetryRequest: (body) => {
              known.clock.time += 5000;
              return body;
            },
          },
        },
      });
      expectResumed(second);
      const [before, after] = [0, 1].map((index) => identitiesOf(second, index)[0]?.obfuscatedTicketAge ?? 0);
      expectEqual(
        ((after as number) - (before as number) + 2 ** 32) % 2 ** 32,
        5000,
        "what the age has grown",
      );
    },
  },
  {
    name: "uses each of several tickets once, the newest first, and then makes a full handshake",
    rules: ["4.7.1/3", "C.4/1"],
    run: async (harness) => {
      const known = acquaintance(harness);
      await visit(known, { server: { tickets: 3 } });
      const { issued } = known.ticketStore;
      expectEqual(known.sessions.held.length, 3, "the sessions of the first connection");
      for (const ticket of [...issued].reverse()) {
        const resumed = await visit(known);
        expectResumed(resumed);
        expectEqual(resumed.meeting.lab.context.choice.psk?.psk.identity, ticket.identity, "the ticket");
      }
      expectFull(await visit(known));
      for (const { identity } of issued) {
        expectEqual(known.ticketStore.timesOffered(identity), 1, "how often a ticket was offered");
      }
    },
  },
  {
    name: "offers a ticket in its partition only, and none where there is to be no resumption",
    rules: ["C.4/2"],
    run: async (harness) => {
      const known = acquaintance(harness);
      const sessions = createSessionCache({ now: () => known.clock.time });
      const here: Wishes = { client: { sessions, partition: "at work" } };
      expectFull(await visit(known, { ...here, server: { tickets: 2 } }));
      for (const client of [{ sessions: undefined }, { sessions }, { sessions, partition: "at home" }]) {
        const { meeting, ...stranger } = await visit(known, { client } as Wishes);
        expectFull({ meeting, ...stranger });
        expectEqual(meeting.lab.context.offered(table.preSharedKey), undefined, "the offer");
      }
      expectResumed(await visit(known, here));
    },
  },
  {
    name: "resumes what was resumed, with the chain and the age of the first handshake",
    rules: ["4.7.1/18"],
    run: async (harness) => {
      const known = acquaintance(harness);
      const began = known.clock.time;
      const renewal: Wishes = { server: { tickets: 1, ticket: { lifetime: 604_800 } } };
      await visit(known, renewal);
      const first = known.sessions.held[0]?.certificate;
      for (let days = 1; days <= 7; days++) {
        known.clock.time = began + days * day;
        expectResumed(await visit(known, renewal));
        expectEqual(known.sessions.held[0]?.certificate, first, "the certificate of the next session");
        expectEqual(known.sessions.held[0]?.authenticatedAt, began, "when it was last shown");
      }
      known.clock.time += 1;
      expectFull(await visit(known));
    },
  },
  returns({
    name: "resumes with another suite of the same hash",
    rules: ["4.7.1/4"],
    first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
    second: { server: { cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256"] } },
    check: (second) => {
      expectResumed(second);
      expectEqual(second.handshake.suite.name, "TLS_CHACHA20_POLY1305_SHA256", "the suite");
    },
  }),
  full({
    name: "makes a full handshake where the server declines",
    rules: ["4.7.1/13"],
    second: { server: { selectPsk: "decline" } },
    offered: true,
  }),
  full({
    name: "makes a full handshake where the server has forgotten its ticket",
    rules: ["4.7.1/13", "4.7.1/14"],
    meanwhile: ({ ticketStore }) => ticketStore.forget(ticketStore.issued[0]!.identity),
    offered: true,
  }),
  full({
    name: "makes a full handshake where the server chooses a suite of another hash",
    rules: ["2.2/1"],
    first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
    second: { server: { cipherSuites: ["TLS_AES_256_GCM_SHA384"] } },
    offered: true,
  }),
  returns({
    name: "leaves a ticket of another hash than the retry's suite out of the second hello",
    rules: ["4.2.4/12"],
    first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
    second: { server: { cipherSuites: ["TLS_AES_256_GCM_SHA384"], retry: { cookie: biscuit } } },
    check: (second) => {
      expectFull(second);
      expectEqual(
        hellos(second).map((_, index) => identitiesOf(second, index).length),
        [1, 0],
        "the identities of the two hellos",
      );
    },
  }),
  returns({
    name: "leaves a ticket out of the second hello that has no room for it beside the cookie",
    rules: ["4.7.1/14"],
    first: {
      bends: { messages: { NewSessionTicket: (body) => ({ ...body, ticket: new Uint8Array(48_000) }) } },
    },
    second: { server: { retry: { cookie: new Uint8Array(17_500) }, selectPsk: "decline" } },
    check: (second) => {
      expectFull(second);
      expectEqual(
        hellos(second).map((_, index) => identitiesOf(second, index).length),
        [1, 0],
        "the identities of the two hellos",
      );
    },
  }),
  full({
    name: "offers no ticket under suites of another hash",
    rules: ["4.7.1/4", "4.2.2/10"],
    first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
    second: { client: { cipherSuites: ["TLS_AES_256_GCM_SHA384"] } },
    offered: false,
  }),
  full({
    name: "offers no ticket to a server of another name",
    rules: ["4.7.1/5", "4.7.1/6", "4.3.11/3"],
    second: { client: { serverName: "other.example" } },
    offered: false,
  }),
  returns({
    name: "offers a ticket in the last millisecond of its lifetime",
    rules: ["4.3.11.1/1"],
    first: { server: { ticket: { lifetime: 100 } } },
    meanwhile: ({ clock }) => {
      clock.time += 99_000;
    },
    check: (second) => expectResumed(second),
  }),
  full({
    name: "offers no ticket a millisecond after its lifetime",
    rules: ["4.3.11.1/1"],
    first: { server: { ticket: { lifetime: 100 } } },
    meanwhile: ({ clock }) => {
      clock.time += 99_001;
    },
    offered: false,
  }),
  full({
    name: "offers no ticket while the clock stands before the time when it came",
    rules: [],
    meanwhile: ({ clock }) => {
      clock.time -= 1001;
    },
    offered: false,
  }),
  full({
    name: "throws a ticket away that lives for no second",
    rules: ["4.7.1/11"],
    first: { server: { ticket: { lifetime: 0 } } },
    meanwhile: ({ clock, sessions }) => {
      clock.time -= 1000;
      expectEqual(sessions.held, [], "the sessions");
    },
    offered: false,
  }),
  ...([0, 1, 2 ** 32 - 1] as const).map((ageAdd) =>
    returns({
      name: `hides the age of a ticket with ${ageAdd}`,
      rules: [],
      first: { server: { ticket: { ageAdd } } },
      check: (second) => {
        expectResumed(second);
        const [offered] = identitiesOf(second, 0);
        expectEqual(offered?.obfuscatedTicketAge, (1000 + ageAdd) % 2 ** 32, "the age in the hello");
      },
    }),
  ),
  ...[0, 1, 255].map((length) =>
    returns({
      name: `derives the PSK of a ticket with a nonce of ${length} bytes`,
      rules: [],
      first: { server: { ticket: { nonce: new Uint8Array(length).fill(length) } } },
      check: (second) => expectResumed(second),
    }),
  ),
  ...[1, 2000, 40_000].map((length) =>
    returns({
      name: `brings back a ticket of ${length} bytes`,
      rules: ["4.7.1/14"],
      first: {
        bends: { messages: { NewSessionTicket: (body) => ({ ...body, ticket: new Uint8Array(length) }) } },
      },
      check: (second) => expectResumed(second),
    }),
  ),
  returns({
    name: "resumes from a ticket that came before our Finished",
    rules: ["4.7.1/8"],
    first: {
      bends: {
        script: (script) => {
          const ticket = script.find(({ name }) => name === "NewSessionTicket");
          expect(ticket !== undefined, "there is no ticket in the script");
          return after("write application", ticket)(without("NewSessionTicket")(script));
        },
      },
    },
    check: (second) => expectResumed(second),
  }),
  returns({
    name: "resumes with ALPN, compatibility off, and hellos in order",
    rules: offerRules,
    both: {
      client: { alpn: ["h2", "http/1.1"], compatibility: false, shuffleExtensions: false },
      server: { alpn: "http/1.1" },
    },
    check: (second) => {
      expectResumed(second);
      expectEqual(second.handshake.alpn, "http/1.1", "the protocol");
    },
  }),
  full({
    name: "makes a full handshake where a ticket is so large that no hello has room for it",
    rules: ["4.7.1/14"],
    first: {
      bends: { messages: { NewSessionTicket: (body) => ({ ...body, ticket: new Uint8Array(65_400) }) } },
    },
    offered: false,
  }),
];
