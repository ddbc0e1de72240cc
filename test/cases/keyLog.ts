import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import type { KeyLogLabel } from "../../src/handshake/keyLog.ts";
import { toHex } from "../../src/wire/bytes.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { meet, success } from "./meeting.ts";

const labels: readonly KeyLogLabel[] = [
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
  "EXPORTER_SECRET",
];

export const cases: readonly Case[] = [
  ...(Object.keys(cipherSuites) as CipherSuiteName[]).flatMap((suite) =>
    [false, true].map((retry) =>
      success({
        name: `logs all five secrets of ${suite}${retry ? " after a retry" : ""}, as the server has them`,
        rules: ["4.1/1", ...(retry ? ["4.1/2"] : [])],
        client: { cipherSuites: [suite], ...(retry ? { keyShares: [] } : {}) },
        check: ({ lab, keyLog }) => {
          const { context } = lab;
          const random = toHex(context.hello.body.random);
          const { client, server, exporter } = context.applicationSecrets;
          const secrets = [
            context.handshakeSecrets.client.secret,
            context.handshakeSecrets.server.secret,
            client.secret,
            server.secret,
            exporter.secret,
          ];
          expectEqual(
            keyLog,
            labels.map((label, i) => `${label} ${random} ${toHex(secrets[i] as Uint8Array)}`),
            "the key log",
          );
        },
      }),
    ),
  ),
  ...labels.map(
    (label): Case => ({
      name: `ends the handshake where the key log throws on ${label}`,
      rules: ["internal_error"],
      run: async (harness) => {
        const why = new Error("the disk is full");
        const { client, lab } = await meet(harness, {
          client: {
            keyLog: (line) => {
              if (line.startsWith(`${label} `)) throw why;
            },
          },
        });
        await within("the client is closed", client.closing);
        const { error } = client;
        expectEqual(
          [error?.code, error?.alert],
          ["internal_error", { name: "internal_error", direction: "sent" }],
          "the error",
        );
        expect(error?.cause === why, "the cause is another");
        expectEqual(client.told, ["failed", "closed"], "what the face was told");
        await within("the server saw the end", lab.done);
        expectEqual(
          lab.seen.alerts.map(({ level, name }) => ({ level, name })),
          [{ level: "fatal", name: "internal_error" }],
          "the client's alerts",
        );
      },
    }),
  ),
];
