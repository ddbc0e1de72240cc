import { after, data, replaced, send } from "../../lab/script.ts";
import { localFaults } from "../../src/wire/faults.ts";
import { misdeeds } from "../../src/wire/misdeeds.ts";
import { type Case, expect, expectEqual } from "./case.ts";
import { refusal } from "./meeting.ts";

const more = new Uint8Array(1000);

/** What holds for every refusal, shown once for each stage. */
export const cases: readonly Case[] = [
  refusal({
    name: "closes at once after its alert about a hello, and hears nothing that follows",
    rules: ["6.2/1", "6.2/3", "6.2/4", "6.2/6", "6/7"],
    bends: { messages: { ServerHello: (hello) => ({ ...hello, legacyCompressionMethod: 1 }) } },
    code: "compression_selected",
    alert: "illegal_parameter",
    under: "none",
    check: ({ transports, client, lab }) => {
      expectEqual(transports[0].endings, ["close"], "how the transport was ended");
      expectEqual(client.trace.at(-1)?.kind, "failed", "the last event");
      expectEqual(lab.seen.records.length, 2, "records: the hello, and the alert");
    },
  }),
  refusal({
    name: "closes at once after its alert about a message, and delivers no data that follows",
    rules: ["6.2/1", "6.2/3", "6.2/4", "6.2/6", "6/7"],
    bends: {
      script: [
        replaced("Finished", send("Finished", { verifyData: new Uint8Array(32) })),
        after("write application", data(more), data(more)),
      ],
    },
    client: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
    code: "bad_finished",
    alert: "decrypt_error",
    under: "handshake",
    check: ({ connection, transports, client, lab }) => {
      expectEqual(transports[0].endings, ["close"], "how the transport was ended");
      expectEqual(client.content.length, 0, "bytes delivered");
      const { length } = lab.seen.records;
      connection.write(more, () => {});
      connection.end();
      connection.close();
      expectEqual([lab.seen.records.length, client.told], [length, ["failed", "closed"]], "what came later");
    },
  }),
  {
    name: "has an alert that says what is wrong for every misdeed, and says general_error of none",
    rules: ["6.2/5", "6.2/8"],
    run: async () => {
      for (const [code, { alert }] of Object.entries(misdeeds)) {
        expect((alert as string) !== "general_error", `${code} has general_error`);
      }
      for (const [code, { alert }] of Object.entries(localFaults)) {
        expect((alert as string | null) !== "general_error", `${code} has general_error`);
      }
    },
  },
];
