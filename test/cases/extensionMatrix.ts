import type { Bends } from "../../lab/options.ts";
import { type GroupName, groups } from "../../src/crypto/groups.ts";
import { makeHello } from "../../src/handshake/client/clientHello.ts";
import type { HelloSource } from "../../src/handshake/client/parameters.ts";
import type { ExtensionHost, ExtensionRow, RawExtension } from "../../src/messages/extensions/extension.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { decodeMessage, encodeMessage, type MessageBody } from "../../src/messages/handshake.ts";
import type { PeerErrorCode } from "../../src/wire/misdeeds.ts";
import type { Case } from "./case.ts";
import { append, rawExtension, unknownType } from "./extensionEdits.ts";
import { type RefusalRow, refusal, success, type Wishes } from "./meeting.ts";

type Host = Exclude<ExtensionHost, "ClientHello" | "NewSessionTicket">;

/** The rule for what the client did not ask for, message by message. */
const unsolicitedRule = {
  ServerHello: "4.3/5",
  HelloRetryRequest: "4.3/7",
  EncryptedExtensions: "4.3/6",
  Certificate: "4.3/8",
} as const;

interface HostRow {
  readonly host: Host;
  readonly wishes: Wishes;
  readonly under: "none" | "handshake";
  readonly bends: (extensions: (block: readonly RawExtension[]) => readonly RawExtension[]) => Bends;
}

type Block = { readonly extensions: readonly RawExtension[] };

const inBlock =
  (change: (block: readonly RawExtension[]) => readonly RawExtension[]) =>
  <B extends Block>(body: B): B => ({ ...body, extensions: change(body.extensions) });

/** Every message of a server's handshake that holds a block of extensions. */
const hosts: readonly HostRow[] = [
  {
    host: "ServerHello",
    wishes: {},
    under: "none",
    bends: (change) => ({ messages: { ServerHello: inBlock(change) } }),
  },
  {
    host: "HelloRetryRequest",
    wishes: { client: { keyShares: [] } },
    under: "none",
    bends: (change) => ({ messages: { HelloRetryRequest: inBlock(change) } }),
  },
  {
    host: "EncryptedExtensions",
    wishes: {},
    under: "handshake",
    bends: (change) => ({ messages: { EncryptedExtensions: inBlock(change) } }),
  },
  {
    host: "CertificateRequest",
    wishes: { server: { requestCertificate: true } },
    under: "handshake",
    bends: (change) => ({ messages: { CertificateRequest: inBlock(change) } }),
  },
  {
    host: "Certificate",
    wishes: {},
    under: "handshake",
    bends: (change) => ({
      messages: {
        Certificate: (body: MessageBody<"Certificate">) => {
          const [leaf, ...issuers] = body.certificateList;
          return leaf === undefined
            ? body
            : { ...body, certificateList: [inBlock(change)(leaf), ...issuers] };
        },
      },
    }),
  },
];

/** What the client offers by itself in the first hello, ALPN asked for. */
const offeredByItself: ReadonlySet<ExtensionRow> = new Set<ExtensionRow>([
  table.serverName,
  table.supportedVersions,
  table.supportedGroups,
  table.keyShare,
  table.signatureAlgorithms,
  table.signatureAlgorithmsCert,
  table.applicationLayerProtocolNegotiation,
  table.statusRequest,
  table.signedCertificateTimestamp,
]);

const rows: readonly ExtensionRow[] = Object.values(table);
const answersOnly = (host: Host): boolean => host !== "CertificateRequest";

/** Offers extensions that this client never offers by itself, so that an answer to them is only misplaced. */
function offering(...types: readonly number[]): HelloSource {
  return async (parameters, retry) => {
    if (retry !== undefined) return makeHello(parameters, retry);
    const first = await makeHello(parameters, retry);
    const body = decodeMessage("ClientHello", first.message.bytes);
    const added = types.map((type) => rawExtension(type, [0]));
    return { ...first, message: encodeMessage("ClientHello", append(body, ...added)) };
  };
}

const alpn = { alpn: ["h2"] } as const;

function withWishes(wishes: Wishes, more: Wishes): Wishes {
  return {
    ...wishes,
    ...more,
    client: { ...wishes.client, ...alpn, ...more.client },
    server: { ...wishes.server, ...more.server },
  };
}

function row(
  { host, wishes, under, bends }: HostRow,
  name: string,
  rules: readonly string[],
  code: PeerErrorCode,
  alert: RefusalRow["alert"],
  change: (block: readonly RawExtension[]) => readonly RawExtension[],
  more: Wishes = {},
): Case {
  return refusal({
    ...withWishes(wishes, more),
    name: `${name} in ${host}`,
    rules,
    code,
    alert,
    under,
    bends: bends(change),
  });
}

/** One that stands twice is refused first, whatever else is wrong with it: offered or not, allowed or not, readable or not. */
function twice(host: HostRow): readonly Case[] {
  const known = rows.filter((one) => one.in[host.host] !== undefined || offeredByItself.has(one));
  return [
    ...[
      ...known.map(({ name, type }) => ({ name, type })),
      { name: "an unknown extension", type: unknownType },
    ].map(({ name, type }) =>
      row(host, `refuses ${name} twice`, ["4.3/13"], "duplicate_extension", "illegal_parameter", (block) => [
        ...block,
        rawExtension(type, [1, 2, 3]),
        rawExtension(type, [1, 2, 3]),
      ]),
    ),
    row(
      host,
      "refuses one that stands twice before it looks whether others were asked for",
      ["4.3/13"],
      "duplicate_extension",
      "illegal_parameter",
      (block) => [
        rawExtension(unknownType),
        ...block,
        rawExtension(unknownType + 1),
        rawExtension(unknownType),
      ],
    ),
  ];
}

/** What was not offered: known or unknown, allowed there or not. */
function unsolicited(host: HostRow): readonly Case[] {
  if (!answersOnly(host.host)) return [];
  const rule = unsolicitedRule[host.host as keyof typeof unsolicitedRule];
  const rules = host.host === "Certificate" ? [rule, "4.5.1/7"] : [rule];
  const notOffered = rows.filter(
    (one) => !offeredByItself.has(one) && !one.unasked.includes(host.host as ExtensionHost),
  );
  return [
    ...notOffered,
    { name: "an unknown extension", type: unknownType },
    { name: "GREASE", type: 0x1a1a },
  ].map(({ name, type }) =>
    row(
      host,
      `refuses ${name}, which was not offered,`,
      rules,
      "unsolicited_extension",
      "unsupported_extension",
      (block) => [...block, rawExtension(type, [0xff])],
    ),
  );
}

/** What was offered, and may not stand there. Its bytes are not looked at. */
function misplaced(host: HostRow): readonly Case[] {
  const rules = host.host === "EncryptedExtensions" ? ["4.3/9", "4.4.1/2"] : ["4.3/9"];
  return rows
    .filter((one) => one.in[host.host] === undefined)
    .map((one) => {
      const offered = offeredByItself.has(one) || !answersOnly(host.host);
      return row(
        host,
        `refuses ${one.name}${answersOnly(host.host) ? ", which was offered," : ""}`,
        rules,
        "misplaced_extension",
        "illegal_parameter",
        (block) => [...block, rawExtension(one.type, [0xff])],
        offered ? {} : { parameters: { hello: offering(one.type) }, server: { selectPsk: "ignore" } },
      );
    });
}

/** An extension that is allowed, and whose bytes are not what its row says. */
function unreadable(host: HostRow): readonly Case[] {
  const bodies: readonly (readonly [row: ExtensionRow, bytes: readonly number[], code: PeerErrorCode])[] = [
    [table.serverName, [0], "trailing_bytes"],
    [table.serverName, [0, 0], "trailing_bytes"],
    [table.supportedGroups, [], "malformed_message"],
    [table.supportedGroups, [0, 0], "malformed_message"],
    [table.supportedGroups, [0, 1, 0], "malformed_message"],
    [table.supportedGroups, [0, 2, 0, 29, 0], "trailing_bytes"],
    [table.supportedGroups, [0, 4, 0, 29], "malformed_message"],
    [table.statusRequest, [], "malformed_message"],
    [table.statusRequest, [1, 0, 0, 0], "malformed_message"],
    [table.statusRequest, [2, 0, 0, 1, 0], "malformed_message"],
    [table.statusRequest, [1, 0, 0, 1, 0, 0], "trailing_bytes"],
    [table.statusRequest, [1, 0, 0, 2, 0], "malformed_message"],
    [table.signedCertificateTimestamp, [], "malformed_message"],
    [table.signedCertificateTimestamp, [0, 0], "malformed_message"],
    [table.signedCertificateTimestamp, [0, 2, 0, 0], "malformed_message"],
    [table.signedCertificateTimestamp, [0, 3, 0, 1, 7, 7], "trailing_bytes"],
    [table.signatureAlgorithms, [], "malformed_message"],
    [table.signatureAlgorithms, [0, 0], "malformed_message"],
    [table.signatureAlgorithms, [0, 3, 4, 3, 8], "malformed_message"],
    [table.signatureAlgorithmsCert, [0, 0], "malformed_message"],
    [table.certificateAuthorities, [0, 0], "malformed_message"],
    [table.certificateAuthorities, [0, 2, 0, 0], "malformed_message"],
    [table.oidFilters, [], "malformed_message"],
    [table.oidFilters, [0, 3, 0, 0, 0], "malformed_message"],
    [table.keyShare, [], "malformed_message"],
    [table.keyShare, [0], "malformed_message"],
    [
      table.keyShare,
      [0, 29, 0, 0],
      host.host === "HelloRetryRequest" ? "trailing_bytes" : "malformed_message",
    ],
    [
      table.keyShare,
      [0, 29, 0, 2, 1],
      host.host === "HelloRetryRequest" ? "trailing_bytes" : "malformed_message",
    ],
    [table.keyShare, [0, 29, 0, 1, 1, 1], "trailing_bytes"],
    [table.cookie, [], "malformed_message"],
    [table.cookie, [0, 0], "malformed_message"],
    [table.cookie, [0, 2, 1], "malformed_message"],
    [table.cookie, [0, 1, 1, 1], "trailing_bytes"],
  ];
  return (
    bodies
      .filter(([one]) => one.in[host.host] !== undefined)
      // signed_certificate_timestamp and status_request in CertificateRequest have bodies that nobody needs.
      .filter(
        ([one]) =>
          host.host !== "CertificateRequest" ||
          !(one === table.statusRequest || one === table.signedCertificateTimestamp),
      )
      .map(([one, bytes, code]) =>
        row(
          host,
          `cannot read ${one.name} of the bytes ${JSON.stringify(bytes)}`,
          code === "trailing_bytes" ? ["4.3/2", "6/10"] : ["6/10"],
          code,
          "decode_error",
          (block) => [...block.filter(({ type }) => type !== one.type), rawExtension(one.type, bytes)],
        ),
      )
  );
}

const pair: readonly GroupName[] = ["secp521r1", "x25519"];

export const cases: readonly Case[] = [
  ...hosts.flatMap((host) => [...twice(host), ...unsolicited(host), ...misplaced(host), ...unreadable(host)]),
  row(
    hosts[2] as HostRow,
    "refuses what was not offered before what is misplaced, where it comes first,",
    ["4.3/6"],
    "unsolicited_extension",
    "unsupported_extension",
    (block) => [...block, rawExtension(unknownType), rawExtension(table.keyShare.type)],
  ),
  // What a second hello offers counts: the cookie is offered then, and misplaced wherever it comes back.
  ...(["EncryptedExtensions", "Certificate"] as const).map((name) => {
    const host = hosts.find((one) => one.host === name) as HostRow;
    return row(
      host,
      "refuses a cookie, which a second hello brought,",
      name === "EncryptedExtensions" ? ["4.3/9", "4.4.1/2"] : ["4.3/9"],
      "misplaced_extension",
      "illegal_parameter",
      (block) => [...block, rawExtension(table.cookie.type, [0, 1, 1])],
      { server: { retry: { cookie: new Uint8Array(1) } } },
    );
  }),
  refusal({
    name: "refuses an extension that was not offered in the entry of an issuer",
    rules: ["4.3/8", "4.5.1/7"],
    bends: {
      messages: {
        Certificate: (body) => ({
          ...body,
          certificateList: body.certificateList.map((entry, index) =>
            index === 1 ? { ...entry, extensions: [rawExtension(unknownType)] } : entry,
          ),
        }),
      },
    },
    code: "unsolicited_extension",
    alert: "unsupported_extension",
    under: "handshake",
  }),
  refusal({
    name: "refuses an extension twice in the entry of an issuer",
    rules: ["4.3/13"],
    bends: {
      messages: {
        Certificate: (body) => ({
          ...body,
          certificateList: body.certificateList.map((entry, index) =>
            index === 1
              ? {
                  ...entry,
                  extensions: [
                    rawExtension(table.statusRequest.type),
                    rawExtension(table.statusRequest.type),
                  ],
                }
              : entry,
          ),
        }),
      },
    },
    code: "duplicate_extension",
    alert: "illegal_parameter",
    under: "handshake",
  }),
  success({
    name: "passes over the answer to an offer that it does not implement",
    rules: [],
    parameters: { hello: offering(unknownType) },
    bends: {
      messages: { EncryptedExtensions: (body) => append(body, rawExtension(unknownType, [1, 2, 3])) },
    },
  }),
  success({
    name: "lets the server's supported_groups have no effect",
    rules: ["4.3.7/2"],
    client: { groups: pair, keyShares: ["x25519"] },
    bends: {
      messages: {
        EncryptedExtensions: (body) =>
          append(body, rawExtension(table.supportedGroups.type, [0, 2, 0, groups.secp521r1.code])),
      },
    },
    check: (_, { group }) => {
      if (group !== "x25519") throw new Error(`the group is ${group}`);
    },
  }),
  success({
    name: "takes an empty block of EncryptedExtensions",
    rules: [],
    bends: { messages: { EncryptedExtensions: () => ({ extensions: [] }) } },
    check: (_, { serverNameAcknowledged, alpn: protocol }) => {
      if (serverNameAcknowledged || protocol !== undefined) throw new Error("something out of nothing");
    },
  }),
  success({
    name: "skips extensions of CertificateRequest that it does not know",
    rules: ["4.4.2/3", "9.3/3", "9.3/1"],
    server: { requestCertificate: true },
    bends: {
      messages: {
        CertificateRequest: (body) =>
          append(
            body,
            rawExtension(unknownType, [1, 2, 3]),
            rawExtension(0x2a2a),
            rawExtension(table.statusRequest.type),
            rawExtension(table.certificateAuthorities.type, [0, 4, 0, 2, 0x30, 0]),
            rawExtension(table.oidFilters.type, [0, 5, 1, 0x55, 0, 1, 9]),
          ),
      },
    },
  }),
];
