import { describe, expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import type { OfferedPsk, ResumableSession } from "../../src/handshake/client/pskOffer.ts";
import type { ClientIdentity } from "../../src/identity/clientIdentity.ts";
import { startPskStage } from "../../src/keyschedule/pskStage.ts";
import { decodeMessage } from "../../src/messages/handshake.ts";
import { type Bytes, concat, noBytes, toHex } from "../../src/wire/bytes.ts";
import { connectOver, type Observer } from "../connection/observer.ts";
import { helloOf } from "../connection/replayed.ts";
import { ScriptedTransport } from "../connection/scriptedTransport.ts";
import { providers } from "../crypto/providers.ts";
import { recordsOf, type SecretName, type Trace, traceNamed } from "./traces.ts";

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
  expect(Object.fromEntries(observer.secrets)).toEqual({
    random: toHex(trace.clientRandom),
    ...Object.fromEntries(wanted.map(([label, name]) => [label, toHex(trace.secret(name))])),
  });
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
      expect(toHex(content)).toBe(toHex(trace.bytes("clientCertificateVerifyContent")));
      return trace.bytes("clientSignature");
    },
  };
}

/** How the bytes of the server come: each flight in one read, a read for each record, or a byte at a time. */
const arrivals: readonly (readonly [string, (bytes: Bytes) => readonly Bytes[]])[] = [
  ["a flight at a time", (bytes) => [bytes]],
  ["a record at a time", recordsOf],
  ["a byte at a time", (bytes) => Array.from(bytes, (byte) => new Uint8Array([byte]))],
];

const pairs = providers.filter(([name]) => name !== "portable");

describe.each(pairs)("%s provider", (_, provider) => {
  describe.each(arrivals)("%s", (_, cut) => {
    function replay(
      trace: Trace,
      psks: readonly OfferedPsk[] = [],
      earlyData?: Bytes,
      identity?: ClientIdentity,
    ) {
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
        /** What the client sends next is this, to the byte. */
        async sends(...fields: readonly string[]): Promise<void> {
          expected.push(...fields.map(trace.bytes));
          const wanted = concat(...expected);
          const written = await transport.untilWritten(wanted.length);
          expect(toHex(written)).toBe(toHex(wanted));
        },
        gets(field: string): void {
          for (const piece of cut(trace.bytes(field))) transport.deliver(piece);
        },
      };
    }

    test.each(["simple-1rtt", "hello-retry-request", "middlebox-compatibility"])(
      "%s, every byte that the client sends [4.1/1, 4.1/2, 5.1/14, 5.1/18, 5.1/19, 5.3/1, 6.1/2]",
      async (name) => {
        const trace = traceNamed(name);
        const { transport, connection, observer, sends, gets } = replay(trace);
        await sends("recordClientHello1");
        if (trace.has("recordHelloRetryRequest")) {
          gets("recordHelloRetryRequest");
          await sends("recordClientHello2");
        }
        gets("recordServerHello");
        gets("recordServerHandshakeMessages");
        await sends("recordClientFinished");
        const { resumptionSecret, retried, suite, group } = await observer.opening;
        expect({ retried, suite: suite.name, group }).toEqual({
          retried: trace.has("recordHelloRetryRequest"),
          suite: trace.suite.name,
          group: trace.group,
        });
        expectSecrets(observer, trace);
        expect(toHex(resumptionSecret)).toBe(toHex(trace.secret("resumptionMasterSecret")));

        if (trace.has("recordNewSessionTicket")) {
          gets("recordNewSessionTicket");
          connection.write(trace.bytes("clientApplicationData"), () => {});
          await sends("recordClientAppData");
          gets("recordServerAppData");
          await observer.until(() => observer.content.length > 0);
          expect(toHex(observer.content)).toBe(toHex(trace.bytes("serverApplicationData")));
          const ticket = observer.trace.find(
            (event) => event.kind === "message" && event.name === "NewSessionTicket",
          );
          expect(ticket).toMatchObject({ bytes: trace.bytes("newSessionTicket") });
        }
        connection.end();
        await sends("recordClientCloseNotify");
        expect(observer.told).not.toContain("ended");
        gets("recordServerCloseNotify");
        await observer.closing;
        expect(observer.told.filter((told) => told !== "data")).toEqual(["opened", "ended", "closed"]);
        expect(transport.calls.filter((call) => call !== "resume")).toEqual(["end", "close"]);
      },
    );

    const pskTraces: readonly (readonly [string, (trace: Trace) => OfferedPsk["psk"]])[] = [
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
    test.each(pskTraces)(
      "%s, every byte that the client sends [4.3.10/3, 4.3.11.2/1, 4.6/1]",
      async (name, pskOf) => {
        const trace = traceNamed(name);
        const psk = pskOf(trace);
        const { hash } = trace.suite;
        const stage = startPskStage(provider.hashes[hash], trace.bytes("psk"), psk.kind);
        const early = trace.has("clientEarlyData") ? trace.bytes("clientEarlyData") : undefined;
        const { connection, observer, sends, gets } = replay(trace, [{ psk, hash, stage }], early);
        await sends("recordClientHello1", ...(early === undefined ? [] : ["recordClientEarlyAppData"]));
        gets("recordServerHello");
        gets("recordServerHandshakeMessages");
        await sends("recordClientFinished");
        const { resumptionSecret, server, earlyData } = await observer.opening;
        expect(server.kind).toBe(psk.kind);
        expect(earlyData).toBe(early && "accepted");
        expectSecrets(observer, trace, early !== undefined);
        expect(toHex(resumptionSecret)).toBe(toHex(trace.secret("resumptionMasterSecret")));
        connection.write(trace.bytes("clientApplicationData"), () => {});
        await sends("recordClientAppData");
        gets("recordServerAppData");
        await observer.until(() => observer.content.length > 0);
        expect(toHex(observer.content)).toBe(toHex(trace.bytes("serverApplicationData")));
        connection.end();
        await sends("recordClientCloseNotify");
        gets("recordServerCloseNotify");
        await observer.closing;
      },
    );

    test("client-authentication, every byte that the client sends [4.5.2/1, 4.5.2/2, 4.5.2/3, 5.1/18, 5.1/19]", async () => {
      const trace = traceNamed("client-authentication");
      const identity = recordedIdentity(trace);
      const { transport, connection, observer, sends, gets } = replay(trace, [], undefined, identity);
      await sends("recordClientHello1");
      gets("recordServerHello");
      gets("recordServerHandshakeMessages");
      await sends("recordClientFinished");
      const { certificateRequested, clientIdentity, resumptionSecret } = await observer.opening;
      expect(certificateRequested).toBe(true);
      expect(clientIdentity).toBe(identity);
      expectSecrets(observer, trace);
      expect(toHex(resumptionSecret)).toBe(toHex(trace.secret("resumptionMasterSecret")));
      connection.end();
      await sends("recordClientCloseNotify");
      gets("recordServerCloseNotify");
      await observer.closing;
      expect(transport.calls.filter((call) => call !== "resume")).toEqual(["end", "close"]);
    });
  });
});
