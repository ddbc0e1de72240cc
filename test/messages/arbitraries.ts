import fc from "fast-check";
import type { ExtensionHost, RawExtension } from "../../src/messages/extensions/extension.ts";
import type { DecodedExtensions, ExtensionKey } from "../../src/messages/extensions/table.ts";
import type { MessageBody, MessageName } from "../../src/messages/handshake.ts";
import { helloRetryRequestRandom } from "../../src/messages/serverHello.ts";
import type { Bytes } from "../../src/wire/bytes.ts";

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat({ max: 0xffff_ffff });

/** Bytes that own their memory; lengths stay small, the bounds have tests of their own. */
function bytes(min: number, max = min + 40): fc.Arbitrary<Bytes> {
  return fc.uint8Array({ minLength: min, maxLength: max }).map((some) => Uint8Array.from(some));
}

const list = <T>(element: fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> =>
  fc.array(element, { minLength, maxLength: minLength + 5 });

const nothing = fc.constant({});
const raw = bytes(0);
const schemes = list(u16, 1);
const keyShareEntry = fc.record({ group: u16, keyExchange: bytes(1) });

type ExtensionArbitraries = {
  readonly [K in ExtensionKey]: {
    readonly [H in ExtensionHost as K extends keyof DecodedExtensions<H> ? H : never]-?: fc.Arbitrary<
      K extends keyof DecodedExtensions<H> ? NonNullable<DecodedExtensions<H>[K]> : never
    >;
  };
};

const answered = { ClientHello: raw, EncryptedExtensions: raw };
const certificateRelated = { ClientHello: raw, CertificateRequest: raw, Certificate: raw };

/** A value for the body of each extension in each message that may hold it; the types keep it complete. */
export const extensionBodies: ExtensionArbitraries = {
  serverName: {
    ClientHello: fc.uniqueArray(fc.record({ nameType: u8, name: bytes(1) }), {
      minLength: 1,
      maxLength: 3,
      selector: ({ nameType }) => nameType,
    }),
    EncryptedExtensions: nothing,
    CertificateRequest: nothing,
  },
  statusRequest: {
    ClientHello: fc.record({ statusType: u8, responderIds: bytes(0), requestExtensions: bytes(0) }),
    CertificateRequest: raw,
    Certificate: fc.record({ statusType: fc.constant(1), response: bytes(1) }),
  },
  supportedGroups: { ClientHello: list(u16, 1), EncryptedExtensions: list(u16, 1) },
  signatureAlgorithms: { ClientHello: schemes, CertificateRequest: schemes },
  signatureAlgorithmsCert: { ClientHello: schemes, CertificateRequest: schemes },
  applicationLayerProtocolNegotiation: {
    ClientHello: list(bytes(1), 1),
    EncryptedExtensions: list(bytes(1), 1),
  },
  signedCertificateTimestamp: {
    ClientHello: nothing,
    CertificateRequest: raw,
    Certificate: list(bytes(1), 1),
  },
  padding: { ClientHello: raw },
  preSharedKey: {
    ClientHello: fc.record({
      identities: list(fc.record({ identity: bytes(1), obfuscatedTicketAge: u32 }), 1),
      binders: list(bytes(32, 48), 1),
    }),
    ServerHello: u16,
  },
  pskKeyExchangeModes: { ClientHello: list(u8, 1) },
  earlyData: { ClientHello: nothing, EncryptedExtensions: nothing, NewSessionTicket: u32 },
  supportedVersions: { ClientHello: list(u16, 1), ServerHello: u16, HelloRetryRequest: u16 },
  cookie: { ClientHello: bytes(1), HelloRetryRequest: bytes(1) },
  certificateAuthorities: { ClientHello: list(bytes(1), 1), CertificateRequest: list(bytes(1), 1) },
  oidFilters: { CertificateRequest: list(fc.record({ oid: bytes(1), values: bytes(0) })) },
  postHandshakeAuth: { ClientHello: nothing },
  keyShare: { ClientHello: list(keyShareEntry), ServerHello: keyShareEntry, HelloRetryRequest: u16 },
  maxFragmentLength: answered,
  useSrtp: answered,
  heartbeat: answered,
  clientCertificateType: answered,
  serverCertificateType: answered,
  compressCertificate: { ClientHello: raw, CertificateRequest: raw },
  recordSizeLimit: answered,
  delegatedCredential: certificateRelated,
  supportedEktCiphers: answered,
  transparencyInfo: certificateRelated,
  externalIdHash: answered,
  externalSessionId: answered,
  quicTransportParameters: answered,
  ticketRequest: answered,
  echOuterExtensions: { ClientHello: raw },
  encryptedClientHello: { ClientHello: raw, HelloRetryRequest: raw, EncryptedExtensions: raw },
};

const block: fc.Arbitrary<RawExtension[]> = fc.uniqueArray(fc.record({ type: u16, data: bytes(0) }), {
  maxLength: 5,
  selector: ({ type }) => type,
});

const serverHello = (random: fc.Arbitrary<Bytes>): fc.Arbitrary<MessageBody<"ServerHello">> =>
  fc.record({
    legacyVersion: u16,
    random,
    legacySessionIdEcho: bytes(0, 32),
    cipherSuite: u16,
    legacyCompressionMethod: u8,
    extensions: block,
  });

/** A body for each message. */
export const messageBodies: { readonly [N in MessageName]: fc.Arbitrary<MessageBody<N>> } = {
  ClientHello: fc.record({
    legacyVersion: u16,
    random: bytes(32, 32),
    legacySessionId: bytes(0, 32),
    cipherSuites: list(u16, 1),
    legacyCompressionMethods: list(u8, 1),
    extensions: block,
  }),
  ServerHello: serverHello(bytes(32, 32)),
  HelloRetryRequest: serverHello(fc.constant(helloRetryRequestRandom)),
  NewSessionTicket: fc.record({
    ticketLifetime: u32,
    ticketAgeAdd: u32,
    ticketNonce: bytes(0),
    ticket: bytes(1),
    extensions: block,
  }),
  EndOfEarlyData: nothing,
  EncryptedExtensions: fc.record({ extensions: block }),
  Certificate: fc.record({
    certificateRequestContext: bytes(0),
    certificateList: list(fc.record({ certData: bytes(1), extensions: block })),
  }),
  CertificateRequest: fc.record({ certificateRequestContext: bytes(0), extensions: block }),
  CertificateVerify: fc.record({ algorithm: u16, signature: bytes(0) }),
  Finished: fc.record({ verifyData: bytes(0, 64) }),
  KeyUpdate: fc.record({ requestUpdate: u8 }),
};
