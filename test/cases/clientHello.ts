import { cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { type GroupName, groups } from "../../src/crypto/groups.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { type SignatureSchemeName, signatureSchemes } from "../../src/crypto/signatureSchemes.ts";
import { decodeExtension, type ExtensionRow } from "../../src/messages/extensions/extension.ts";
import { extensionByType, extensionTable as table } from "../../src/messages/extensions/table.ts";
import { type Bytes, toHex, toLatin1 } from "../../src/wire/bytes.ts";
import { contentTypes, handshakeTypes, versions } from "../../src/wire/registry.ts";
import { type Case, expect, expectEqual, type Harness } from "./case.ts";
import { closeCleanly, type Meeting, meet, opened, type Wishes } from "./meeting.ts";

const codes = (rows: Readonly<Record<string, { readonly code: number }>>): readonly number[] =>
  Object.values(rows).map(({ code }) => code);

/** The meeting of an honest client and server, once both are open. */
async function met(harness: Harness, wishes: Wishes = {}): Promise<Meeting> {
  const meeting = await meet(harness, wishes);
  await opened(meeting);
  return meeting;
}

interface HelloRow {
  readonly name: string;
  readonly rules: readonly string[];
  readonly wishes?: Wishes;
  readonly check: (meeting: Meeting, harness: Harness) => void | Promise<void>;
}

/** A look at what the client said first. */
function hello({ name, rules, wishes, check }: HelloRow): Case {
  return {
    name,
    rules,
    run: async (harness) => {
      const meeting = await met(harness, wishes);
      await check(meeting, harness);
      await closeCleanly(meeting);
    },
  };
}

function firstHello({ lab }: Meeting) {
  const [first] = lab.context.hellos;
  expect(first !== undefined, "no ClientHello came");
  return first.body;
}

const typesOf = (meeting: Meeting): readonly number[] =>
  firstHello(meeting).extensions.map(({ type }) => type);

function extensionOf(meeting: Meeting, row: ExtensionRow): Bytes | undefined {
  return firstHello(meeting).extensions.find(({ type }) => type === row.type)?.data;
}

function sharesOf(
  { lab }: Meeting,
  index = 0,
): readonly { readonly group: number; readonly keyExchange: Bytes }[] {
  return lab.context.offered(table.keyShare, lab.context.hellos[index]) ?? [];
}

function nameOf({ lab }: Meeting): string | undefined {
  const names = lab.context.offered(table.serverName, lab.context.hellos[0]);
  expect(names === undefined || names.length === 1, "one name at most");
  expectEqual(names?.[0]?.nameType ?? 0, 0, "the type of the name");
  return names?.[0] === undefined ? undefined : toLatin1(names[0].name);
}

/** What goes into server_name for a name that a caller gives. */
const names: readonly (readonly [given: string, sent: string | undefined])[] = [
  ["server.example", "server.example"],
  ["Server.EXAMPLE", "server.example"],
  ["server.example.", "server.example"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["straße.example", "xn--strae-oqa.example"],
  ["localhost", "localhost"],
  ["_dmarc.example", "_dmarc.example"],
  ["192.0.2.7", undefined],
  ["2001:db8::7", undefined],
  ["[2001:db8::7]", undefined],
  ["::ffff:192.0.2.7", undefined],
];

const sharePairs: readonly (readonly [GroupName[], GroupName[]])[] = [
  [
    ["x25519", "secp256r1", "secp384r1", "secp521r1"],
    ["secp521r1", "x25519", "secp384r1", "secp256r1"],
  ],
  [
    ["secp384r1", "x25519", "secp256r1"],
    ["x25519", "secp384r1"],
  ],
  [
    ["secp256r1", "X25519MLKEM768", "x25519", "SecP256r1MLKEM768"],
    ["SecP256r1MLKEM768", "x25519", "X25519MLKEM768"],
  ],
];

/** A provider that counts how often each group makes a share. */
function counting(provider: CryptoProvider): { provider: CryptoProvider; made: GroupName[] } {
  const made: GroupName[] = [];
  const keyExchanges = provider.keyExchanges.map((exchange) => ({
    ...exchange,
    generate: () => {
      made.push(exchange.name);
      return exchange.generate();
    },
  }));
  return { provider: { ...provider, keyExchanges }, made };
}

export const cases: readonly Case[] = [
  hello({
    name: "opens the connection with a ClientHello, in a record of its own",
    rules: ["4.2.2/1", "5.1/7"],
    check: ({ lab }) => {
      const [record] = lab.seen.records;
      expectEqual(record?.type, contentTypes.handshake, "the first record");
      expectEqual(record?.content[0], handshakeTypes.client_hello, "the first message");
      expectEqual(record?.content, lab.context.hello.bytes, "all that is in the record");
    },
  }),
  hello({
    name: "labels the first record 0x0301, and no other so",
    rules: ["5.1/14", "5.1/18"],
    check: ({ lab }) => {
      const [first, ...others] = lab.seen.records.map(({ version }) => version);
      expectEqual(first, 0x0301, "the first record's version");
      expect(others.length > 0 && others.every((version) => version === 0x0303), `the others': ${others}`);
    },
  }),
  hello({
    name: "labels the record of a second ClientHello 0x0303",
    rules: ["5.1/19", "5.1/14"],
    wishes: { client: { keyShares: [] } },
    check: ({ lab }) => {
      const hellos = lab.seen.records.filter(
        ({ type, content }) => type === contentTypes.handshake && content[0] === handshakeTypes.client_hello,
      );
      expectEqual(
        hellos.map(({ version }) => version),
        [0x0301, 0x0303],
        "the versions of the hellos' records",
      );
    },
  }),
  hello({
    name: "says legacy_version 0x0303, and no compression",
    rules: ["4.2.2/5", "4.2.2/11"],
    check: (meeting) => {
      const { legacyVersion, legacyCompressionMethods } = firstHello(meeting);
      expectEqual(legacyVersion, 0x0303, "legacy_version");
      expectEqual(legacyCompressionMethods, [0], "legacy_compression_methods");
    },
  }),
  hello({
    name: "offers TLS 1.3 and nothing older",
    rules: ["4.3.1/2", "4.3.1/3", "9.2/1", "E.5/1"],
    check: ({ lab }) => {
      expectEqual(lab.context.offered(table.supportedVersions), [versions["TLS 1.3"]], "supported_versions");
    },
  }),
  hello({
    name: "offers TLS 1.3 in a second hello, too",
    rules: ["4.3.1/2"],
    wishes: { client: { keyShares: [] } },
    check: ({ lab }) => {
      expectEqual(lab.context.hellos.length, 2, "hellos");
      expectEqual(lab.context.offered(table.supportedVersions), [versions["TLS 1.3"]], "supported_versions");
    },
  }),
  hello({
    name: "has a fresh random and a fresh session id of 32 bytes in compatibility mode",
    rules: ["4.2.2/6", "4.2.2/7", "4.2.2/8"],
    check: async (meeting, harness) => {
      const other = await met(harness);
      const [one, two] = [firstHello(meeting), firstHello(other)];
      expectEqual(
        [one, two].map(({ legacySessionId }) => legacySessionId.length),
        [32, 32],
        "session ids",
      );
      const all = [one, two].flatMap(({ random, legacySessionId }) => [
        toHex(random),
        toHex(legacySessionId),
      ]);
      expectEqual(new Set(all).size, 4, "different randoms and session ids");
    },
  }),
  hello({
    name: "has an empty session id, and sends no ChangeCipherSpec, out of compatibility mode",
    rules: ["4.2.2/9"],
    wishes: { client: { compatibility: false } },
    check: (meeting) => {
      expectEqual(firstHello(meeting).legacySessionId.length, 0, "the session id's length");
      expectEqual(meeting.lab.seen.changeCipherSpecs, 0, "ChangeCipherSpecs");
    },
  }),
  {
    name: "takes its randoms from the provider's generator",
    rules: ["C.1/1"],
    run: async (harness) => {
      const given: string[] = [];
      const provider: CryptoProvider = {
        ...harness.provider,
        random: (length) => {
          const bytes = harness.provider.random(length);
          given.push(toHex(bytes));
          return bytes;
        },
      };
      const meeting = await met({ ...harness, provider });
      const { random, legacySessionId } = firstHello(meeting);
      const all = given.join(" ");
      expect(
        all.includes(toHex(random)) && all.includes(toHex(legacySessionId)),
        "randoms of another making",
      );
      await closeCleanly(meeting);
    },
  },
  {
    name: "fails where the generator fails, before a message is sent",
    rules: ["internal_error"],
    run: async (harness) => {
      const provider: CryptoProvider = {
        ...harness.provider,
        random: () => {
          throw new Error("no entropy");
        },
      };
      const { client, lab } = await meet({ ...harness, provider });
      await client.closing;
      expectEqual(client.error?.code, "internal_error", "the code");
      await lab.done;
      expectEqual(lab.seen.messages.length, 0, "messages sent");
    },
  },
  hello({
    name: "brings the extensions that a TLS 1.3 hello must have",
    rules: ["4.3.3/3", "9.2/3", "9.2/5", "9.2/6", "9.2/8", "9.2/9", "9.2/10", "9.2/11"],
    check: (meeting) => {
      const types = typesOf(meeting);
      for (const row of [table.signatureAlgorithms, table.supportedGroups, table.keyShare]) {
        expect(types.includes(row.type), `${row.name} is missing`);
      }
    },
  }),
  hello({
    name: "brings an empty key_share where no share is wanted",
    rules: ["9.2/10"],
    wishes: { client: { keyShares: [] } },
    check: (meeting) => expectEqual(extensionOf(meeting, table.keyShare), new Uint8Array(2), "key_share"),
  }),
  hello({
    name: "has no extension twice, and no byte behind the end of one",
    rules: ["4.3/1", "4.3/12"],
    wishes: { client: { alpn: ["h2", "http/1.1"], keyShares: ["x25519", "secp256r1"] } },
    check: (meeting) => {
      const { extensions } = firstHello(meeting);
      expectEqual(new Set(typesOf(meeting)).size, extensions.length, "different extensions");
      for (const { type, data } of extensions) {
        const row = extensionByType(type)?.[1];
        expect(row !== undefined, `extension ${type} has no row`);
        // Strict: it throws at whatever is left over.
        decodeExtension(row as never, "ClientHello" as never, data);
      }
    },
  }),
  hello({
    name: "offers no PSK, no early data and no post-handshake authentication",
    rules: ["4.3.2/4"],
    check: (meeting) => {
      const { preSharedKey, pskKeyExchangeModes, earlyData, postHandshakeAuth, cookie } = table;
      const types = typesOf(meeting);
      for (const row of [preSharedKey, pskKeyExchangeModes, earlyData, postHandshakeAuth, cookie]) {
        expect(!types.includes(row.type), `${row.name} is there`);
      }
    },
  }),
  hello({
    name: "offers the three suites, the curves, and what the provider has beside them unasked",
    rules: ["9.3/2"],
    check: ({ lab }, { provider }) => {
      const unasked = provider.keyExchanges.filter(({ onRequest }) => onRequest !== true);
      const sorted = (list: readonly number[] | undefined) => [...(list ?? [])].sort((a, b) => a - b);
      expectEqual(sorted(lab.context.hello.body.cipherSuites), sorted(codes(cipherSuites)), "suites");
      const offered = lab.context.offered(table.supportedGroups) ?? [];
      expectEqual(sorted(offered), sorted(unasked.map(({ name }) => groups[name].code)), "groups");
      for (const name of ["x25519", "secp256r1", "secp384r1", "secp521r1"] as const)
        expect(offered.includes(groups[name].code), `${name} is not there`);
    },
  }),
  {
    name: "offers nothing that the provider lacks",
    rules: ["9.3/2"],
    run: async (harness) => {
      const provider: CryptoProvider = {
        ...harness.provider,
        aeads: () => harness.provider.aeads().filter(({ name }) => name === "AES-256-GCM"),
        keyExchanges: harness.provider.keyExchanges.filter(({ name }) => name === "secp384r1"),
      };
      const meeting = await met({ ...harness, provider });
      expectEqual(firstHello(meeting).cipherSuites, [cipherSuites.TLS_AES_256_GCM_SHA384.code], "suites");
      expectEqual(meeting.lab.context.offered(table.supportedGroups), [groups.secp384r1.code], "groups");
      await closeCleanly(meeting);
    },
  },
  ...(
    [
      [["ecdsa_secp256r1_sha256", "ed25519"], undefined],
      [["rsa_pkcs1_sha256", "rsa_pss_rsae_sha256"], ["rsa_pss_rsae_sha256"]],
    ] as const
  ).map(([wanted, inHandshakes]) =>
    hello({
      name: `offers ${wanted.join(" and ")} ${inHandshakes === undefined ? "in one list" : "in two lists"}`,
      rules: ["4.3.3/17"],
      wishes: { client: { signatureSchemes: wanted }, key: inHandshakes === undefined ? "P-256" : "RSA" },
      check: ({ lab }) => {
        const all = wanted.map((name) => signatureSchemes[name].code);
        const narrower = inHandshakes?.map((name) => signatureSchemes[name].code);
        expectEqual(lab.context.offered(table.signatureAlgorithms), narrower ?? all, "signature_algorithms");
        expectEqual(
          lab.context.offered(table.signatureAlgorithmsCert),
          narrower === undefined ? undefined : all,
          "signature_algorithms_cert",
        );
      },
    }),
  ),
  hello({
    name: "offers no SHA-1, MD5, SHA-224 or DSA, and PKCS#1 v1.5 for certificates alone",
    rules: ["4.3.3/17", "4.3.3/20", "9.1/4", "9.2/4", "B/1"],
    check: ({ lab }) => {
      const rows = Object.values(signatureSchemes);
      const inHandshakes = rows.filter(({ handshake }) => handshake).map(({ code }) => code);
      expectEqual(lab.context.offered(table.signatureAlgorithms), inHandshakes, "signature_algorithms");
      expectEqual(lab.context.offered(table.signatureAlgorithmsCert), codes(signatureSchemes), "…_cert");
      const { rsa_pkcs1_sha256, rsa_pss_rsae_sha256, ecdsa_secp256r1_sha256 } = signatureSchemes;
      expect(!inHandshakes.includes(rsa_pkcs1_sha256.code), "PKCS#1 v1.5 for handshakes");
      for (const { code } of [rsa_pkcs1_sha256, rsa_pss_rsae_sha256, ecdsa_secp256r1_sha256]) {
        expect(codes(signatureSchemes).includes(code), `scheme ${code} is not offered`);
      }
      // RFC 9846 §B.3.1.3: the reserved ones, among them all with MD5, SHA-224 and DSA.
      const reserved = (code: number): boolean =>
        code < 0x0401 || (code & 0xff) === 0x02 || [0x0301, 0x0303].includes(code);
      expect(!codes(signatureSchemes).some(reserved), "a reserved scheme");
    },
  }),
  hello({
    name: "offers PKCS#1 v1.5 for certificates alone, too, where schemes are chosen",
    rules: ["4.3.3/17"],
    wishes: { client: { signatureSchemes: ["rsa_pkcs1_sha256", "ecdsa_secp256r1_sha256"] } },
    check: ({ lab }) => {
      const { rsa_pkcs1_sha256, ecdsa_secp256r1_sha256 } = signatureSchemes;
      const forCertificates = [rsa_pkcs1_sha256.code, ecdsa_secp256r1_sha256.code];
      expectEqual(lab.context.offered(table.signatureAlgorithms), forCertificates.slice(1), "…_algorithms");
      expectEqual(lab.context.offered(table.signatureAlgorithmsCert), forCertificates, "…_cert");
    },
  }),
  {
    name: "offers the schemes that a list holds when the connection begins",
    rules: [],
    run: async (harness) => {
      const list: SignatureSchemeName[] = ["ecdsa_secp256r1_sha256", "ed25519"];
      for (let i = 0; i < 2; i++) {
        const meeting = await met(harness, { client: { signatureSchemes: list } });
        const expected = list.map((name) => signatureSchemes[name].code);
        expectEqual(meeting.lab.context.offered(table.signatureAlgorithms), expected, "signature_algorithms");
        await closeCleanly(meeting);
        list.push("ecdsa_secp384r1_sha384");
      }
    },
  },
  hello({
    name: "leaves signature_algorithms_cert out where it would say the same",
    rules: [],
    wishes: { client: { signatureSchemes: ["ecdsa_secp256r1_sha256", "ed25519"] } },
    check: (meeting) => {
      const { ecdsa_secp256r1_sha256, ed25519 } = signatureSchemes;
      const expected = [ecdsa_secp256r1_sha256.code, ed25519.code];
      expectEqual(meeting.lab.context.offered(table.signatureAlgorithms), expected, "signature_algorithms");
      expect(
        !typesOf(meeting).includes(table.signatureAlgorithmsCert.type),
        "signature_algorithms_cert is there",
      );
    },
  }),
  hello({
    name: "offers application protocols where they are asked for, in order",
    rules: [],
    wishes: { client: { alpn: ["h2", "http/1.1"] }, server: { alpn: "http/1.1" } },
    check: ({ lab, client }) => {
      const offered = lab.context.offered(table.applicationLayerProtocolNegotiation) ?? [];
      expectEqual(offered.map(toLatin1), ["h2", "http/1.1"], "protocols");
      expectEqual(client.handshake?.alpn, "http/1.1", "the protocol chosen");
    },
  }),
  hello({
    name: "offers no application protocol where none is asked for",
    rules: [],
    wishes: { server: { alpn: "h2" } },
    check: (meeting) => {
      expect(!typesOf(meeting).includes(table.applicationLayerProtocolNegotiation.type), "ALPN is there");
      expectEqual(meeting.client.handshake?.alpn, undefined, "the protocol chosen");
    },
  }),
  ...names.map(([given, sent]) =>
    hello({
      name: `${sent === undefined ? "sends no server_name for" : `sends ${sent} in server_name for`} ${given}`,
      rules: sent === undefined ? ["RFC 6066 §3/2"] : ["RFC 6066 §3/2", "4.5.1.2/7", "9.2/7", "9.2/12"],
      wishes: { client: { serverName: given } },
      check: (meeting) => {
        expectEqual(nameOf(meeting), sent, "server_name");
        expectEqual(meeting.client.handshake?.serverNameAcknowledged, sent !== undefined, "acknowledged");
      },
    }),
  ),
  ...sharePairs.map(([order, wanted]) =>
    hello({
      name: `sends shares of ${wanted.join(", ")} in the order ${order.join(", ")}`,
      rules: ["4.3.8/2", "4.3.8/3", "4.3.8/5"],
      wishes: { client: { groups: order, keyShares: wanted } },
      check: (meeting) => {
        const expected = order.filter((name) => wanted.includes(name)).map((name) => groups[name].code);
        expectEqual(
          sharesOf(meeting).map(({ group }) => group),
          expected,
          "the groups of the shares",
        );
        expectEqual(
          meeting.lab.context.offered(table.supportedGroups),
          order.map((name) => groups[name].code),
          "supported_groups",
        );
      },
    }),
  ),
  {
    name: "makes each share by itself, anew for every connection",
    rules: ["4.3.8/4", "4.3.8/6"],
    run: async (harness) => {
      const all = Object.keys(groups) as GroupName[];
      const { provider, made } = counting(harness.provider);
      const wishes: Wishes = { client: { groups: all, keyShares: all } };
      const meetings = [
        await met({ ...harness, provider }, wishes),
        await met({ ...harness, provider }, wishes),
      ];
      expectEqual(made, [...all, ...all], "shares made");
      const shares = meetings.flatMap((meeting) => sharesOf(meeting));
      // A curve's share is the beginning or the end of a hybrid one's.
      const keys = shares.map(({ keyExchange }) => toHex(keyExchange));
      keys.forEach((key, index) => {
        const others = keys.filter((_, other) => other !== index);
        expect(!others.some((other) => other.startsWith(key) || other.endsWith(key)), "a key is there twice");
      });
      expectEqual(keys.length, 2 * all.length, "shares");
      for (const meeting of meetings) await closeCleanly(meeting);
    },
  },
  hello({
    name: "names no group twice",
    rules: ["4.3.7/1"],
    check: ({ lab }) => {
      const list = lab.context.offered(table.supportedGroups) ?? [];
      expectEqual(new Set(list).size, list.length, "different groups");
    },
  }),
  {
    name: "shuffles its extensions from hello to hello",
    rules: [],
    run: async (harness) => {
      const orders = new Set<string>();
      const sets = new Set<string>();
      for (let i = 0; i < 4; i++) {
        const meeting = await met(harness);
        orders.add(typesOf(meeting).join(" "));
        sets.add([...typesOf(meeting)].sort().join(" "));
        await closeCleanly(meeting);
      }
      // Eight or more extensions: one order four times is one chance in 6 · 10^13.
      expect(orders.size > 1, "one order four times");
      expectEqual(sets.size, 1, "different sets of extensions");
    },
  },
  {
    name: "keeps its extensions in one order where shuffling is off",
    rules: [],
    run: async (harness) => {
      const orders = new Set<string>();
      for (let i = 0; i < 4; i++) {
        const meeting = await met(harness, { client: { shuffleExtensions: false } });
        orders.add(typesOf(meeting).join(" "));
        await closeCleanly(meeting);
      }
      expectEqual(orders.size, 1, "orders");
    },
  },
  {
    name: "keeps no cookie for a later connection",
    rules: ["4.3.2/4"],
    run: async (harness) => {
      const retried = await met(harness, { server: { retry: { cookie: new Uint8Array([1, 2, 3]) } } });
      expectEqual(retried.lab.context.hellos.length, 2, "hellos of the first connection");
      await closeCleanly(retried);
      const later = await met(harness);
      expect(!typesOf(later).includes(table.cookie.type), "a cookie in the first hello");
      await closeCleanly(later);
    },
  },
];
