import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { type Bytes, fromAscii } from "../../src/wire/bytes.ts";
import { type Case, expectEqual } from "./case.ts";
import { append, drop, made, put, rawExtension } from "./extensionEdits.ts";
import { refusal, success } from "./meeting.ts";

const { applicationLayerProtocolNegotiation: alpn, serverName } = table;
const client = { alpn: ["h2", "http/1.1"] } as const;

const chosen = (...names: readonly string[]) => made(alpn, "EncryptedExtensions", names.map(fromAscii));

const manyProtocols: readonly (readonly [what: string, names: readonly string[]])[] = [
  ["two protocols, both offered", ["h2", "http/1.1"]],
  ["two protocols, one not offered", ["h2", "spdy/3"]],
  ["one protocol twice", ["h2", "h2"]],
];

const notOffered: readonly string[] = [
  "spdy/3",
  "h2c",
  "H2",
  "h",
  "h2 ",
  "http/1.0",
  "http/1.1\0",
  "\u007f".repeat(255),
];

/** Bodies that hold no list of protocols. */
const unreadable: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ["no bytes", []],
  ["an empty list", [0, 0]],
  ["an empty name", [0, 1, 0]],
  ["a name and an empty one", [0, 4, 2, 0x68, 0x32, 0]],
  ["a name that overruns the list", [0, 3, 3, 0x68, 0x32]],
  ["a list that overruns the extension", [0, 4, 2, 0x68, 0x32]],
  ["half a length", [0]],
];

export const cases: readonly Case[] = [
  ...client.alpn.map((name) =>
    success({
      name: `takes the protocol ${name}`,
      rules: [],
      client,
      server: { alpn: name },
      check: (_, handshake) => expectEqual(handshake.alpn, name, "the protocol"),
    }),
  ),
  success({
    name: "takes no protocol from a server that chooses none",
    rules: [],
    client,
    check: (_, handshake) => expectEqual(handshake.alpn, undefined, "the protocol"),
  }),
  refusal({
    name: "refuses a protocol where none was asked for",
    rules: ["4.3/6", "A.1/1"],
    bends: { messages: { EncryptedExtensions: (body) => append(body, chosen("h2")) } },
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "handshake",
  }),
  ...notOffered.map((name) =>
    refusal({
      name: `refuses the protocol ${JSON.stringify(name.slice(0, 12))}, which was not offered`,
      rules: ["RFC 7301 §3.2/1"],
      client,
      bends: { messages: { EncryptedExtensions: (body) => put(body, chosen(name)) } },
      code: "alpn_not_offered",
      alert: "illegal_parameter",
      under: "handshake",
    }),
  ),
  refusal({
    name: "refuses a protocol whose name is not ASCII",
    rules: ["RFC 7301 §3.2/1"],
    client,
    bends: {
      messages: {
        EncryptedExtensions: (body) =>
          put(body, made(alpn, "EncryptedExtensions", [new Uint8Array([0xc3, 0xbc]) as Bytes])),
      },
    },
    code: "alpn_not_offered",
    alert: "illegal_parameter",
    under: "handshake",
  }),
  ...manyProtocols.map(([what, names]) =>
    refusal({
      name: `refuses ${what}`,
      rules: ["RFC 7301 §3.1/1"],
      client,
      bends: { messages: { EncryptedExtensions: (body) => put(body, chosen(...names)) } },
      code: "alpn_not_one_protocol",
      alert: "decode_error",
      under: "handshake",
    }),
  ),
  ...unreadable.map(([what, bytes]) =>
    refusal({
      name: `cannot read ALPN with ${what}`,
      rules: ["6/10"],
      client,
      bends: { messages: { EncryptedExtensions: (body) => put(body, rawExtension(alpn.type, bytes)) } },
      code: "malformed_message",
      alert: "decode_error",
      under: "handshake",
    }),
  ),
  refusal({
    name: "cannot read ALPN with bytes behind the list",
    rules: ["4.3/2"],
    client,
    bends: {
      messages: {
        EncryptedExtensions: (body) => put(body, rawExtension(alpn.type, [0, 3, 2, 0x68, 0x32, 0])),
      },
    },
    code: "trailing_bytes",
    alert: "decode_error",
    under: "handshake",
  }),
  success({
    name: "hears that the server used the name",
    rules: [],
    check: (_, handshake) => expectEqual(handshake.serverNameAcknowledged, true, "acknowledged"),
  }),
  success({
    name: "takes a server that does not acknowledge the name",
    rules: [],
    bends: { messages: { EncryptedExtensions: (body) => drop(body, serverName.type) } },
    check: (_, handshake) => expectEqual(handshake.serverNameAcknowledged, false, "acknowledged"),
  }),
  refusal({
    name: "refuses an acknowledgement with a name in it",
    rules: ["4.3/2", "RFC 6066 §3/1"],
    bends: {
      messages: {
        EncryptedExtensions: (body) =>
          put(body, made(serverName, "ClientHello", [{ nameType: 0, name: fromAscii("server.example") }])),
      },
    },
    code: "trailing_bytes",
    alert: "decode_error",
    under: "handshake",
  }),
  refusal({
    name: "refuses the acknowledgement of a name that was not sent",
    rules: ["4.3/6"],
    client: { serverName: "192.0.2.7" },
    bends: { messages: { EncryptedExtensions: (body) => append(body, rawExtension(serverName.type)) } },
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "handshake",
  }),
];
