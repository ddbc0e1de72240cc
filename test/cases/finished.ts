import type { LabContext } from "../../lab/context.ts";
import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { finishedVerifyData } from "../../src/keyschedule/trafficSecret.ts";
import { type Bytes, concat } from "../../src/wire/bytes.ts";
import { type Case, expectEqual } from "./case.ts";
import { refusal, success } from "./meeting.ts";

const flip = (bytes: Bytes, index: number): Bytes =>
  bytes.with(index, (bytes.at(index) as number) ^ 0x80) as Bytes;

const wrong: readonly (readonly [what: string, change: (verifyData: Bytes, context: LabContext) => Bytes])[] =
  [
    ["with another first bit", (data) => flip(data, 0)],
    ["with another last byte", (data) => flip(data, -1)],
    ["of zeros", (data) => new Uint8Array(data.length)],
    ["that is empty", () => new Uint8Array(0)],
    ["that is cut short", (data) => data.slice(0, -1)],
    ["with a byte behind it", (data) => concat(data, new Uint8Array(1))],
    ["of 12 bytes, as in TLS 1.2", (data) => data.slice(0, 12)],
    [
      "made with the client's key",
      (_, context) => finishedVerifyData(context.handshakeSecrets.client, context.transcriptHash()),
    ],
    [
      "over the transcript without CertificateVerify",
      (_, context) =>
        finishedVerifyData(
          context.handshakeSecrets.server,
          context.hash.digest(concat(...context.transcript.slice(0, -1))),
        ),
    ],
    [
      "over the transcript without the hello",
      (_, context) =>
        finishedVerifyData(
          context.handshakeSecrets.server,
          context.hash.digest(concat(...context.transcript.slice(1))),
        ),
    ],
  ];

export const cases: readonly Case[] = [
  ...(Object.keys(cipherSuites) as CipherSuiteName[]).flatMap((suite) =>
    wrong.map(([what, change]) =>
      refusal({
        name: `refuses verify_data ${what}, with ${suite}`,
        rules: ["4.5.3/1", "4.5.3/2"],
        client: { cipherSuites: [suite] },
        bends: {
          messages: { Finished: ({ verifyData }, context) => ({ verifyData: change(verifyData, context) }) },
        },
        code: "bad_finished",
        alert: "decrypt_error",
        under: "handshake",
      }),
    ),
  ),
  refusal({
    name: "refuses a transcript without the retry in it",
    rules: ["4.5.3/2"],
    client: { keyShares: [] },
    bends: {
      messages: {
        Finished: (_, context) => ({
          verifyData: finishedVerifyData(
            context.handshakeSecrets.server,
            context.hash.digest(concat(...context.transcript.slice(2))),
          ),
        }),
      },
    },
    code: "bad_finished",
    alert: "decrypt_error",
    under: "handshake",
  }),
  success({
    name: "sends its own Finished under the handshake keys, and all that follows under the application's",
    rules: ["2/1", "4.5.3/4", "5.3/1", "5.1/7"],
    check: async ({ connection, lab }) => {
      connection.write(new Uint8Array([1, 2, 3]), () => {});
      await lab.seen.until(() => lab.seen.data.length === 3);
      const [finished] = lab.seen.named("Finished");
      expectEqual(finished?.epoch, "handshake", "the keys of Finished");
      const sealed = lab.seen.records.filter(({ epoch }) => epoch !== "none");
      expectEqual(
        sealed.map(({ epoch, sequence, type }) => [epoch, sequence, type]),
        [
          ["handshake", 0, 22],
          ["application", 0, 23],
        ],
        "the protected records",
      );
    },
  }),
];
