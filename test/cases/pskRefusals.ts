import type { LabContext } from "../../lab/context.ts";
import type { Bends } from "../../lab/options.ts";
import { after, keys, receive, replaced, send } from "../../lab/script.ts";
import type { CipherSuiteName } from "../../src/crypto/cipherSuites.ts";
import { cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import type { ServerHello } from "../../src/messages/serverHello.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { versionName } from "../../src/wire/registry.ts";
import type { Case } from "./case.ts";
import { drop, made, put } from "./extensionEdits.ts";
import { type RefusalRow, refusal, refused, type Wishes } from "./meeting.ts";
import { acquaintance, meetAgain, together, visit } from "./returning.ts";
import { helloOnly, older } from "./versions.ts";

/** A server that the client refuses when it comes back with a session that allows early data. */
function refusesAgain({ name, rules, first, ...row }: RefusalRow & { readonly first?: Wishes }): Case {
  const { code, alert, under, says, mayOpen, check, ...wishes } = row;
  return {
    name,
    rules,
    run: async (harness) => {
      const known = acquaintance(harness);
      await visit(known, together({ server: { tickets: 1, ticket: { maxEarlyDataSize: 1000 } } }, first));
      const meeting = await meetAgain(known, wishes);
      await refused(meeting, row);
      await check?.(meeting);
    },
  };
}

const selecting = (index: number): Bends => ({
  messages: { ServerHello: (body) => put(body, made(table.preSharedKey, "ServerHello", index)) },
});
const takingEarlyData: Bends = {
  messages: {
    EncryptedExtensions: (body) => put(body, made(table.earlyData, "EncryptedExtensions", {})),
  },
};
/** It reads what it takes, so that it can read the alert as well: the client has no other keys to write with yet. */
const readingEarlyData: Bends = {
  ...takingEarlyData,
  script: [
    replaced("read handshake", keys("read", "early")),
    replaced("receive Finished", receive("EndOfEarlyData")),
  ],
};
const underSuite =
  (name: CipherSuiteName) =>
  (body: ServerHello): ServerHello => ({ ...body, cipherSuite: cipherSuites[name].code });

const early = fromAscii("early");
const sha256: CipherSuiteName = "TLS_AES_128_GCM_SHA256";
const external = { kind: "external", identity: early, key: new Uint8Array(32), hash: "SHA-256" } as const;
const otherExternal = { ...external, identity: fromAscii("other") };

export const cases: readonly Case[] = [
  refusal({
    name: "refuses a PSK where none was offered",
    rules: ["4.3/5"],
    bends: selecting(0),
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "none",
  }),
  ...[1, 2, 0xffff].map((index) =>
    refusesAgain({
      name: `refuses the PSK number ${index} of one`,
      rules: ["4.3.11/4"],
      bends: selecting(index),
      code: "selected_identity_out_of_range",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  refusesAgain({
    name: "refuses a PSK that the second hello has left out",
    rules: ["4.3/5"],
    first: { server: { cipherSuites: [sha256] } },
    server: { cipherSuites: ["TLS_AES_256_GCM_SHA384"], retry: { cookie: early } },
    bends: selecting(0),
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "none",
  }),
  refusesAgain({
    name: "refuses a PSK with a suite of another hash",
    rules: ["4.3.11/5"],
    first: { server: { cipherSuites: [sha256] } },
    server: { cipherSuites: [sha256] },
    bends: { messages: { ServerHello: underSuite("TLS_AES_256_GCM_SHA384") } },
    code: "psk_hash_mismatch",
    alert: "illegal_parameter",
    under: "none",
  }),
  refusesAgain({
    name: "refuses a PSK without a share",
    rules: ["4.3.11/6"],
    bends: { messages: { ServerHello: (body) => drop(body, table.keyShare.type) } },
    code: "psk_without_key_share",
    alert: "illegal_parameter",
    under: "none",
  }),
  refusesAgain({
    name: "refuses a server that does not know the PSK that it chose",
    rules: ["4.5.3/2"],
    client: { psks: [external] },
    server: { psks: [{ ...external }, otherExternal] },
    bends: {
      // It goes on without.
      script: replaced(
        "Finished",
        send("Finished", () => ({ verifyData: new Uint8Array(32) })),
      ),
    },
    code: "bad_finished",
    alert: "decrypt_error",
    under: "handshake",
  }),
  refusesAgain({
    name: "refuses a certificate where a PSK was chosen",
    rules: ["4/2"],
    bends: {
      script: replaced(
        "Finished",
        send("Certificate", (context: LabContext) => ({
          certificateRequestContext: new Uint8Array(0),
          certificateList: context.options.credentials.certificates.map((certData) => ({
            certData,
            extensions: [],
          })),
        })),
      ),
    },
    code: "unexpected_handshake_message",
    alert: "unexpected_message",
    under: "handshake",
  }),
  refusesAgain({
    name: "refuses a request for a certificate where a PSK was chosen",
    rules: ["4/2", "4.4.2/4"],
    bends: {
      script: replaced(
        "Finished",
        send("CertificateRequest", {
          certificateRequestContext: new Uint8Array(0),
          extensions: [made(table.signatureAlgorithms, "CertificateRequest", [0x0403])],
        }),
      ),
    },
    code: "unexpected_handshake_message",
    alert: "unexpected_message",
    under: "handshake",
  }),
  ...[0x0303, 0x0302].map((version) =>
    refusesAgain({
      name: `names ${versionName(version)} where a server answers early data with it, and does not fall back`,
      rules: ["E.3/1"],
      client: { earlyData: early },
      bends: {
        messages: { ServerHello: (hello) => older(hello, version) },
        // It reads on, to see the alert: no server of that version could.
        script: [helloOnly, after("ServerHello", keys("read", "early"))],
      },
      code: "tls13_not_negotiated",
      alert: "protocol_version",
      under: "early",
      says: new RegExp(versionName(version)),
    }),
  ),
  refusal({
    name: "refuses early data being taken where none was offered",
    rules: ["4.3/6"],
    bends: takingEarlyData,
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "handshake",
  }),
  refusesAgain({
    name: "refuses early data being taken with the second PSK",
    rules: ["4.3.11/7"],
    client: { psks: [external], earlyData: early },
    server: { psks: [external], selectPsk: 1 },
    bends: takingEarlyData,
    code: "early_data_not_first_psk",
    alert: "illegal_parameter",
    under: "handshake",
  }),
  refusesAgain({
    name: "refuses early data being taken with no PSK at all",
    rules: ["4.3.11/7"],
    client: { earlyData: early },
    server: { selectPsk: "decline" },
    bends: takingEarlyData,
    code: "early_data_not_first_psk",
    alert: "illegal_parameter",
    under: "handshake",
  }),
  refusesAgain({
    name: "refuses early data being taken after a retry",
    rules: ["4.3/6"],
    client: { earlyData: early },
    server: { retry: { cookie: early } },
    bends: takingEarlyData,
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "handshake",
  }),
  refusesAgain({
    name: "refuses early data being taken under another suite than the session's",
    rules: ["4.4.1/1"],
    first: { server: { cipherSuites: [sha256] } },
    client: { earlyData: early },
    server: { cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256"] },
    bends: readingEarlyData,
    code: "early_data_other_parameters",
    alert: "illegal_parameter",
    under: "early",
  }),
  ...(
    [
      ["another protocol than the session's", "h2"],
      ["no protocol", undefined],
    ] as const
  ).map(([what, alpn]) =>
    refusesAgain({
      name: `refuses early data being taken with ${what}`,
      rules: ["4.4.1/1"],
      first: { client: { alpn: ["h2", "http/1.1"] }, server: { alpn: "http/1.1" } },
      client: { alpn: ["h2", "http/1.1"], earlyData: early },
      server: alpn === undefined ? {} : { alpn },
      bends: readingEarlyData,
      code: "early_data_other_parameters",
      alert: "illegal_parameter",
      under: "early",
    }),
  ),
];
