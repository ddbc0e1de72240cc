import { byteByByte } from "../../lab/memoryTransport.ts";
import type { LabOptions } from "../../lab/options.ts";
import { before, receiveEarlyData } from "../../lab/script.ts";
import type { TraceEvent } from "../../src/connection/trace.ts";
import type { Transport } from "../../src/connection/transport.ts";
import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import type { MessageName } from "../../src/messages/handshake.ts";
import { type Bytes, concat, fromAscii, noBytes, toHex, toLatin1 } from "../../src/wire/bytes.ts";
import { type Case, expect, expectEqual, type Harness, within } from "./case.ts";
import { closeCleanly, exchangeData, meet, opened, type Wishes } from "./meeting.ts";
import {
  type Acquaintance,
  acquaintance,
  expectFull,
  expectResumed,
  meetAgain,
  type ReturnRow,
  returns,
  together,
  type Visit,
  visit,
} from "./returning.ts";

const request = fromAscii("GET /early HTTP/1.1\r\n\r\n");
const suiteNames = Object.keys(cipherSuites) as CipherSuiteName[];
const biscuit = new Uint8Array([0xc0, 0x0c, 0x1e]);

const plenty: Wishes = { server: { ticket: { maxEarlyDataSize: 2 ** 20 } } };
const wanted: Wishes = { client: { earlyData: request }, server: { earlyData: "accept" } };

const namesSeen = ({ meeting }: Visit) =>
  meeting.lab.seen.messages.map(({ name, epoch }) => `${name} ${epoch}`);

/** Both sides say that it was taken, all of it but what is returned. */
function expectTaken(visit: Visit, sent: Bytes, returned = 0): void {
  const { client, lab } = visit.meeting;
  const taken = sent.length - returned;
  expectEqual(visit.handshake.earlyData, "accepted", "what became of the early data");
  expectEqual(toLatin1(lab.seen.earlyData), toLatin1(sent.subarray(0, taken)), "the early data");
  expectEqual(client.earlyData?.taken, taken, "the bytes that were taken");
  expectEqual(client.earlyData?.returned, sent.subarray(taken), "the bytes that were not");
  expectEqual(
    namesSeen(visit),
    ["ClientHello none", "EndOfEarlyData early", "Finished handshake"],
    "the client's messages",
  );
  expectEqual(keysOf(visit), ["early", "handshake", "application"], "the client's keys");
}

/** What the client writes with, one after the other. */
const keysOf = ({ meeting }: Visit): readonly string[] =>
  meeting.client.trace.flatMap((event) =>
    event.kind === "keys" && event.direction === "out" ? [event.epoch] : [],
  );

/** Nothing of it came, nothing of it is sent again, and the application has all of it back. */
function expectReturned(visit: Visit, outcome: "rejected" | "not_offered"): void {
  const { client, lab } = visit.meeting;
  expectEqual(visit.handshake.earlyData, outcome === "rejected" ? "rejected" : undefined, "the outcome");
  expectEqual(client.earlyData?.outcome, outcome, "what is reported of it");
  expectEqual(client.earlyData?.returned, request, "what is given back");
  expectEqual(client.earlyData?.taken, 0, "the bytes that were taken");
  expectEqual(lab.seen.skipped, outcome === "rejected" ? 1 : 0, "records that the server passed over");
  expectEqual(lab.seen.earlyData.length, 0, "early data that the server took");
  const keys = outcome === "rejected" ? ["early", "handshake", "application"] : ["handshake", "application"];
  expectEqual(keysOf(visit), keys, "the client's keys");
  expect(!namesSeen(visit).some((name) => name.startsWith("EndOfEarlyData")), "there is an end of nothing");
  // visit() has compared the data that came later, from its first byte.
  expect(!toLatin1(lab.seen.data).includes("/early"), "early data was sent again");
}

function rejected(row: Omit<ReturnRow, "check" | "both"> & { readonly resumed: boolean }): Case {
  return returns({
    ...row,
    first: together(plenty, row.first),
    second: together(wanted, row.second),
    check: (second) => {
      expectReturned(second, "rejected");
      if (row.resumed) expectResumed(second);
      else expectFull(second);
    },
  });
}

const offerRules = ["4.3.10/1", "4.3.10/2", "4.3.10/3"];
const neverTaken = ["4.6/2", "4.3.10/5"];
const withAlpn = (alpn: string): Partial<LabOptions> => ({ alpn });

/** A client with a ticket that allows early data. */
async function withTicket(harness: Harness): Promise<Acquaintance> {
  const known = acquaintance(harness);
  await visit(known, together({ server: { tickets: 1 } }, plenty));
  known.clock.time += 1000;
  return known;
}

/** A source whose second piece comes behind this message of the server's. */
function latecomer(by: MessageName): {
  readonly source: AsyncIterable<Uint8Array>;
  readonly trace: (event: TraceEvent) => void;
} {
  let speak = (): void => {};
  const told = new Promise<void>((resolve) => {
    speak = resolve;
  });
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield request;
    await told;
    yield biscuit;
  };
  const trace = (event: TraceEvent): void => {
    if (event.kind === "message" && event.direction === "in" && event.name === by) speak();
  };
  return { source: source(), trace };
}

const both = concat(request, biscuit);

/** More than is sealed ahead. */
const bulk = new Uint8Array(600_000).fill(0x62);

/** Has copied what it is given at once, and says so. */
const prompt = (transport: Transport): Transport => ({
  start: (receiver) => transport.start(receiver),
  write: (bytes, written) => {
    transport.write(bytes, () => {});
    written();
  },
  pause: () => transport.pause(),
  resume: () => transport.resume(),
  end: () => transport.end(),
  close: () => transport.close(),
  abort: (cause) => transport.abort(cause),
});

export const cases: readonly Case[] = [
  ...suiteNames.map((suite) =>
    returns({
      name: `sends early data under ${suite}, and its end behind the server's Finished`,
      rules: [...offerRules, "4.6/1"],
      both: { server: { cipherSuites: [suite] } },
      first: together(plenty, { server: { cipherSuites: [suite] } }),
      second: together(wanted, { server: { cipherSuites: [suite], earlyData: "accept" } }),
      check: (second) => {
        expectResumed(second);
        expectTaken(second, request);
        const { client, exporter } = second.meeting.lab.context.earlySecrets;
        const logged = (label: string) =>
          second.meeting.keyLog.find((line) => line.startsWith(`${label} `))?.split(" ")[2];
        expectEqual(logged("CLIENT_EARLY_TRAFFIC_SECRET"), toHex(client.secret), "the early secret");
        expectEqual(logged("EARLY_EXPORTER_SECRET"), toHex(exporter.secret), "the early exporter's secret");
      },
    }),
  ),
  returns({
    name: "sends early data before the server has said a word",
    rules: offerRules,
    first: plenty,
    second: together(wanted, {
      bends: { script: before("ServerHello", receiveEarlyData(request.length)) },
    }),
    check: (second) => expectTaken(second, request),
  }),
  ...[1, 16_384, 16_385, 100_000].map((length) => {
    const sent = new Uint8Array(length).map((_, index) => index % 251);
    return returns({
      name: `sends ${length} bytes of early data`,
      rules: [],
      first: plenty,
      second: together(wanted, {
        client: { earlyData: sent },
        bends: { script: before("ServerHello", receiveEarlyData(length)) },
      }),
      check: (second) => expectTaken(second, sent),
    });
  }),
  ...[1, request.length - 1, request.length].map((limit) =>
    returns({
      name: `sends ${request.length} bytes of early data as far as the ticket allows ${limit}`,
      rules: ["4.7.1/16"],
      first: { server: { ticket: { maxEarlyDataSize: limit } } },
      second: together(wanted, { bends: { script: before("ServerHello", receiveEarlyData(limit)) } }),
      check: (second) => expectTaken(second, request, request.length - limit),
    }),
  ),
  returns({
    name: "counts the content of early data, and none of its padding",
    rules: ["4.7.1/16"],
    first: { server: { ticket: { maxEarlyDataSize: request.length } } },
    second: together(wanted, {
      client: { padding: () => 100 },
      bends: { script: before("ServerHello", receiveEarlyData(request.length)) },
    }),
    check: (second) => expectTaken(second, request),
  }),
  returns({
    name: "sends early data over a transport that has written before its call returns",
    rules: ["4.3.10/1"],
    first: plenty,
    second: together(wanted, { client: { earlyData: bulk }, between: prompt }),
    check: (second) => expectTaken(second, bulk),
  }),
  {
    name: "a padding policy that throws amid early data ends the connection [internal_error]",
    rules: [],
    run: async (harness) => {
      const known = await withTicket(harness);
      const cause = new Error("a bug of the application's");
      let records = 0;
      const padding = (): number => {
        if (++records === 18) throw cause;
        return 0;
      };
      const { client } = await meetAgain(known, together(wanted, { client: { earlyData: bulk, padding } }));
      await within("it is closed", client.closing);
      expectEqual([client.error?.code, client.error?.cause], ["internal_error", cause], "the error");
    },
  },
  {
    name: "the early exporter gives both sides the same, and something else than the exporter",
    rules: ["7.5/1", "7.5/2"],
    run: async (harness) => {
      const known = acquaintance(harness);
      await visit(known, together({ server: { tickets: 1 } }, plenty));
      known.clock.time += 1000;
      const meeting = await meetAgain(known, wanted);
      await opened(meeting);
      const { connection, lab } = meeting;
      const early = connection.exportEarlyKeyingMaterial("EXPORTER-test", fromAscii("context"), 48);
      const theirs = lab.context.earlySecrets.exporter.export("EXPORTER-test", fromAscii("context"), 48);
      expectEqual(early, theirs, "what the early exporter gives");
      const later = connection.exportKeyingMaterial("EXPORTER-test", fromAscii("context"), 48);
      expect(toHex(later) !== toHex(early), "both exporters give the same");
      await closeCleanly(meeting);
    },
  },
  {
    name: "there is no early exporter without early data",
    rules: ["7.5/2"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      let code: string | undefined;
      try {
        meeting.connection.exportEarlyKeyingMaterial("EXPORTER-test", undefined, 32);
      } catch (error) {
        ({ code } = error as { readonly code: string });
      }
      expectEqual(code, "closed", "the error's code");
      await closeCleanly(meeting);
    },
  },
  {
    name: "sends no more early data than its keys may seal, and says its end with them",
    rules: ["5.5/1"],
    run: async (harness) => {
      const known = acquaintance(harness);
      const suite: CipherSuiteName = "TLS_AES_128_GCM_SHA256";
      await visit(known, together({ server: { tickets: 1, cipherSuites: [suite] } }, plenty));
      const sent = new Uint8Array(20 * 16_384).map((_, index) => index % 251);
      const second = await visit(
        known,
        together(wanted, {
          client: { earlyData: sent },
          server: { cipherSuites: [suite] },
          // Four are kept back.
          parameters: { cipherSuites: [{ ...cipherSuites[suite], name: suite, recordLimit: 10 }] },
          bends: { script: before("ServerHello", receiveEarlyData(6 * 16_384)) },
        }),
      );
      expectTaken(second, sent, 14 * 16_384);
    },
  },
  returns({
    name: "sends early data with a protocol",
    rules: offerRules,
    both: { client: { alpn: ["h2", "http/1.1"] } },
    first: together(plenty, { server: withAlpn("http/1.1") }),
    second: together(wanted, { server: withAlpn("http/1.1") }),
    check: (second) => {
      expectTaken(second, request);
      expectEqual(second.handshake.alpn, "http/1.1", "the protocol");
    },
  }),

  rejected({
    name: "gives early data back that the server rejects",
    rules: neverTaken,
    second: { server: { earlyData: "reject" } },
    resumed: true,
  }),
  rejected({
    name: "gives early data back after a retry with a cookie, and does not offer it again",
    rules: [...neverTaken, "4.3.10/4"],
    second: { server: { retry: { cookie: biscuit } } },
    resumed: true,
  }),
  rejected({
    name: "gives early data back after a retry for another group, and does not offer it again",
    rules: [...neverTaken, "4.3.10/4"],
    second: { client: { keyShares: ["x25519"] }, server: { groups: ["secp256r1"] } },
    resumed: true,
  }),
  rejected({
    name: "gives early data back after a retry that leaves no PSK",
    rules: [...neverTaken, "4.3.10/4"],
    first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
    second: { server: { cipherSuites: ["TLS_AES_256_GCM_SHA384"], retry: { cookie: biscuit } } },
    resumed: false,
  }),
  rejected({
    name: "gives early data back where the server declines its PSK",
    rules: neverTaken,
    second: { server: { selectPsk: "decline" } },
    resumed: false,
  }),
  rejected({
    name: "gives early data back where the server has forgotten its ticket",
    rules: neverTaken,
    meanwhile: ({ ticketStore }) => {
      for (const { identity } of ticketStore.issued) ticketStore.forget(identity);
    },
    resumed: false,
  }),
  rejected({
    name: "gives early data back where the server takes another suite",
    rules: neverTaken,
    first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
    second: { server: { cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256"] } },
    resumed: true,
  }),
  rejected({
    name: "gives early data back where the server takes another protocol, and sends none of it by itself",
    rules: [...neverTaken, "4.3.10/6"],
    first: { client: { alpn: ["h2", "http/1.1"] }, server: withAlpn("http/1.1") },
    second: { client: { alpn: ["h2", "http/1.1"] }, server: withAlpn("h2") },
    resumed: true,
  }),
  ...(
    [
      ["rejects it", "EncryptedExtensions", { server: { earlyData: "reject" } }],
      ["declines its PSK", "EncryptedExtensions", { server: { selectPsk: "decline" } }],
      ["asks for a retry", "HelloRetryRequest", { server: { retry: { cookie: biscuit } } }],
    ] as const
  ).map(
    ([does, by, second]): Case => ({
      name: `sends nothing that a source of early data says after the server ${does}`,
      rules: neverTaken,
      run: async (harness) => {
        const known = await withTicket(harness);
        const { source, trace } = latecomer(by);
        const client = { client: { earlyData: source, trace }, chunking: byteByByte };
        const meeting = await meetAgain(known, together(wanted, together(client, second)));
        await opened(meeting);
        await exchangeData(meeting);
        const { outcome, returned, unread } = meeting.client.earlyData ?? {};
        const rest: Uint8Array[] = [];
        for await (const piece of unread ?? []) rest.push(piece);
        expectEqual([outcome, concat(returned ?? noBytes, ...rest)], ["rejected", both], "what became of it");
        await closeCleanly(meeting);
        expectEqual(meeting.lab.seen.unreadable, 0, "records that the server could not open");
      },
    }),
  ),
  {
    name: "sends what a source of early data says until the server's Finished",
    rules: ["4.6/1"],
    run: async (harness) => {
      const known = await withTicket(harness);
      const { source, trace } = latecomer("EncryptedExtensions");
      const meeting = await meetAgain(
        known,
        together(wanted, { client: { earlyData: source, trace }, chunking: byteByByte }),
      );
      await opened(meeting);
      await exchangeData(meeting);
      await closeCleanly(meeting);
      expectEqual(meeting.lab.seen.earlyData, both, "the early data");
      const { outcome, taken, returned } = meeting.client.earlyData ?? {};
      expectEqual([outcome, taken, returned?.length], ["accepted", both.length, 0], "what became of it");
    },
  },
  ...(
    [
      ["there is no session", { meanwhile: ({ sessions }) => void sessions.held.splice(0) }],
      ["the ticket allows none", { first: { server: { ticket: {} } } }],
      ["the ticket allows 0 bytes", { first: { server: { ticket: { maxEarlyDataSize: 0 } } } }],
      [
        "the session's protocol is not offered",
        {
          first: { client: { alpn: ["h2"] }, server: withAlpn("h2") },
          second: { client: { alpn: ["http/1.1"] } },
        },
      ],
      ["the session has no protocol, and one is offered", { second: { client: { alpn: ["h2"] } } }],
      [
        "the session's suite is not offered",
        {
          first: { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } },
          second: { client: { cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256"] } },
        },
      ],
    ] as readonly (readonly [string, Partial<ReturnRow>])[]
  ).map(([where, row]) =>
    returns({
      name: `offers no early data where ${where}`,
      rules: [...offerRules.slice(0, 2), ...(where === "there is no session" ? ["E.1/1"] : [])],
      ...row,
      first: together(plenty, row.first),
      second: together(wanted, row.second),
      check: (second) => {
        expectReturned(second, "not_offered");
        expectEqual(
          second.meeting.lab.context.hellos.some(({ body }) =>
            body.extensions.some(({ type }) => type === table.earlyData.type),
          ),
          false,
          "whether early_data is offered",
        );
      },
    }),
  ),
];
