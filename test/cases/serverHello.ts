import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { encodeMessage } from "../../src/messages/handshake.ts";
import { helloRetryRequestRandom, type ServerHello } from "../../src/messages/serverHello.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { type Case, expectEqual } from "./case.ts";
import { append, drop, made, put } from "./extensionEdits.ts";
import { refusal, success } from "./meeting.ts";

const { keyShare, cookie, preSharedKey } = table;

const sessionIds: readonly (readonly [what: string, change: (id: Bytes) => Bytes])[] = [
  ["of other bytes", (id) => id.map((byte) => byte ^ 1)],
  ["that differs in its last bit", (id) => id.with(31, (id[31] as number) ^ 1) as Bytes],
  ["that is empty", () => new Uint8Array(0)],
  ["that is cut short", (id) => id.slice(0, 31)],
];

const suites: readonly number[] = [0x1302, 0x1304, 0x1305, 0xc02f, 0x0a0a, 0x0000, 0x00ff];
const hex = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;

/** Both hellos are checked by the same rules: [4.2.3] for ServerHello, [4.2.4] for HelloRetryRequest. */
const hellos = [
  {
    host: "ServerHello",
    client: {},
    bend: (change: (hello: ServerHello) => ServerHello | Bytes) => ({ ServerHello: change }),
    sessionId: "4.2.3/2",
    suite: "4.2.3/3",
    compression: "4.2.3/4",
  },
  {
    host: "HelloRetryRequest",
    client: { keyShares: [] },
    bend: (change: (hello: ServerHello) => ServerHello | Bytes) => ({ HelloRetryRequest: change }),
    sessionId: "4.2.4/3",
    suite: "4.2.4/4",
    compression: "4.2.4/5",
  },
] as const;

const oneSuite: readonly CipherSuiteName[] = ["TLS_AES_128_GCM_SHA256"];

export const cases: readonly Case[] = [
  ...hellos.flatMap(({ host, client, bend, sessionId, suite, compression }) => [
    ...sessionIds.map(([what, change]) =>
      refusal({
        name: `refuses a session id ${what} in ${host}`,
        rules: [sessionId],
        client,
        bends: {
          messages: bend((hello) => ({ ...hello, legacySessionIdEcho: change(hello.legacySessionIdEcho) })),
        },
        code: "session_id_not_echoed",
        alert: "illegal_parameter",
        under: "none",
      }),
    ),
    refusal({
      name: `refuses a session id in ${host} where none was sent`,
      rules: [sessionId],
      client: { ...client, compatibility: false },
      bends: { messages: bend((hello) => ({ ...hello, legacySessionIdEcho: new Uint8Array(32) })) },
      code: "session_id_not_echoed",
      alert: "illegal_parameter",
      under: "none",
    }),
    refusal({
      name: `refuses a session id of 33 bytes in ${host}`,
      rules: ["6/10"],
      client,
      bends: { messages: bend((hello) => ({ ...hello, legacySessionIdEcho: new Uint8Array(33) })) },
      code: "malformed_message",
      alert: "decode_error",
      under: "none",
    }),
    ...suites.map((code) =>
      refusal({
        name: `refuses the suite ${hex(code)} in ${host}, which was not offered`,
        rules: [suite],
        client: { ...client, cipherSuites: oneSuite },
        bends: { messages: bend((hello) => ({ ...hello, cipherSuite: code })) },
        code: "cipher_suite_not_offered",
        alert: "illegal_parameter",
        under: "none",
      }),
    ),
    ...[1, 64, 255].map((legacyCompressionMethod) =>
      refusal({
        name: `refuses the compression method ${legacyCompressionMethod} in ${host}`,
        rules: [compression],
        client,
        bends: { messages: bend((hello) => ({ ...hello, legacyCompressionMethod })) },
        code: "compression_selected",
        alert: "illegal_parameter",
        under: "none",
      }),
    ),
    refusal({
      name: `misses the extensions field of a TLS 1.3 ${host}`,
      rules: ["4.2.4/1"],
      client,
      bends: {
        messages: bend((hello) => {
          const bytes = encodeMessage("ServerHello", { ...hello, extensions: [] }).bytes.slice(0, -2);
          bytes[3] = (bytes[3] as number) - 2;
          return bytes;
        }),
      },
      code: "missing_supported_versions",
      alert: "missing_extension",
      under: "none",
    }),
  ]),
  ...(Object.keys(cipherSuites) as CipherSuiteName[]).flatMap((retried) =>
    (Object.keys(cipherSuites) as CipherSuiteName[])
      .filter((name) => name !== retried)
      .map((name) =>
        refusal({
          name: `refuses ${name} after a retry with ${retried}`,
          rules: ["4.2.4/11"],
          client: { keyShares: [] },
          server: { cipherSuites: [retried] },
          bends: {
            messages: { ServerHello: (hello) => ({ ...hello, cipherSuite: cipherSuites[name].code }) },
          },
          code: "cipher_suite_changed_after_retry",
          alert: "illegal_parameter",
          under: "none",
        }),
      ),
  ),
  refusal({
    name: "misses key_share in ServerHello",
    rules: ["4.3.9/2"],
    bends: { messages: { ServerHello: (hello) => drop(hello, keyShare.type) } },
    code: "missing_key_share",
    alert: "missing_extension",
    under: "none",
  }),
  refusal({
    name: "misses key_share in ServerHello after a retry",
    rules: ["4.3.9/2"],
    client: { keyShares: [] },
    bends: { messages: { ServerHello: (hello) => drop(hello, keyShare.type) } },
    code: "missing_key_share",
    alert: "missing_extension",
    under: "none",
  }),
  refusal({
    name: "refuses a cookie in ServerHello",
    rules: ["4.3/5"],
    bends: {
      messages: {
        ServerHello: (hello) => append(hello, made(cookie, "HelloRetryRequest", new Uint8Array(4))),
      },
    },
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "none",
  }),
  refusal({
    name: "refuses a cookie in ServerHello even where a second hello brought one",
    rules: ["4.3/9"],
    server: { retry: { cookie: new Uint8Array(4) } },
    bends: {
      messages: {
        ServerHello: (hello) => append(hello, made(cookie, "HelloRetryRequest", new Uint8Array(4))),
      },
    },
    code: "misplaced_extension",
    alert: "illegal_parameter",
    under: "none",
  }),
  refusal({
    name: "refuses a PSK that was not offered",
    rules: ["4.3/5"],
    bends: {
      messages: { ServerHello: (hello) => append(hello, made(preSharedKey, "ServerHello", 0)) },
    },
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "none",
  }),
  success({
    name: "takes the extensions of ServerHello in any order",
    rules: ["4.3/10"],
    bends: {
      messages: { ServerHello: (hello) => ({ ...hello, extensions: hello.extensions.toReversed() }) },
    },
  }),
  success({
    name: "takes the extensions of HelloRetryRequest in any order",
    rules: ["4.3/10"],
    client: { keyShares: [] },
    server: { retry: { group: "secp256r1", cookie: new Uint8Array([9]) } },
    bends: {
      messages: { HelloRetryRequest: (hello) => ({ ...hello, extensions: hello.extensions.toReversed() }) },
    },
    check: (_, { retried, group }) => expectEqual([retried, group], [true, "secp256r1"], "the retry"),
  }),
  refusal({
    name: "takes a server_hello with the retry's random for a retry, whatever else it holds",
    rules: ["4.2.3/5", "4.2.3/6"],
    bends: { messages: { ServerHello: (hello) => ({ ...hello, random: helloRetryRequestRandom }) } },
    // The share of a ServerHello is longer than the group of a HelloRetryRequest.
    code: "trailing_bytes",
    alert: "decode_error",
    under: "none",
  }),
  refusal({
    name: "takes a server_hello with any other random for a ServerHello",
    rules: ["4.2.3/5", "4.2.3/6"],
    client: { keyShares: [] },
    bends: {
      messages: {
        HelloRetryRequest: (hello) => ({
          ...hello,
          random: helloRetryRequestRandom.with(31, 0) as Bytes,
        }),
      },
    },
    code: "malformed_message",
    alert: "decode_error",
    under: "none",
  }),
  refusal({
    name: "finds the version before the suite, and the suite before the extensions",
    rules: ["4.3.1/4"],
    bends: {
      messages: {
        ServerHello: (hello) => ({
          ...put(drop(hello, keyShare.type), made(table.supportedVersions, "ServerHello", 0x0305)),
          cipherSuite: 0x00ff,
        }),
      },
    },
    code: "selected_version_not_offered",
    alert: "illegal_parameter",
    under: "none",
  }),
];
