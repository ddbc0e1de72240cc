import { type GroupName, groupByCode } from "../../src/crypto/groups.ts";
import { type SignatureSchemeName, signatureSchemeByCode } from "../../src/crypto/signatureSchemes.ts";
import { Unimplemented } from "./outcome.ts";
import { type Policy, policies } from "./policies.ts";
import { type Credential, noSettings, type Settings } from "./settings.ts";

interface Flag {
  readonly takesValue: boolean;
  readonly apply: (to: Settings, value: string) => void;
}

type KeysOf<O, T> = { [K in keyof O]-?: T extends O[K] ? K : never }[keyof O];

const yes = (name: KeysOf<Settings, true>): Flag => ({
  takesValue: false,
  apply: (to) => {
    to[name] = true;
  },
});
const withValue = (apply: Flag["apply"]): Flag => ({ takesValue: true, apply });
const text = (name: KeysOf<Settings, string>): Flag =>
  withValue((to, value) => {
    to[name] = value;
  });
const number = (name: KeysOf<Settings, number>): Flag =>
  withValue((to, value) => {
    to[name] = Number(value);
  });
const base64 = (name: KeysOf<Settings, Uint8Array>): Flag =>
  withValue((to, value) => {
    to[name] = bytes(value);
  });
const credential = (apply: (to: Credential, value: string) => void): Flag =>
  withValue((to, value) => apply(lastCredential(to), value));
const newCredential = (kind: Credential["kind"]): Flag => ({
  takesValue: false,
  apply: ({ credentials }) => {
    const index = credentials.filter((one) => one.index >= 0).length;
    credentials.push({ kind, index });
  },
});
const policy = ({ cipherSuites, groups, signatureSchemes }: Policy): Flag => ({
  takesValue: false,
  apply: (to) => {
    to.cipherSuites = cipherSuites;
    to.groups.push(...groups);
    to.verifyPrefs = [...signatureSchemes];
  },
});
/** Asks for what this client does anyway, or for what makes no difference to it. */
const nothing: Flag = { takesValue: false, apply: () => {} };
const nothingWithValue: Flag = { takesValue: true, apply: () => {} };

const flags: Readonly<Record<string, Flag>> = {
  "-port": number("port"),
  "-shim-id": withValue((to, value) => {
    to.shimId = BigInt(value);
  }),
  "-ipv6": yes("ipv6"),
  "-resume-count": number("resumeCount"),
  "-resumption-delay": number("resumptionDelay"),

  "-async": yes("async"),
  "-host-name": text("hostName"),
  "-advertise-alpn": text("advertiseAlpn"),
  "-curves": withValue((to, value) => void to.groups.push(groupOf("-curves", value))),
  "-key-shares": withValue((to, value) => void to.keyShares.push(groupOf("-key-shares", value))),
  "-no-key-shares": yes("noKeyShares"),
  "-verify-prefs": withValue((to, value) => {
    to.verifyPrefs ??= [];
    addScheme(to.verifyPrefs, "-verify-prefs", value);
  }),
  "-fips-202205": policy(policies["-fips-202205"]),
  "-wpa-202304": policy(policies["-wpa-202304"]),
  "-cnsa1-202603": policy(policies["-cnsa1-202603"]),
  "-trust-cert": text("trustCert"),
  "-verify-peer": yes("verifyPeer"),
  "-use-custom-verify-callback": yes("useCustomVerifyCallback"),
  "-verify-fail": yes("verifyFail"),
  "-fail-ocsp-callback": yes("failOcspCallback"),
  "-fail-cert-callback": yes("failCertCallback"),
  "-enable-early-data": yes("enableEarlyData"),
  // Older versions are never offered.
  "-no-tls1": nothing,
  "-no-tls11": nothing,
  "-no-tls12": nothing,
  "-min-version": nothingWithValue,
  "-max-version": withValue((_, value) => {
    if (Number(value) < 0x0304) throw new Unimplemented(`-max-version ${value}`);
  }),

  "-new-x509-credential": newCredential("x509"),
  "-new-psk-credential": newCredential("psk"),
  "-cert-file": credential((to, value) => {
    to.certFile = value;
  }),
  "-key-file": credential((to, value) => {
    to.keyFile = value;
  }),
  "-signing-prefs": credential((to, value) => {
    to.signingPrefs ??= [];
    addScheme(to.signingPrefs, "-signing-prefs", value);
  }),
  "-ocsp-response": credential((to, value) => {
    to.ocspResponse = bytes(value);
  }),
  "-signed-cert-timestamps": credential((to, value) => {
    to.signedCertificateTimestamps = bytes(value);
  }),
  "-must-match-issuer": {
    takesValue: false,
    apply: (to) => {
      lastCredential(to).mustMatchIssuer = true;
    },
  },
  "-psk-importer-key": credential((to, value) => {
    to.pskKey = bytes(value);
  }),
  "-psk-importer-identity": credential((to, value) => {
    to.pskIdentity = bytes(value);
  }),
  "-psk-importer-context": credential((to, value) => {
    to.pskContext = bytes(value);
  }),
  "-psk-importer-sha256": {
    takesValue: false,
    apply: (to) => {
      lastCredential(to).pskHash = "SHA-256";
    },
  },
  "-psk-importer-sha384": {
    takesValue: false,
    apply: (to) => {
      lastCredential(to).pskHash = "SHA-384";
    },
  },

  "-shim-writes-first": yes("shimWritesFirst"),
  "-read-with-unfinished-write": yes("readWithUnfinishedWrite"),
  "-shim-initial-write": text("shimInitialWrite"),
  "-repeat-shim-initial-write": number("repeatShimInitialWrite"),
  "-early-write-after-message": number("earlyWriteAfterMessage"),
  "-shim-shuts-down": yes("shimShutsDown"),
  "-check-close-notify": yes("checkCloseNotify"),
  "-key-update": yes("keyUpdate"),
  "-key-update-before-read": yes("keyUpdateBeforeRead"),
  "-export-keying-material": number("exportKeyingMaterial"),
  "-export-label": text("exportLabel"),
  "-export-context": text("exportContext"),
  "-use-export-context": yes("useExportContext"),
  "-use-exporter-between-reads": yes("useExporterBetweenReads"),
  "-export-traffic-secrets": yes("exportTrafficSecrets"),

  "-expect-alpn": text("expectAlpn"),
  "-expect-cipher": number("expectCipher"),
  "-expect-cipher-aes": number("expectCipherAes"),
  "-expect-cipher-no-aes": number("expectCipherNoAes"),
  "-expect-version": number("expectVersion"),
  "-expect-curve-id": number("expectCurveId"),
  "-expect-peer-signature-algorithm": number("expectPeerSignatureAlgorithm"),
  "-expect-peer-cert-file": text("expectPeerCertFile"),
  "-expect-no-peer-cert": yes("expectNoPeerCert"),
  "-expect-ocsp-response": base64("expectOcspResponse"),
  "-expect-signed-cert-timestamps": base64("expectSignedCertTimestamps"),
  "-expect-client-ca-list": text("expectClientCaList"),
  "-expect-peer-verify-pref": withValue((to, value) => {
    // What this library has no name for, it does not show.
    const name = signatureSchemeByCode(Number(value));
    if (name !== undefined) to.expectPeerVerifyPrefs.push(name);
  }),
  "-expect-selected-credential": number("expectSelectedCredential"),
  "-expect-hrr": yes("expectHrr"),
  "-expect-no-hrr": yes("expectNoHrr"),
  "-expect-session-miss": yes("expectSessionMiss"),
  "-expect-no-session": yes("expectNoSession"),
  "-expect-ticket-supports-early-data": yes("expectTicketSupportsEarlyData"),
  "-expect-accept-early-data": yes("expectAcceptEarlyData"),
  "-expect-reject-early-data": yes("expectRejectEarlyData"),
  "-expect-no-offer-early-data": yes("expectNoOfferEarlyData"),
  "-expect-early-data-reason": text("expectEarlyDataReason"),

  // Responses and timestamps are always asked for; where they are to be looked at, the verifier does it.
  "-enable-ocsp-stapling": nothing,
  "-enable-signed-cert-timestamps": nothing,
  "-use-ocsp-callback": nothing,
  "-permute-extensions": nothing,
  "-reverify-on-resume": nothing,
  // What they stand for is part of TLS 1.3, and of no earlier version.
  "-expect-extended-master-secret": nothing,
  "-expect-secure-renegotiation": nothing,
  "-no-legacy-server-connect": nothing,
  // Not sent over TLS.
  "-srtp-profiles": nothingWithValue,
  "-expect-not-resumable-across-names": nothing,
  // There is no other kind of handshake, and none after the first.
  "-implicit-handshake": nothing,
  "-handshake-twice": nothing,
  "-no-op-extra-handshake": nothing,
  "-renegotiate-freely": nothing,
  "-renegotiate-once": nothing,
  "-renegotiate-ignore": nothing,
  "-forbid-renegotiation-after-handshake": nothing,
  // Of servers.
  "-require-any-client-certificate": nothing,
  // There is one way to be asked for a certificate, and to learn what came of verification.
  "-use-old-client-cert-callback": nothing,
  "-expect-verify-result": nothing,
  "-expect-ticket-renewal": nothing,
};

/** The settings of the first connection, of those that resume, and of one whose early data the server rejected. */
export interface Run {
  readonly initial: Settings;
  readonly resume: Settings;
  readonly retry: Settings;
}

/** @throws Unimplemented where a flag, or its value, asks for what this client does not do */
export function parseFlags(args: readonly string[]): Run {
  const run: Run = { initial: noSettings(), resume: noSettings(), retry: noSettings() };
  for (let i = 0; i < args.length; i++) {
    const [, when = "", name = ""] =
      /^(?:-on-shim)?(?:-on-(initial|resume|retry))?(-.*)$/.exec(args[i] ?? "") ?? [];
    const flag = flags[name];
    if (flag === undefined) throw new Unimplemented(args[i] ?? "");
    const value = flag.takesValue ? (args[++i] ?? "") : "";
    const concerned = when === "" ? Object.values(run) : [run[when as keyof Run]];
    for (const settings of concerned) flag.apply(settings, value);
  }
  return run;
}

function groupOf(flag: string, value: string): GroupName {
  const name = groupByCode(Number(value));
  if (name === undefined) throw new Unimplemented(`${flag} ${value}`);
  return name;
}

/** RSA and ECDSA with SHA-1, and with MD5 and SHA-1 together: TLS 1.3 signs nothing by them (RFC 9846 §4.3.3). */
const forbiddenSchemes = [0x0201, 0x0203, 0xff01];

function addScheme(to: SignatureSchemeName[], flag: string, value: string): void {
  const name = signatureSchemeByCode(Number(value));
  if (name !== undefined) to.push(name);
  else if (!forbiddenSchemes.includes(Number(value))) throw new Unimplemented(`${flag} ${value}`);
}

/** The last one that was begun, or the one that stands before all of those. */
function lastCredential(settings: Settings): Credential {
  const last = settings.credentials.at(-1) ?? { kind: "x509", index: -1 };
  if (settings.credentials.length === 0) settings.credentials.push(last);
  return last;
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
