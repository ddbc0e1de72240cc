import {
  type CipherSuite,
  type CipherSuiteName,
  cipherSuite,
  cipherSuites,
} from "../src/crypto/cipherSuites.ts";
import { type GroupName, groups } from "../src/crypto/groups.ts";
import { type SignatureSchemeName, signatureSchemes } from "../src/crypto/signatureSchemes.ts";
import { finishedVerifyData } from "../src/keyschedule/trafficSecret.ts";
import { encodeExtension, type RawExtension } from "../src/messages/extensions/extension.ts";
import { extensionTable as table } from "../src/messages/extensions/table.ts";
import type { MessageBody } from "../src/messages/handshake.ts";
import { helloRetryRequestRandom } from "../src/messages/serverHello.ts";
import { type Bytes, concat, fromAscii, noBytes } from "../src/wire/bytes.ts";
import { versions } from "../src/wire/registry.ts";
import type { Choice, LabContext } from "./context.ts";
import { answerShare } from "./keyAgreement.ts";
import type { ServerMessage } from "./options.ts";
import { readPskOffer, selectAgain, selectPsk } from "./pskOffer.ts";
import { LabError } from "./wire.ts";

/** RFC 9846 §4.2.1: what both sides can do, the server's order of preference first. */
export function choose(context: LabContext): Choice {
  const { options, hello, provider } = context;
  const aeads = provider.aeads().map(({ name }) => name);
  const available = (Object.keys(cipherSuites) as CipherSuiteName[]).filter((name) =>
    aeads.includes(cipherSuites[name].aead),
  );
  const suites = (options.cipherSuites ?? available).filter((name) =>
    hello.body.cipherSuites.includes(cipherSuites[name].code),
  );
  const offer = readPskOffer(context);
  const selected = selectPsk(context, offer, suites);
  const psk = selected?.psk;
  const suiteName = selected?.suite ?? suites[0];
  const wanted = options.groups ?? provider.keyExchanges.map(({ name }) => name);
  const offered = context.offered(table.supportedGroups) ?? [];
  const shared = (context.offered(table.keyShare) ?? []).map(({ group }) => group);
  const common = wanted.filter((name) => offered.includes(groups[name].code));
  const ready = common.find((name) => shared.includes(groups[name].code));
  const group: GroupName | undefined = options.retry?.group ?? ready ?? common[0];
  if (suiteName === undefined || group === undefined)
    throw new LabError("nothing in common with this ClientHello");
  const askFor = shared.includes(groups[group].code) ? undefined : group;
  const cookie = options.retry?.cookie;
  const retry =
    askFor === undefined && cookie === undefined && options.retry === undefined
      ? undefined
      : { group: askFor, cookie };
  const suite = cipherSuite(suiteName);
  const earlyData = judgeEarlyData(context, retry, psk, suite);
  const [first] = offer;
  const earlyDataLimit = first?.kind === "resumption" ? first.maxEarlyDataSize : undefined;
  return { suite, group, retry, psk, earlyData, earlyDataLimit };
}

/** RFC 9846 §4.3.10: taken with the first PSK alone, in its suite and its protocol; never before a retry. */
function judgeEarlyData(
  context: LabContext,
  retry: Choice["retry"],
  selected: Choice["psk"],
  suite: CipherSuite,
): Choice["earlyData"] {
  if (!context.offersEarlyData) return "none";
  const { earlyData = "reject" } = context.options;
  if (earlyData === "reject" || retry !== undefined || selected?.index !== 0) return "rejected";
  const { psk } = selected;
  return psk.kind === "resumption" && psk.suite === suite.name && psk.alpn === context.alpn
    ? "accepted"
    : "rejected";
}

/** What the second hello changes. */
export function chooseAgain(context: LabContext): Choice {
  const { choice } = context;
  const offer = readPskOffer(context);
  return choice.psk === undefined ? choice : { ...choice, psk: selectAgain(offer, choice.psk) };
}

/** RFC 9846 §4.3.3: the first scheme of the key's that the client offers; where there is none, the first (§4.5.1.2). */
export function chooseScheme(context: LabContext): SignatureSchemeName {
  const offered = context.offered(table.signatureAlgorithms) ?? [];
  const { schemes } = context.options.credentials;
  const scheme = schemes.find((name) => offered.includes(signatureSchemes[name].code)) ?? schemes[0];
  if (scheme === undefined) throw new LabError("there is nothing to sign with");
  return scheme;
}

/** What a server that keeps to the RFC says, message by message. */
export const honest: {
  readonly [N in ServerMessage]: (context: LabContext) => MessageBody<N> | Promise<MessageBody<N>>;
} = {
  HelloRetryRequest: (context) => {
    const { suite, retry } = context.choice;
    const extensions: RawExtension[] = [
      encodeExtension(table.supportedVersions, "HelloRetryRequest", versions["TLS 1.3"]),
    ];
    if (retry?.group !== undefined) {
      extensions.push(encodeExtension(table.keyShare, "HelloRetryRequest", groups[retry.group].code));
    }
    if (retry?.cookie !== undefined) {
      extensions.push(encodeExtension(table.cookie, "HelloRetryRequest", retry.cookie));
    }
    return {
      legacyVersion: versions["TLS 1.2"],
      random: helloRetryRequestRandom,
      legacySessionIdEcho: context.hello.body.legacySessionId,
      cipherSuite: suite.code,
      legacyCompressionMethod: 0,
      extensions,
    };
  },

  /** RFC 9846 §4.2.3; the key exchange happens here. */
  ServerHello: async (context) => {
    const { suite, group, psk } = context.choice;
    const { code } = groups[group];
    const theirs = (context.offered(table.keyShare) ?? []).find((share) => share.group === code);
    const { keyExchange, secret } = await answerShare(context.provider, group, theirs?.keyExchange);
    if (secret !== undefined) context.useSharedSecret(secret);
    return {
      legacyVersion: versions["TLS 1.2"],
      random: context.provider.random(32),
      legacySessionIdEcho: context.hello.body.legacySessionId,
      cipherSuite: suite.code,
      legacyCompressionMethod: 0,
      extensions: [
        encodeExtension(table.supportedVersions, "ServerHello", versions["TLS 1.3"]),
        encodeExtension(table.keyShare, "ServerHello", { group: code, keyExchange }),
        ...(psk === undefined ? [] : [encodeExtension(table.preSharedKey, "ServerHello", psk.index)]),
      ],
    };
  },

  EncryptedExtensions: (context) => {
    const { alpn } = context;
    const { applicationLayerProtocolNegotiation, serverName } = table;
    const extensions: RawExtension[] = [];
    if (context.offered(serverName) !== undefined) {
      extensions.push(encodeExtension(serverName, "EncryptedExtensions", {}));
    }
    if (alpn !== undefined) {
      extensions.push(
        encodeExtension(applicationLayerProtocolNegotiation, "EncryptedExtensions", [fromAscii(alpn)]),
      );
    }
    if (context.choice.earlyData === "accepted") {
      extensions.push(encodeExtension(table.earlyData, "EncryptedExtensions", {}));
    }
    return { extensions };
  },

  CertificateRequest: (context) => {
    const { requestCertificate } = context.options;
    const schemes = Object.values(signatureSchemes)
      .filter(({ handshake }) => handshake)
      .map(({ code }) => code);
    return {
      // §4.4.2: after the handshake, the answer is known by it.
      certificateRequestContext: context.finished ? context.provider.random(8) : noBytes,
      extensions:
        typeof requestCertificate === "object"
          ? requestCertificate
          : [encodeExtension(table.signatureAlgorithms, "CertificateRequest", schemes)],
    };
  },

  Certificate: (context) => {
    const { credentials, ocspResponse, signedCertificateTimestamps } = context.options;
    const { statusRequest, signedCertificateTimestamp } = table;
    const about: RawExtension[] = [];
    if (ocspResponse !== undefined && context.offered(statusRequest) !== undefined) {
      about.push(encodeExtension(statusRequest, "Certificate", { statusType: 1, response: ocspResponse }));
    }
    if (
      signedCertificateTimestamps !== undefined &&
      context.offered(signedCertificateTimestamp) !== undefined
    ) {
      about.push(encodeExtension(signedCertificateTimestamp, "Certificate", signedCertificateTimestamps));
    }
    return {
      certificateRequestContext: noBytes,
      certificateList: credentials.certificates.map((certData, index) => ({
        certData,
        extensions: index === 0 ? about : [],
      })),
    };
  },

  CertificateVerify: async (context) => {
    const { credentials, bends } = context.options;
    const scheme = chooseScheme(context);
    const content = signedContent("server", context.transcriptHash());
    const signed = (await bends?.signedContent?.(content, context)) ?? content;
    return { algorithm: signatureSchemes[scheme].code, signature: await credentials.sign(scheme, signed) };
  },

  Finished: (context) => ({
    verifyData: finishedVerifyData(context.handshakeSecrets.server, context.transcriptHash()),
  }),

  NewSessionTicket: ({ options, provider }) => {
    const { lifetime = 7200, ageAdd, nonce, maxEarlyDataSize } = options.ticket ?? {};
    const [a = 0, b = 0, c = 0, d = 0] = provider.random(4);
    return {
      ticketLifetime: lifetime,
      ticketAgeAdd: ageAdd ?? ((a << 24) | (b << 16) | (c << 8) | d) >>> 0,
      ticketNonce: nonce ?? provider.random(8),
      ticket: provider.random(32),
      extensions:
        maxEarlyDataSize === undefined
          ? []
          : [encodeExtension(table.earlyData, "NewSessionTicket", maxEarlyDataSize)],
    };
  },
};

/** The content that CertificateVerify signs (RFC 9846 §4.5.2), for bends that sign something close to it. */
export function signedContent(side: "server" | "client", transcriptHash: Bytes): Bytes {
  const label = `TLS 1.3, ${side} CertificateVerify`;
  return concat(new Uint8Array(64).fill(0x20), fromAscii(label), new Uint8Array(1), transcriptHash);
}
