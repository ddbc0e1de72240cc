import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dissect, type Field } from "../../src/messages/dissect.ts";
import { encodeExtension } from "../../src/messages/extensions/extension.ts";
import { extensionTable } from "../../src/messages/extensions/table.ts";
import { decodeMessage, encodeMessage, type MessageName, messageName } from "../../src/messages/handshake.ts";
import { helloRetryRequestRandom } from "../../src/messages/serverHello.ts";
import { type Bytes, concat, fromAscii, fromHex } from "../../src/wire/bytes.ts";

const { traces } = JSON.parse(readFileSync(new URL("../vectors/rfc8448.json", import.meta.url), "utf8")) as {
  traces: Record<string, unknown>[];
};

const recordHeader = 5;
const recorded = traces.flatMap((trace) =>
  Object.entries(trace).flatMap(([key, value]) => {
    if (typeof value !== "string") return [];
    if (/^message/.test(key) || key === "newSessionTicket") return [fromHex(value)];
    if (/^record(ClientHello|ServerHello\d?$|HelloRetryRequest)/.test(key)) {
      return [fromHex(value).subarray(recordHeader)];
    }
    return [];
  }),
);

const random = Uint8Array.from({ length: 32 }, (_, i) => i);
const hello = {
  legacyVersion: 0x0303,
  random,
  legacySessionId: random,
  cipherSuites: [0x1301, 0x1303, 0xfafa],
  legacyCompressionMethods: [0],
  extensions: [
    encodeExtension(extensionTable.serverName, "ClientHello", [
      { nameType: 0, name: fromAscii("example.com") },
    ]),
    encodeExtension(extensionTable.keyShare, "ClientHello", [{ group: 29, keyExchange: random }]),
    encodeExtension(extensionTable.applicationLayerProtocolNegotiation, "ClientHello", [
      fromAscii("h2"),
      fromAscii("http/1.1"),
    ]),
    encodeExtension(extensionTable.pskKeyExchangeModes, "ClientHello", [1]),
    encodeExtension(extensionTable.earlyData, "ClientHello", {}),
    { type: 0x4a4a, data: fromHex("00") },
  ],
};
const retry = {
  legacyVersion: 0x0303,
  random: helloRetryRequestRandom,
  legacySessionIdEcho: random,
  cipherSuite: 0x1302,
  legacyCompressionMethod: 0,
  extensions: [
    encodeExtension(extensionTable.keyShare, "HelloRetryRequest", 0x18),
    encodeExtension(extensionTable.cookie, "HelloRetryRequest", fromHex("c0ffee")),
  ],
};
const made: readonly Bytes[] = [
  encodeMessage("ClientHello", hello),
  encodeMessage("HelloRetryRequest", retry),
  encodeMessage("ServerHello", { ...retry, random, extensions: [] }),
  encodeMessage("NewSessionTicket", {
    ticketLifetime: 7200,
    ticketAgeAdd: 1,
    ticketNonce: random,
    ticket: random,
    extensions: [encodeExtension(extensionTable.earlyData, "NewSessionTicket", 0x4000)],
  }),
  encodeMessage("EndOfEarlyData", {}),
  encodeMessage("EncryptedExtensions", { extensions: [] }),
  encodeMessage("CertificateRequest", {
    certificateRequestContext: random,
    extensions: [encodeExtension(extensionTable.signatureAlgorithms, "CertificateRequest", [0x0403, 0x0804])],
  }),
  encodeMessage("Certificate", {
    certificateRequestContext: new Uint8Array(0),
    certificateList: [
      {
        certData: random,
        extensions: [
          encodeExtension(extensionTable.statusRequest, "Certificate", { statusType: 1, response: random }),
        ],
      },
    ],
  }),
  encodeMessage("CertificateVerify", { algorithm: 0x0403, signature: random }),
  encodeMessage("Finished", { verifyData: random }),
  encodeMessage("KeyUpdate", { requestUpdate: 1 }),
].map(({ bytes }) => bytes);
const messages = [...made, ...recorded];

function leaves(field: Field): readonly Field[] {
  return field.children.length === 0 ? [field] : field.children.flatMap(leaves);
}

function everyField(field: Field): readonly Field[] {
  return [field, ...field.children.flatMap(everyField)];
}

function expectTiles(root: Field, bytes: Bytes): void {
  expect([root.start, root.end]).toEqual([0, bytes.length]);
  for (const { children, start, end } of everyField(root)) {
    if (children.length === 0) continue;
    let at = start;
    for (const child of children) {
      expect(child.start).toBe(at);
      at = child.end;
    }
    expect(at).toBe(end);
  }
  expect(concat(...leaves(root).map(({ start, end }) => bytes.subarray(start, end)))).toEqual(bytes);
}

/** Name, value, and children by their path: `extensions.key_share.[0].group`. */
function paths(field: Field, prefix = ""): Record<string, string> {
  return Object.assign(
    {},
    ...field.children.map((child) => {
      const path = `${prefix}${child.name}`;
      return { [path]: child.value, ...paths(child, `${path}.`) };
    }),
  );
}

describe("dissect", () => {
  test("the bytes of a whole message are tiled by its fields", () => {
    const names = new Set<MessageName>();
    for (const bytes of messages) {
      const name = messageName(bytes);
      names.add(name);
      decodeMessage(name, bytes);
      const root = dissect(name, bytes);
      expectTiles(root, bytes);
      expect(everyField(root).filter((field) => /malformed|trailing/.test(field.name))).toEqual([]);
    }
    expect(names.size).toBe(11);
  });

  test("whatever the bytes are, they are tiled, and nothing is thrown", () => {
    const spoiled = fc
      .tuple(
        fc.constantFrom(...messages),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(8),
      )
      .map(([message, changes, cut]) => {
        const bytes = message.slice(0, message.length - cut);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return { name: messageName(message), bytes };
      });
    fc.assert(fc.property(spoiled, ({ name, bytes }) => expectTiles(dissect(name, bytes), bytes)));
    const names = [...new Set(messages.map(messageName))];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array(), (name, any) => {
        const bytes = new Uint8Array(any);
        expectTiles(dissect(name, bytes), bytes);
      }),
    );
  });

  test("code points go by their registered names", () => {
    expect(paths(dissect("ClientHello", made[0]!))).toMatchObject({
      msg_type: "client_hello",
      legacy_version: "TLS 1.2",
      random: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
      cipher_suites: "TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256, 0xfafa",
      "cipher_suites.[1]": "TLS_CHACHA20_POLY1305_SHA256",
      legacy_compression_methods: "null",
      "extensions.server_name.[0].name_type": "host_name",
      "extensions.server_name.[0].name": "example.com",
      "extensions.key_share.[0].group": "x25519",
      "extensions.application_layer_protocol_negotiation": "h2, http/1.1",
      "extensions.psk_key_exchange_modes": "psk_dhe_ke",
      "extensions.early_data": "(empty)",
      "extensions.extension 19018": "00",
    });
    expect(paths(dissect("HelloRetryRequest", made[1]!))).toMatchObject({
      cipher_suite: "TLS_AES_256_GCM_SHA384",
      "extensions.key_share": "secp384r1",
      "extensions.key_share.extension_data": "secp384r1",
      "extensions.cookie": "c0ffee",
    });
    expect(paths(dissect("CertificateVerify", made[8]!))).toMatchObject({
      algorithm: "ecdsa_secp256r1_sha256",
    });
    expect(paths(dissect("KeyUpdate", made[10]!))).toMatchObject({ request_update: "update_requested" });
  });

  test("a field says which bytes it is", () => {
    const bytes = made[0]!;
    const group = everyField(dissect("ClientHello", bytes)).find(({ name }) => name === "group")!;
    expect(bytes.subarray(group.start, group.end)).toEqual(fromHex("001d"));
  });

  test("what can't be read is shown as such", () => {
    const bytes = made[8]!.slice();
    bytes[6] = 0xff;
    expect(paths(dissect("CertificateVerify", bytes))).toMatchObject({
      "signature.length": "65312",
      "signature.malformed": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    });
    expect(paths(dissect("KeyUpdate", concat(made[10]!, fromHex("0102"))))).toMatchObject({
      trailing_bytes: "0102",
    });
    expect(paths(dissect("Finished", fromHex("1400")))).toEqual({ malformed: "1400" });
  });
});
