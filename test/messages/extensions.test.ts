import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Codec, decode, encode } from "../../src/messages/codec.ts";
import type { ExtensionHost, ExtensionRow } from "../../src/messages/extensions/extension.ts";
import { extensionByType, extensionName, extensionTable } from "../../src/messages/extensions/table.ts";
import { type Bytes, concat, fromHex } from "../../src/wire/bytes.ts";
import { extensionBodies } from "./arbitraries.ts";
import { outcomeOf, refusalOf } from "./refusals.ts";

/** RFC 9846 §4.3's table, as it stands there. */
const rfcTable = {
  server_name: "CH, EE, CR",
  status_request: "CH, CR, CT",
  supported_groups: "CH, EE",
  signature_algorithms: "CH, CR",
  use_srtp: "CH, EE",
  heartbeat: "CH, EE",
  application_layer_protocol_negotiation: "CH, EE",
  client_certificate_type: "CH, EE",
  server_certificate_type: "CH, EE",
  padding: "CH",
  compress_certificate: "CH, CR",
  record_size_limit: "CH, EE",
  delegated_credential: "CH, CR, CT",
  supported_ekt_ciphers: "CH, EE",
  pre_shared_key: "CH, SH",
  early_data: "CH, EE, NST",
  supported_versions: "CH, SH, HRR",
  cookie: "CH, HRR",
  psk_key_exchange_modes: "CH",
  certificate_authorities: "CH, CR",
  oid_filters: "CR",
  post_handshake_auth: "CH",
  signature_algorithms_cert: "CH, CR",
  key_share: "CH, SH, HRR",
  transparency_info: "CH, CR, CT",
  external_id_hash: "CH, EE",
  external_session_id: "CH, EE",
  quic_transport_parameters: "CH, EE",
  ticket_request: "CH, EE",
  ech_outer_extensions: "CH",
  encrypted_client_hello: "CH, HRR, EE",
  // Not in that table: RFC 6066 §4 with RFC 8446 §4.2, and RFC 6962 §3.3 with RFC 8446 §4.2.
  max_fragment_length: "CH, EE",
  signed_certificate_timestamp: "CH, CR, CT",
} as const;

const codePoints = {
  server_name: 0,
  max_fragment_length: 1,
  status_request: 5,
  supported_groups: 10,
  signature_algorithms: 13,
  use_srtp: 14,
  heartbeat: 15,
  application_layer_protocol_negotiation: 16,
  signed_certificate_timestamp: 18,
  client_certificate_type: 19,
  server_certificate_type: 20,
  padding: 21,
  compress_certificate: 27,
  record_size_limit: 28,
  delegated_credential: 34,
  supported_ekt_ciphers: 39,
  pre_shared_key: 41,
  early_data: 42,
  supported_versions: 43,
  cookie: 44,
  psk_key_exchange_modes: 45,
  certificate_authorities: 47,
  oid_filters: 48,
  post_handshake_auth: 49,
  signature_algorithms_cert: 50,
  key_share: 51,
  transparency_info: 52,
  external_id_hash: 55,
  external_session_id: 56,
  quic_transport_parameters: 57,
  ticket_request: 58,
  ech_outer_extensions: 64_768,
  encrypted_client_hello: 65_037,
} as const;

const hosts: Readonly<Record<string, ExtensionHost>> = {
  CH: "ClientHello",
  SH: "ServerHello",
  HRR: "HelloRetryRequest",
  EE: "EncryptedExtensions",
  CR: "CertificateRequest",
  CT: "Certificate",
  NST: "NewSessionTicket",
};

const rows = Object.values(extensionTable) as ExtensionRow[];
const rowNamed = new Map(rows.map((row) => [row.name, row]));

describe("the table of extensions", () => {
  test("has a row for each of RFC 9846's and no other", () => {
    expect([...rowNamed.keys()].sort()).toEqual(Object.keys(rfcTable).sort());
    expect(Object.keys(codePoints).sort()).toEqual(Object.keys(rfcTable).sort());
  });

  test.each(Object.entries(rfcTable))("%s may stand in %s", (name, places) => {
    const row = rowNamed.get(name)!;
    const allowed = places.split(", ").map((short) => hosts[short]);
    expect(Object.keys(row.in).sort()).toEqual(allowed.sort());
    expect(row.type).toBe(codePoints[name as keyof typeof codePoints]);
    expect(extensionByType(row.type)?.[1]).toBe(row);
    expect(extensionName(row.type)).toBe(name);
  });

  test("only the cookie comes unasked, and only in HelloRetryRequest", () => {
    expect(
      rows.filter(({ unasked }) => unasked.length > 0).map(({ name, unasked }) => [name, unasked]),
    ).toEqual([["cookie", ["HelloRetryRequest"]]]);
  });

  test("has no row for what nobody registered", () => {
    expect(extensionByType(0x0a0a)).toBeUndefined();
    expect(extensionName(0x0a0a)).toBe("extension 2570");
  });
});

const bodies = Object.entries(extensionBodies).flatMap(([key, byHost]) =>
  Object.entries(byHost).map(([host, arbitrary]) => {
    const row = extensionTable[key as keyof typeof extensionTable] as ExtensionRow;
    return {
      name: `${row.name} in ${host}`,
      codec: row.in[host as ExtensionHost] as Codec<unknown>,
      arbitrary: arbitrary as fc.Arbitrary<unknown>,
      takesAnything: (row.in[host as ExtensionHost] as Codec<unknown>).shape.kind === "bytes",
    };
  }),
);

describe.each(bodies.map((one) => [one.name, one] as const))(
  "%s",
  (_name, { codec, arbitrary, takesAnything }) => {
    test("round-trips", () => {
      fc.assert(
        fc.property(arbitrary, (body) => {
          expect(decode(codec, encode(codec, body))).toEqual(body);
        }),
        { numRuns: 60 },
      );
    });

    if (!takesAnything)
      test("is refused where bytes follow it [4.3/2, 6/10]", () => {
        fc.assert(
          fc.property(arbitrary, fc.uint8Array({ minLength: 1, maxLength: 3 }), (body, more) => {
            const whole = encode(codec, body);
            expect(refusalOf(() => decode(codec, concat(whole, more)))).toBe("trailing_bytes");
          }),
          { numRuns: 40 },
        );
      });

    if (!takesAnything)
      test("is refused where it is cut short [6/10]", () => {
        fc.assert(
          fc.property(arbitrary, fc.nat(), (body, at) => {
            const whole = encode(codec, body);
            if (whole.length === 0) return;
            expect(refusalOf(() => decode(codec, whole.subarray(0, at % whole.length)))).toBe(
              "malformed_message",
            );
          }),
          { numRuns: 40 },
        );
      });

    test("with any byte changed is read as what it now says, or refused as unreadable", () => {
      fc.assert(
        fc.property(arbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, flip) => {
          const bytes = encode(codec, body);
          if (bytes.length === 0) return;
          bytes[at % bytes.length]! ^= flip;
          expectStrict(codec, bytes);
        }),
        { numRuns: 100 },
      );
    });

    test("random bytes are read as what they say, or refused as unreadable", () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
          expectStrict(codec, Uint8Array.from(bytes));
        }),
        { numRuns: 60 },
      );
    });
  },
);

/** There is one way to write each value, so what can be read is written back as it came. */
function expectStrict(codec: Codec<unknown>, bytes: Bytes): void {
  const outcome = outcomeOf(() => decode(codec, bytes));
  if ("value" in outcome) expect(encode(codec, outcome.value)).toEqual(bytes);
  else expect(["malformed_message", "trailing_bytes"]).toContain(outcome.code);
}

describe("bodies that break a bound", () => {
  const { in: serverName } = extensionTable.serverName;
  const { in: alpn } = extensionTable.applicationLayerProtocolNegotiation;
  const { in: keyShare } = extensionTable.keyShare;
  const { in: psk } = extensionTable.preSharedKey;
  const { in: status } = extensionTable.statusRequest;
  const { in: sct } = extensionTable.signedCertificateTimestamp;
  const list32 = `21${"20".padEnd(66, "0")}`;

  test.each<readonly [string, Codec<unknown>, string]>([
    ["an empty list of server names", serverName.ClientHello, "0000"],
    ["an empty server name", serverName.ClientHello, "0003000000"],
    ["two server names of one type", serverName.ClientHello, "0008 00000161 00000162"],
    ["an empty list of groups", extensionTable.supportedGroups.in.ClientHello, "0000"],
    ["half a group", extensionTable.supportedGroups.in.EncryptedExtensions, "0003001d00"],
    ["an empty list of schemes", extensionTable.signatureAlgorithms.in.CertificateRequest, "0000"],
    [
      "an empty list of schemes for certificates",
      extensionTable.signatureAlgorithmsCert.in.ClientHello,
      "0000",
    ],
    ["an empty list of protocols", alpn.EncryptedExtensions, "0000"],
    ["an empty protocol", alpn.EncryptedExtensions, "000100"],
    ["an empty protocol after another", alpn.EncryptedExtensions, "0004 026832 00"],
    ["an empty list of versions", extensionTable.supportedVersions.in.ClientHello, "00"],
    ["an odd list of versions", extensionTable.supportedVersions.in.ClientHello, "03030403"],
    ["half a version", extensionTable.supportedVersions.in.ServerHello, "03"],
    ["an empty cookie", extensionTable.cookie.in.HelloRetryRequest, "0000"],
    ["an empty share", keyShare.ServerHello, "001d0000"],
    ["an empty share in a list", keyShare.ClientHello, "0004001d0000"],
    ["an empty list of key exchange modes", extensionTable.pskKeyExchangeModes.in.ClientHello, "00"],
    ["an empty PSK identity", psk.ClientHello, `0006000000000000 0022${list32}`],
    ["no PSK identity", psk.ClientHello, `0000 0022${list32}`],
    ["a short binder", psk.ClientHello, `0007 000161 00000000 0020 1f ${"00".repeat(31)}`],
    ["no binder", psk.ClientHello, "0007 000161 00000000 0000"],
    ["a certificate status of an unknown type", status.Certificate, "0200000161"],
    ["an empty OCSP response", status.Certificate, "01000000"],
    ["an empty list of timestamps", sct.Certificate, "0000"],
    ["an empty timestamp", sct.Certificate, "00020000"],
    ["an empty list of authorities", extensionTable.certificateAuthorities.in.CertificateRequest, "0000"],
    ["an empty authority", extensionTable.certificateAuthorities.in.CertificateRequest, "00020000"],
    ["an empty object identifier", extensionTable.oidFilters.in.CertificateRequest, "0003000000"],
    ["a short max_early_data_size", extensionTable.earlyData.in.NewSessionTicket, "000000"],
  ])("%s [6/10]", (_, codec, hex) => {
    expect(refusalOf(() => decode(codec, fromHex(hex)))).toBe("malformed_message");
  });

  test.each<readonly [string, Codec<unknown>, string]>([
    ["a list of shares that asks for a retry", keyShare.ClientHello, "0000"],
    ["an empty list of filters", extensionTable.oidFilters.in.CertificateRequest, "0000"],
    ["an empty status_request in CertificateRequest", status.CertificateRequest, ""],
    ["a status_request with a body in CertificateRequest", status.CertificateRequest, "0100000000"],
  ])("%s is none", (_, codec, hex) => {
    expect("value" in outcomeOf(() => decode(codec, fromHex(hex)))).toBe(true);
  });
});
