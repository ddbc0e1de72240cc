import { parseFlags } from "./flags.ts";
import { fits } from "./glob.ts";
import { Unimplemented } from "./outcome.ts";
import type { RunnerCase } from "./runner.ts";

/** Cases that are not run, and why. */
export interface LeftOut {
  readonly what: string;
  readonly why: string;
  /** How the README would claim what the cases are about: where it does, they have to run. */
  readonly claim: RegExp;
  /** Flags, with their values where those make the difference, that the shim takes no notice of. */
  readonly flags?: readonly string[];
  /** Names, for cases whose flags do not tell. */
  readonly tests?: readonly string[];
  /** Of those names, the ones that are run all the same. */
  readonly except?: readonly string[];
}

export const leftOut: readonly LeftOut[] = [
  {
    what: "servers",
    why: "this is a client",
    claim: /\btls13 serve\b|\bcreateServer\b/,
    flags: ["-server"],
  },
  { what: "DTLS", why: "this is TLS over streams", claim: /\bDTLS\b/, flags: ["-dtls"] },
  {
    what: "QUIC",
    why: "it carries handshake messages without records; the lab's bare channel shows that they can be",
    claim: /\bQUIC\b/,
    flags: ["-quic", "-quic-transport-params"],
  },
  {
    what: "TLS 1.2 and older",
    why: "TLS 1.3 is the only version offered, with suites of its own alone, and no server can bring this client to another",
    claim: /\bTLS 1\.[0-2]\b/,
    flags: [
      "-max-version *",
      "-no-tls13",
      "-cipher",
      "-psk",
      "-false-start",
      "-tls-unique",
      "-fallback-scsv",
      "-expect-total-renegotiations",
      "-renegotiate-explicit",
      "-expect-certificate-types",
      "-expect-msg-callback",
      "-write-different-record-sizes",
      "*-no-ticket",
    ],
    tests: [
      "*TLS1-*",
      "*-TLS1",
      "*TLS11*",
      "*TLS12*",
      "AlertAfterChangeCipherSpec",
      "Alternate*EmptyRecordsAnd*WarningAlerts",
      "AppDataAfterChangeCipherSpec*",
      "Agree-Digest-*",
      "BadCBCPadding*",
      "BadChangeCipherSpec-*",
      "BadECDHECurve",
      ...[1, 2, 3, 4].flatMap((r) => [1, 2, 3, 4].map((s) => `BadECDSA-${r}-${s}`)),
      "BadFinished-Client",
      "Basic-Client-*",
      "CertificateCipherMismatch-*",
      "CheckClientCertificateTypes",
      "CheckLeafCurve",
      "Client-RejectJDK11DowngradeRandom",
      "Compliance-*-TLS-Client-*_WITH_*",
      "Compliance-*-TLS-Client-RSA_PKCS1_*",
      "Client-ShortSessionID",
      "Client-TooLongSessionID",
      "ClientAuth-*-Client-TLS-*",
      "ClientAuth-*Callback-TLS-*",
      "ClientAuth-NoFallback-RSA",
      "ClientAuth-NoFallback-ECDSA",
      "ClientAuth-SignatureType",
      "CurveID-Resume-Client",
      "EarlyDataVersionDowngrade-*",
      "EchoTLS13CompatibilitySessionID",
      "EmptyCertificateList",
      "EmptySessionID",
      "ExtendedMasterSecret-*To*-Client",
      "FragmentAcrossChangeCipherSpec-*",
      "InvalidCompressionMethod",
      "MaxCBCPadding",
      "NoCommonAlgorithms",
      "NoSharedCipher",
      "NoSSL3-Client-Unsolicited",
      "PartialFinishedWithServerHelloDone",
      "PartialNewSessionTicketWithServerHelloDone",
      "PointFormat-Client-*",
      "RSAEphemeralKey",
      "RSAKeyUsage-Client-*TLS1",
      "Renegotiat*",
      "Resume-Client-CipherMismatch",
      "SendHalfHelloRequest-*",
      "SendSNIWarningAlert",
      "SendWarningAlerts-Pass",
      "SendWarningAlerts-TooMany*",
      "ServerAuth-Enforced",
      "ServerHelloBogusCipher",
      "SessionTicketsDisabled-Client-*",
      "Shutdown-Shim-*",
      "SkipChangeCipherSpec-Client",
      "SkipNewSessionTicket",
      "SkipServerKeyExchange",
      "StrayHelloRequest",
      "StrayHelloRequest-Packed",
      "Ticket-Forbidden-TLS13",
      ...["ServerHello", "ServerCertificate", "ServerKeyExchange", "CertificateStatus"].flatMap(ofTls12),
      ...["CertificateRequest", "ServerHelloDone", "ServerFinished", "NewSessionTicket"].flatMap(ofTls12),
      "UnauthenticatedECDH",
      "UnknownExtension-Client",
      "UnofferedExtension-Client",
      "UnsupportedCurve",
      "Verify-ServerAuth-SignatureType",
    ],
    except: [
      "MinimumVersion-Client*-TLS13-TLS",
      "MinimumVersion-Client*-TLS13-TLS1*-TLS",
      "MinimumVersion-Client*-TLS12-TLS1-TLS",
      "MinimumVersion-Client*-TLS12-TLS11-TLS",
      "MinimumVersion-Client*-TLS11-TLS1-TLS",
      "RenegotiationInfo-Forbidden-TLS13",
      "Renegotiate-Client-TLS13",
      "Shutdown-Shim-KeyUpdate-*",
    ],
  },
  {
    what: "Encrypted ClientHello",
    why: "not there yet",
    claim: /\bEncrypted Client ?Hello\b|\bECH\b/,
    flags: [
      "*-ech-config-list",
      "-enable-ech-grease",
      "-reject-unusable-ech-config",
      "-expect-no-ech-name-override",
    ],
  },
  {
    what: "ML-KEM alone",
    why: "a draft: RFC 10024 has ML-KEM together with a curve, and those groups are run",
    claim: /\bMLKEM(?:512|768|1024)\b|\b(?:pure|plain) ML-?KEM\b/,
    flags: ["-curves 514", "-key-shares 514", "-cnsa2-202603"],
    tests: ["Compliance-cnsa1-202603-TLS-Client-MLKEM1024"],
  },
  {
    what: "ML-DSA",
    why: "not there yet: schemes with it are neither offered nor known",
    claim: /\bML-?DSA/,
    flags: ["-signing-prefs 23*", "-verify-prefs 23*"],
    tests: ["Client-SignDefault-ML-DSA-*"],
  },
  {
    what: "rsa_pkcs1_sha256_legacy",
    why: "signatures of old smart cards, by a code point that RFC 9846 does not have",
    claim: /legacy code ?points?|rsa_pkcs1_sha256_legacy/,
    flags: ["-signing-prefs 1056", "-verify-prefs 1056"],
  },
  {
    what: "raw public keys",
    why: "RFC 7250 is not there yet: certificates are the only way to show a key",
    claim: /\b[Rr]aw public keys?\b|\bRFC 7250\b/,
    flags: ["-new-rpk-credential", "-accepted-peer-cert-types", "-available-client-cert-types"],
  },
  {
    what: "certificate compression",
    why: "RFC 8879 is not there yet",
    claim: /\b[Cc]ertificate compression\b|\bRFC 8879\b/,
    flags: ["-install-cert-compression-algs"],
  },
  {
    what: "GREASE in our own hello",
    why: "RFC 8701 is not there yet; that servers may send it is tested by the other cases, and by ours",
    claim: /\bGREASE\b/,
    flags: ["-enable-grease"],
  },
  {
    what: "flags of tickets",
    why: "resumption across names (RFC 9149) is not there: a session is for one name",
    claim: /\bRFC 9149\b|\bacross names\b/,
    flags: ["-expect-resumable-across-names"],
  },
  {
    what: "trust anchor identifiers",
    why: "a draft",
    claim: /\b[Tt]rust anchor identifiers?\b/,
    flags: ["-requested-trust-anchors"],
  },
  {
    what: "padding on demand",
    why: "a draft",
    claim: /\bserver padding\b/,
    flags: ["-request-server-padding"],
  },
  {
    what: "PAKE",
    why: "a draft",
    claim: /\bPAKE\b|\bSPAKE2\+/,
    flags: ["*-new-spake2plusv1-credential"],
  },
  {
    what: "application settings",
    why: "ALPS is an experiment of one vendor's",
    claim: /\bALPS\b|\bapplication settings\b/,
    flags: ["*-application-settings", "-alps-use-new-codepoint"],
  },
  {
    what: "NPN and Channel ID",
    why: "given up by those who had proposed them",
    claim: /\bNPN\b|\bChannel ID\b/,
    flags: ["-select-next-proto", "-select-empty-next-proto", "-send-channel-id"],
  },
  {
    what: "any application protocol",
    why: "RFC 7301 §3.2 has a server choose from what was offered, and there is no option to pass over that",
    claim: /\bunknown application protocols?\b/,
    flags: ["-allow-unknown-alpn-protos"],
  },
  {
    what: "a limit of one's own for certificates",
    why: "the limit for messages is fixed; tests of our own show it",
    claim: /\blimit for certificates\b/,
    flags: ["-max-cert-list"],
  },
  {
    what: "an alert of the program's choice",
    why: "what goes wrong has its alert, and a program has none to send but close_notify and user_canceled",
    claim: /\balerts? of (?:the program's|your) choice\b/,
    flags: ["-send-alert"],
  },
  {
    what: "SSL_peek",
    why: "streams have nothing of the kind",
    claim: /\bpeek\b/,
    flags: ["-peek-then-read"],
  },
];

function ofTls12(message: string): readonly string[] {
  return [`WrongMessageType-${message}-TLS`, `TrailingMessageData-${message}-TLS`];
}

/** Undefined where a case is to be run. One that the shim can't run has a row, or is run and fails. */
export function reasonFor({ name, flags }: RunnerCase): LeftOut | undefined {
  const flag = unimplementedFlag(flags);
  return leftOut.find(
    ({ flags = [], tests = [], except = [] }) =>
      (flag !== undefined && fits(flag, flags)) || (fits(name, tests) && !fits(name, except)),
  );
}

function unimplementedFlag(flags: readonly string[]): string | undefined {
  try {
    parseFlags(flags);
    return undefined;
  } catch (error) {
    if (error instanceof Unimplemented) return error.message;
    throw error;
  }
}
