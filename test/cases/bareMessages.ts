import { BareChannel, type InstalledSecret } from "../../lab/bareChannel.ts";
import { believer } from "../../lab/leafKey.ts";
import type { LabOptions } from "../../lab/options.ts";
import { after, alert, before, send, twice, waitFor, without } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import type { ClientOptions } from "../../src/connection/options.ts";
import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import type { CompletedHandshake } from "../../src/handshake/client/handshake.ts";
import { toHex } from "../../src/wire/bytes.ts";
import { TlsError, type TlsErrorCode } from "../../src/wire/error.ts";
import { type Case, expect, expectEqual, type Harness, rejection, within } from "./case.ts";
import { serverName } from "./meeting.ts";

interface BareMeeting {
  readonly channel: BareChannel;
  readonly lab: LabServer;
  readonly handshake: Promise<CompletedHandshake>;
}

/** Drives the handshake alone, over messages: there is no connection and no record. */
async function meetBarely(
  { library, provider, labProvider, credentials }: Harness,
  client: Partial<ClientOptions> = {},
  server: Partial<LabOptions> = {},
): Promise<BareMeeting> {
  const channel = new BareChannel();
  const lab = new LabServer(channel.server, {
    provider: labProvider,
    credentials: await credentials("P-256"),
    ...server,
  });
  const { parameters } = library.checkOptions(
    // RFC 9001 §8.4: no compatibility mode where there are no records.
    { serverName, verifier: believer, compatibility: false, ...client },
    provider,
  );
  const handshake = library.clientHandshake(channel.client, parameters);
  handshake.catch(() => {});
  return { channel, lab, handshake };
}

async function failsWith(meeting: BareMeeting, code: TlsErrorCode): Promise<TlsError> {
  const error = await within(`the handshake fails with ${code}`, rejection(meeting.handshake));
  expect(error instanceof TlsError, `it failed with ${String(error)}`);
  expectEqual(error.code, code, error.message);
  return error;
}

const order = (secrets: readonly InstalledSecret[]) =>
  secrets.map(({ direction, epoch }) => `${direction} ${epoch}`);

export const cases: readonly Case[] = [
  ...(Object.keys(cipherSuites) as CipherSuiteName[]).flatMap((suite) =>
    [false, true].map(
      (retry): Case => ({
        name: `completes a handshake over bare messages with ${suite}${retry ? ", a retry and a certificate request" : ""}`,
        rules: ["4.1/1", ...(retry ? ["4.1/2"] : [])],
        run: async (harness) => {
          const { channel, lab, handshake } = await meetBarely(
            harness,
            { cipherSuites: [suite], ...(retry ? { keyShares: [] } : {}) },
            { requestCertificate: retry },
          );
          const completed = await within("the client is done", handshake);
          const outcome = await within("the server is done", lab.outcome);
          if (lab.failure !== undefined) throw lab.failure;
          expectEqual(outcome, "opened", "what the server saw");
          expectEqual([completed.suite.name, completed.retried], [suite, retry], "what was agreed on");
          expectEqual(
            lab.seen.messages.map(({ name, epoch }) => `${name} ${epoch}`),
            [
              "ClientHello none",
              ...(retry ? ["ClientHello none", "Certificate handshake"] : []),
              "Finished handshake",
            ],
            "the client's messages",
          );
          expectEqual(
            order(channel.clientSecrets),
            ["write handshake", "read handshake", "read application", "write application"],
            "what the client installed",
          );
          // What one side reads with, the other writes with.
          for (const { direction, epoch, secret } of channel.clientSecrets) {
            const theirs = channel.serverSecrets.find(
              (one) => one.epoch === epoch && one.direction !== direction,
            );
            expect(theirs !== undefined, `the server did not install its half of ${epoch}`);
            expectEqual(toHex(secret), toHex(theirs.secret), `${direction} ${epoch}`);
          }
          expectEqual(
            toHex(completed.resumptionSecret),
            toHex(lab.context.resumptionSecret ?? new Uint8Array(0)),
            "the resumption secret",
          );
          const label = "EXPORTER-test";
          expectEqual(
            toHex(completed.exporter.export(label, new Uint8Array(3), 40)),
            toHex(lab.context.applicationSecrets.exporter.export(label, new Uint8Array(3), 40)),
            "exported keying material",
          );
          channel.close();
          await within("the server is at the end", lab.done);
        },
      }),
    ),
  ),
  {
    name: "refuses a wrong Finished over bare messages",
    rules: ["4.5.3/2"],
    run: async (harness) => {
      const bends = { messages: { Finished: () => ({ verifyData: new Uint8Array(32) }) } };
      const error = await failsWith(await meetBarely(harness, {}, { bends }), "bad_finished");
      expectEqual(error.alert, { name: "decrypt_error", direction: "sent" }, "the alert");
    },
  },
  {
    name: "refuses a message out of order over bare messages",
    rules: [],
    run: async (harness) => {
      for (const script of [
        twice("Certificate"),
        without("CertificateVerify"),
        before("Finished", send("KeyUpdate", { requestUpdate: 0 })),
      ]) {
        await failsWith(await meetBarely(harness, {}, { bends: { script } }), "unexpected_handshake_message");
      }
    },
  },
  {
    name: "changes keys only where nothing of the old ones is unread, over bare messages",
    rules: [],
    run: async (harness) => {
      const bends = { script: after("ServerHello", send("EncryptedExtensions", { extensions: [] })) };
      await failsWith(await meetBarely(harness, {}, { bends }), "key_change_inside_record");
    },
  },
  {
    name: "takes nothing under keys that it has replaced, over bare messages",
    rules: [],
    run: async (harness) => {
      let told = (): void => {};
      const replaced = new Promise<void>((resolve) => {
        told = resolve;
      });
      const keyLog = (line: string): void => {
        if (line.startsWith("SERVER_HANDSHAKE_TRAFFIC_SECRET ")) told();
      };
      const late = after("ServerHello", waitFor(replaced), send("EncryptedExtensions", { extensions: [] }));
      await failsWith(
        await meetBarely(harness, { keyLog }, { bends: { script: late } }),
        "key_change_inside_record",
      );
    },
  },
  {
    name: "fails at once where an alert comes while the verifier is at work, over bare messages",
    rules: [],
    run: async (harness) => {
      let ask = (): void => {};
      let signal: AbortSignal | undefined;
      const asked = new Promise<void>((resolve) => {
        ask = resolve;
      });
      const meeting = await meetBarely(
        harness,
        {
          verifier: (presented) => {
            signal = presented.signal;
            ask();
            return new Promise(() => {});
          },
        },
        { bends: { script: before("CertificateVerify", waitFor(asked), alert("internal_error")) } },
      );
      const error = await failsWith(meeting, "alert_received");
      expect(signal?.aborted === true && signal.reason === error, "the verifier's signal was not aborted");
    },
  },
];
