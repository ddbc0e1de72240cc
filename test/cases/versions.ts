import { alert, upTo, without } from "../../lab/script.ts";
import { makeHello } from "../../src/handshake/client/clientHello.ts";
import type { HelloSource } from "../../src/handshake/client/parameters.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { decodeMessage, encodeMessage } from "../../src/messages/handshake.ts";
import type { ServerHello } from "../../src/messages/serverHello.ts";
import { type Bytes, concat, fromHex } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { versionName } from "../../src/wire/registry.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { append, drop, made, put, rawExtension, unknownType } from "./extensionEdits.ts";
import { meet, refusal } from "./meeting.ts";

const { supportedVersions, keyShare } = table;
/** TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: a suite of TLS 1.2's. */
const oldSuite = 0xc02f;

/** What a server of an older version answers. */
export function older(hello: ServerHello, legacyVersion = 0x0303): ServerHello {
  return { ...hello, legacyVersion, cipherSuite: oldSuite, extensions: [] };
}

const withEnd = (hello: ServerHello, ending: string): ServerHello => ({
  ...hello,
  random: concat(hello.random.subarray(0, 24), fromHex(ending)),
});

/** The body without its extensions field, as RFC 5246 allows. */
function withoutBlock(hello: ServerHello): Bytes {
  const { bytes } = encodeMessage("ServerHello", { ...hello, extensions: [] });
  const shorter = bytes.slice(0, -2);
  shorter[3] = (shorter[3] as number) - 2;
  return shorter;
}

/** Nothing of the handshake but a hello. */
export const helloOnly = upTo("ServerHello");

/** A hello that offers versions which this client never offers by itself. */
function offeringVersions(...versions: readonly number[]): HelloSource {
  return async (parameters, retry) => {
    const first = await makeHello(parameters, retry);
    const body = decodeMessage("ClientHello", first.message.bytes);
    const offer = put(body, made(supportedVersions, "ClientHello", versions));
    return { ...first, message: encodeMessage("ClientHello", offer) };
  };
}

const olderVersions = [0x0303, 0x0302, 0x0301, 0x0300];
const sentinels: readonly (readonly [id: string, text: string, ending: string])[] = [
  ["4.2.3/7", "TLS 1.2", "444f574e47524401"],
  ["4.2.3/8", "an older version", "444f574e47524400"],
];

export const cases: readonly Case[] = [
  // An older version
  ...olderVersions.flatMap((version) => [
    refusal({
      name: `names ${versionName(version)} where a server answers with it`,
      rules: ["E.1/2", ...(version < 0x0303 ? ["E.5/1"] : []), "tls13_not_negotiated"],
      bends: { messages: { ServerHello: (hello) => older(hello, version) }, script: helloOnly },
      code: "tls13_not_negotiated",
      alert: "protocol_version",
      under: "none",
      says: new RegExp(versionName(version)),
    }),
    refusal({
      name: `names ${versionName(version)} where the server's hello has no extensions field at all`,
      rules: ["4.3.1/4", "E.1/2"],
      bends: { messages: { ServerHello: (hello) => withoutBlock(older(hello, version)) }, script: helloOnly },
      code: "tls13_not_negotiated",
      alert: "protocol_version",
      under: "none",
      says: new RegExp(versionName(version)),
    }),
    ...sentinels.map(([id, text, ending]) =>
      refusal({
        name: `calls ${versionName(version)} a downgrade where the random ends as for ${text}`,
        rules: [id],
        bends: {
          messages: { ServerHello: (hello) => withEnd(older(hello, version), ending) },
          script: helloOnly,
        },
        code: "downgrade_detected",
        alert: "illegal_parameter",
        under: "none",
        says: new RegExp(versionName(version)),
      }),
    ),
  ]),
  refusal({
    name: "looks at the version before anything else that an older hello breaks",
    rules: ["4.3.1/4", "E.1/2"],
    bends: {
      messages: {
        ServerHello: (hello) => ({
          ...older(hello),
          legacySessionIdEcho: new Uint8Array(32).fill(7),
          legacyCompressionMethod: 1,
          extensions: [rawExtension(0xff01, [0]), rawExtension(23), rawExtension(unknownType)],
        }),
      },
      script: helloOnly,
    },
    code: "tls13_not_negotiated",
    alert: "protocol_version",
    under: "none",
  }),
  ...(["protocol_version", "handshake_failure"] as const).map(
    (name): Case => ({
      name: `says what the server seems to speak where it answers with ${name}`,
      rules: ["6/2", "6/3", "6.2/2"],
      run: async (harness) => {
        const { client, lab } = await meet(harness, {
          bends: { script: [() => [alert(name)]] },
        });
        await within("the client is closed", client.closing);
        const { error } = client;
        expect(error instanceof TlsError, "no error");
        expectEqual(
          [error.code, error.alert],
          ["alert_received", { name, direction: "received" }],
          "the error",
        );
        expect(/older versions/.test(error.message), `the error says: ${error.message}`);
        await within("the server saw the end", lab.done);
        expectEqual(lab.seen.alerts, [], "alerts of the client's");
      },
    }),
  ),

  // A TLS 1.3 hello without supported_versions
  refusal({
    name: "misses supported_versions in a hello with a TLS 1.3 suite",
    rules: ["4.2.4/1"],
    bends: {
      messages: { ServerHello: (hello) => drop(hello, supportedVersions.type, keyShare.type) },
      script: helloOnly,
    },
    code: "missing_supported_versions",
    alert: "missing_extension",
    under: "none",
  }),
  refusal({
    name: "misses supported_versions in a hello with a key_share",
    rules: ["4.2.4/1"],
    bends: {
      messages: {
        ServerHello: (hello) => ({ ...drop(hello, supportedVersions.type), cipherSuite: oldSuite }),
      },
      script: helloOnly,
    },
    code: "missing_supported_versions",
    alert: "missing_extension",
    under: "none",
  }),
  refusal({
    name: "misses supported_versions in a HelloRetryRequest, whatever its suite",
    rules: ["4.2.4/1"],
    client: { keyShares: [] },
    bends: {
      messages: {
        HelloRetryRequest: (hello) => ({
          ...drop(hello, supportedVersions.type, keyShare.type),
          cipherSuite: oldSuite,
        }),
      },
    },
    code: "missing_supported_versions",
    alert: "missing_extension",
    under: "none",
  }),

  // Another version selected
  ...[0x0305, 0x0500, 0x7f1c, 0x0a0a, 0x0000].map((version) =>
    refusal({
      name: `refuses the version ${versionName(version)}, which was not offered`,
      rules: ["4.3.1/7"],
      bends: {
        messages: { ServerHello: (hello) => put(hello, made(supportedVersions, "ServerHello", version)) },
      },
      code: "selected_version_not_offered",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  ...olderVersions.map((version) =>
    refusal({
      name: `refuses ${versionName(version)} in supported_versions`,
      rules: ["4.3.1/8", "4.3.1/5", "4.3.1/6"],
      bends: {
        messages: { ServerHello: (hello) => put(hello, made(supportedVersions, "ServerHello", version)) },
      },
      code: "selected_version_not_offered",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  refusal({
    name: "refuses TLS 1.2 in supported_versions even where it was offered",
    rules: ["4.3.1/8"],
    parameters: { hello: offeringVersions(0x0304, 0x0303) },
    bends: {
      messages: { ServerHello: (hello) => put(hello, made(supportedVersions, "ServerHello", 0x0303)) },
    },
    code: "selected_version_not_offered",
    alert: "illegal_parameter",
    under: "none",
  }),
  refusal({
    name: "refuses TLS 1.3 itself where the hello that went out did not offer it",
    rules: ["4.3.1/7"],
    parameters: { hello: offeringVersions(0x0303) },
    code: "selected_version_not_offered",
    alert: "illegal_parameter",
    under: "none",
  }),
  refusal({
    name: "refuses another version in a HelloRetryRequest before it looks at the rest",
    rules: ["4.2.4/6", "4.3.1/7"],
    client: { keyShares: [] },
    bends: {
      messages: {
        HelloRetryRequest: (hello) => ({
          ...append(
            put(hello, made(supportedVersions, "HelloRetryRequest", 0x0305)),
            rawExtension(unknownType),
          ),
          legacyCompressionMethod: 1,
          cipherSuite: oldSuite,
        }),
      },
    },
    code: "selected_version_not_offered",
    alert: "illegal_parameter",
    under: "none",
  }),
  ...([[], [3], [3, 4, 0], [0, 2, 3, 4]] as const).map((bytes) =>
    refusal({
      name: `refuses supported_versions of ${bytes.length} bytes`,
      rules: ["6/10", ...(bytes.length > 2 ? ["4.3/2"] : [])],
      bends: {
        messages: { ServerHello: (hello) => put(hello, rawExtension(supportedVersions.type, bytes)) },
      },
      code: bytes.length > 2 ? "trailing_bytes" : "malformed_message",
      alert: "decode_error",
      under: "none",
    }),
  ),

  // legacy_version
  ...[0x0304, 0x0302, 0x0301, 0x0300, 0x0000, 0xffff].flatMap((legacyVersion) => [
    refusal({
      name: `refuses legacy_version ${legacyVersion.toString(16).padStart(4, "0")} in ServerHello`,
      rules: ["4.2.3/1", "4.3.1/5", "4.3.1/6"],
      bends: { messages: { ServerHello: (hello) => ({ ...hello, legacyVersion }) } },
      code: "bad_legacy_version",
      alert: "protocol_version",
      under: "none",
    }),
    refusal({
      name: `refuses legacy_version ${legacyVersion.toString(16).padStart(4, "0")} in HelloRetryRequest`,
      rules: ["4.2.4/2"],
      client: { keyShares: [] },
      bends: { messages: { HelloRetryRequest: (hello) => ({ ...hello, legacyVersion }) } },
      code: "bad_legacy_version",
      alert: "protocol_version",
      under: "none",
    }),
  ]),

  // After a retry
  refusal({
    name: "misses supported_versions after a retry",
    rules: ["4.3.1/1"],
    client: { keyShares: [] },
    bends: { messages: { ServerHello: (hello) => drop(hello, supportedVersions.type) } },
    code: "version_changed_after_retry",
    alert: "illegal_parameter",
    under: "none",
  }),
  refusal({
    name: "misses supported_versions after a retry in an older hello, too",
    rules: ["4.3.1/1"],
    client: { keyShares: [] },
    bends: { messages: { ServerHello: (hello) => older(hello) }, script: without("write handshake") },
    code: "version_changed_after_retry",
    alert: "illegal_parameter",
    under: "none",
  }),
  ...[0x0303, 0x0305].map((version) =>
    refusal({
      name: `refuses ${versionName(version)} after a retry that selected TLS 1.3`,
      rules: ["4.2.4/13"],
      client: { keyShares: [] },
      bends: {
        messages: { ServerHello: (hello) => put(hello, made(supportedVersions, "ServerHello", version)) },
      },
      code: "version_changed_after_retry",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
];
