// The handshakes of RFC 8448 (and two more), replayed to a client with the recorded keys: every byte that it sends is known.

import { believer } from "../../lab/leafKey.ts";
import type { Connection } from "../../src/connection/connection.ts";
import type { OfferedPsk, ResumableSession } from "../../src/handshake/client/pskOffer.ts";
import type { ClientIdentity } from "../../src/identity/clientIdentity.ts";
import { startPskStage } from "../../src/keyschedule/pskStage.ts";
import { decodeMessage } from "../../src/messages/handshake.ts";
import { type Bytes, concat, noBytes, toHex } from "../../src/wire/bytes.ts";
import { connectOver, type Observer } from "../connection/observer.ts";
import { helloOf } from "../connection/recordedHello.ts";
import { ScriptedTransport } from "../connection/scriptedTransport.ts";
import { recordsOf, type SecretName, type Trace, traceNamed } from "../replay/traces.ts";
import { type Case, expect, expectEqual, type Harness, within } from "./case.ts";

function expectSecrets(observer: Observer, trace: Trace, early = false): void {
  const wanted: readonly (readonly [string, SecretName])[] = [
    ...(early
      ? ([
          ["CLIENT_EARLY_TRAFFIC_SECRET", "clientEarlyTrafficSecret"],
          ["EARLY_EXPORTER_SECRET", "earlyExporterMasterSecret"],
        ] as const)
      : []),
    ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "clientHandshakeTrafficSecret"],
    ["SERVER_HANDSHAKE_TRAFFIC_SECRET", "serverHandshakeTrafficSecret"],
    ["CLIENT_TRAFFIC_SECRET_0", "clientApplicationTrafficSecret"],
    ["SERVER_TRAFFIC_SECRET_0", "serverApplicationTrafficSecret"],
    ["EXPORTER_SECRET", "exporterMasterSecret"],
  ];
  expectEqual(
    [...observer.secrets].sort(),
    [
      ["random", toHex(trace.clientRandom)],
      ...wanted.map(([label, name]) => [label, toHex(trace.secret(name))]),
    ].sort(),
    "the key log",
  );
}

/** The session that the ticket of the first trace gave. */
function resumable(trace: Trace): ResumableSession {
  return {
    kind: "resumption",
    identity: undefined,
    session: {
      cipherSuite: trace.suite.name,
      psk: () => trace.bytes("psk"),
      ticket: noBytes,
      ticketAgeAdd: 0,
      ticketLifetime: 30,
      receivedAt: 0,
      authenticatedAt: 0,
      maxEarlyDataSize: 1024,
      alpn: undefined,
      serverName: "server",
      certificate: undefined,
      clientAuthenticated: false,
    },
  };
}

/** The client's certificate, and a key that knows one signature, for what was signed then: RSASSA-PSS has a salt in it. */
function recordedIdentity(trace: Trace): ClientIdentity {
  const message = decodeMessage("Certificate", trace.bytes("messageClientCertificate"));
  return {
    certificates: message.certificateList.map(({ certData }) => certData),
    schemes: ["rsa_pss_rsae_sha256"],
    sign: (_, content) => {
      expectEqual(toHex(content), toHex(trace.bytes("clientCertificateVerifyContent")), "what is signed");
      return trace.bytes("clientSignature");
    },
  };
}

type Cut = (bytes: Bytes) => readonly Bytes[];

/** How the bytes of the server come: each flight in one read, a read for each record, or a byte at a time. */
const arrivals: readonly (readonly [string, Cut])[] = [
  ["a flight at a time", (bytes) => [bytes]],
  ["a record at a time", recordsOf],
  ["a byte at a time", (bytes) => Array.from(bytes, (byte) => new Uint8Array([byte]))],
];

interface Replay {
  readonly transport: ScriptedTransport;
  readonly connection: Connection;
  readonly observer: Observer;
  /** What the client sends next is this, to the byte. */
  sends(...fields: readonly string[]): Promise<void>;
  gets(field: string): void;
}

interface Extras {
  readonly psks?: readonly OfferedPsk[];
  readonly earlyData?: Bytes | undefined;
  readonly identity?: ClientIdentity;
}

function replay({ provider }: Harness, trace: Trace, cut: Cut, extras: Extras = {}): Replay {
  const { psks = [], earlyData, identity } = extras;
  const transport = new ScriptedTransport();
  const { connection, observer } = connectOver(transport, {
    provider,
    verifier: believer,
    with: { hello: helloOf(trace, provider, psks), identity },
    earlyData,
  });
  const expected: Bytes[] = [];
  return {
    transport,
    connection,
    observer,
    sends: async (...fields) => {
      expected.push(...fields.map(trace.bytes));
      const wanted = concat(...expected);
      const written = await within(
        `${fields.join(" and ")} was sent`,
        Promise.race([transport.untilWritten(wanted.length), failureOf(observer)]),
      );
      expectEqual(toHex(written), toHex(wanted), "what was sent");
    },
    gets: (field) => {
      for (const piece of cut(trace.bytes(field))) transport.deliver(piece);
    },
  };
}

/** Rejects once a connection has failed, so that no wait for bytes is in vain. */
async function failureOf(observer: Observer): Promise<never> {
  await observer.until(() => observer.error !== undefined);
  throw observer.error;
}

/** Application data as it was recorded, both ways. */
async function exchange({ connection, observer, sends, gets }: Replay, trace: Trace): Promise<void> {
  connection.write(trace.bytes("clientApplicationData"), () => {});
  await sends("recordClientAppData");
  gets("recordServerAppData");
  await within(
    "the data came",
    observer.until(() => observer.content.length > 0),
  );
  expectEqual(toHex(observer.content), toHex(trace.bytes("serverApplicationData")), "the data");
}

async function close({ connection, sends, gets, observer, transport }: Replay): Promise<void> {
  connection.end();
  await sends("recordClientCloseNotify");
  expect(!observer.told.includes("ended"), "the end was told before it came");
  gets("recordServerCloseNotify");
  await within("it is closed", observer.closing);
  expectEqual(
    observer.told.filter((told) => told !== "data"),
    ["opened", "ended", "closed"],
    "what was told",
  );
  expectEqual(
    transport.calls.filter((call) => call !== "resume"),
    ["end", "close"],
    "what was done with the transport",
  );
}

const fullHandshakes = ["simple-1rtt", "hello-retry-request", "middlebox-compatibility"];

async function fullHandshake(harness: Harness, name: string, cut: Cut): Promise<void> {
  const trace = traceNamed(name);
  const replayed = replay(harness, trace, cut);
  const { observer, sends, gets } = replayed;
  await sends("recordClientHello1");
  if (trace.has("recordHelloRetryRequest")) {
    gets("recordHelloRetryRequest");
    await sends("recordClientHello2");
  }
  gets("recordServerHello");
  gets("recordServerHandshakeMessages");
  await sends("recordClientFinished");
  const { resumptionSecret, retried, suite, group } = await within("it is open", observer.opening);
  expectEqual(
    { retried, suite: suite.name, group },
    { retried: trace.has("recordHelloRetryRequest"), suite: trace.suite.name, group: trace.group },
    "what was agreed",
  );
  expectSecrets(observer, trace);
  expectEqual(
    toHex(resumptionSecret),
    toHex(trace.secret("resumptionMasterSecret")),
    "the resumption secret",
  );
  if (trace.has("recordNewSessionTicket")) {
    gets("recordNewSessionTicket");
    await exchange(replayed, trace);
    const ticket = observer.trace.find(
      (event) => event.kind === "message" && event.name === "NewSessionTicket",
    );
    expect(ticket?.kind === "message", "the trace has no ticket");
    expectEqual(toHex(ticket.bytes), toHex(trace.bytes("newSessionTicket")), "the ticket");
  }
  await close(replayed);
}

const pskHandshakes: readonly (readonly [string, (trace: Trace) => OfferedPsk["psk"]])[] = [
  ["resumed-0rtt", resumable],
  [
    "external-psk",
    (trace) => ({
      kind: "external",
      identity: trace.text("pskIdentity"),
      key: trace.bytes("psk"),
      hash: trace.suite.hash,
    }),
  ],
];

async function pskHandshake(
  harness: Harness,
  name: string,
  pskOf: (trace: Trace) => OfferedPsk["psk"],
  cut: Cut,
): Promise<void> {
  const trace = traceNamed(name);
  const psk = pskOf(trace);
  const { hash } = trace.suite;
  const stage = startPskStage(harness.provider.hashes[hash], trace.bytes("psk"), psk.kind);
  const early = trace.has("clientEarlyData") ? trace.bytes("clientEarlyData") : undefined;
  const replayed = replay(harness, trace, cut, { psks: [{ psk, hash, stage }], earlyData: early });
  const { observer, sends, gets } = replayed;
  await sends("recordClientHello1", ...(early === undefined ? [] : ["recordClientEarlyAppData"]));
  gets("recordServerHello");
  gets("recordServerHandshakeMessages");
  await sends("recordClientFinished");
  const { resumptionSecret, server, earlyData } = await within("it is open", observer.opening);
  expectEqual(server.kind, psk.kind, "how the server authenticated itself");
  expectEqual(earlyData, early && "accepted", "the early data");
  expectSecrets(observer, trace, early !== undefined);
  expectEqual(
    toHex(resumptionSecret),
    toHex(trace.secret("resumptionMasterSecret")),
    "the resumption secret",
  );
  await exchange(replayed, trace);
  await close(replayed);
}

async function clientAuthentication(harness: Harness, cut: Cut): Promise<void> {
  const trace = traceNamed("client-authentication");
  const identity = recordedIdentity(trace);
  const replayed = replay(harness, trace, cut, { identity });
  const { observer, sends, gets } = replayed;
  await sends("recordClientHello1");
  gets("recordServerHello");
  gets("recordServerHandshakeMessages");
  await sends("recordClientFinished");
  const { certificateRequested, clientIdentity, resumptionSecret } = await within(
    "it is open",
    observer.opening,
  );
  expect(certificateRequested && clientIdentity === identity, "the identity was not shown");
  expectSecrets(observer, trace);
  expectEqual(
    toHex(resumptionSecret),
    toHex(trace.secret("resumptionMasterSecret")),
    "the resumption secret",
  );
  await close(replayed);
}

export const cases: readonly Case[] = arrivals.flatMap(([how, cut]) => [
  ...fullHandshakes.map((name) => ({
    name: `${name}, ${how}: every byte that the client sends`,
    rules: ["4.1/1", "4.1/2", "5.1/14", "5.1/18", "5.1/19", "5.3/1", "6.1/2"],
    run: (harness: Harness) => fullHandshake(harness, name, cut),
  })),
  ...pskHandshakes.map(([name, pskOf]) => ({
    name: `${name}, ${how}: every byte that the client sends`,
    rules: ["4.3.10/3", "4.3.11.2/1", "4.6/1"],
    run: (harness: Harness) => pskHandshake(harness, name, pskOf, cut),
  })),
  {
    name: `client-authentication, ${how}: every byte that the client sends`,
    rules: ["4.5.2/1", "4.5.2/2", "4.5.2/3", "5.1/18", "5.1/19"],
    run: (harness: Harness) => clientAuthentication(harness, cut),
  },
]);
