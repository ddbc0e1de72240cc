import { cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { groups } from "../../src/crypto/groups.ts";
import { signatureSchemes } from "../../src/crypto/signatureSchemes.ts";
import { type ConnectionInfo, defaultProvider } from "../../src/index.ts";
import type { Session } from "../../src/sessions.ts";
import { versions } from "../../src/wire/registry.ts";
import { certificatesIn, type Identities, itemsOf, pskCredential } from "./credentials.ts";
import { expect } from "./outcome.ts";
import type { Settings } from "./settings.ts";

/** What was agreed on, and what came of the session that was offered. */
export function checkConnection(
  info: ConnectionInfo,
  identities: Identities,
  settings: Settings,
  isResumption: boolean,
): void {
  expect("resumed", isResumption && !settings.expectSessionMiss, info.resumed);
  if (settings.expectAlpn !== undefined) expect("ALPN", settings.expectAlpn, info.alpn ?? "");
  expect("version", settings.expectVersion ?? versions[info.version], versions[info.version]);
  const suite = settings.expectCipher ?? preferredSuite(settings);
  if (suite !== undefined) expect("cipher suite", suite, cipherSuites[info.cipherSuite].code);
  if (settings.expectCurveId !== undefined) {
    expect<number>("group", settings.expectCurveId, groups[info.group].code);
  }
  if (settings.expectPeerSignatureAlgorithm !== undefined && info.signatureScheme !== undefined) {
    const { code } = signatureSchemes[info.signatureScheme];
    expect<number>("signature scheme", settings.expectPeerSignatureAlgorithm, code);
  }
  if (settings.expectHrr) expect("retried", true, info.retried);
  if (settings.expectNoHrr) expect("retried", false, info.retried);
  checkCertificates(info, settings);
  checkRequest(info, identities, settings);
}

function preferredSuite({ expectCipherAes, expectCipherNoAes }: Settings): number | undefined {
  const [fastest] = defaultProvider.aeads();
  return fastest?.name.startsWith("AES") ? expectCipherAes : expectCipherNoAes;
}

function checkCertificates(info: ConnectionInfo, settings: Settings): void {
  const { expectPeerCertFile, expectNoPeerCert, expectOcspResponse, expectSignedCertTimestamps } = settings;
  if (expectPeerCertFile !== undefined) {
    expect("certificates", hexes(certificatesIn(expectPeerCertFile)), hexes(info.certificates));
  }
  const isExpected = !expectNoPeerCert && info.authentication !== "external_psk";
  expect("a certificate", isExpected, info.certificates.length > 0);
  if (expectOcspResponse !== undefined) {
    expect("OCSP response", hex(expectOcspResponse), info.ocspResponse && hex(info.ocspResponse));
  }
  if (expectSignedCertTimestamps !== undefined) {
    expect("timestamps", hexes(itemsOf(expectSignedCertTimestamps)), hexes(info.signedCertificateTimestamps));
  }
}

function checkRequest(info: ConnectionInfo, identities: Identities, settings: Settings): void {
  const { expectClientCaList, expectPeerVerifyPrefs, expectSelectedCredential } = settings;
  const request = identities.asked();
  if (expectClientCaList !== undefined) {
    const list = expectClientCaList === "<EMPTY>" ? "" : expectClientCaList;
    expect("authorities", list, hexes(request?.certificateAuthorities ?? []));
  }
  if (expectPeerVerifyPrefs.length > 0) {
    expect("schemes", expectPeerVerifyPrefs.join(), request?.signatureSchemes.join());
  }
  if (expectSelectedCredential !== undefined) {
    const chosen =
      info.pskIdentity === undefined ? identities.chosen() : pskCredential(info.pskIdentity, settings);
    expect("credential", expectSelectedCredential, chosen);
  }
}

/** BoringSSL's words for what came of early data. */
const reasons = {
  accepted: ["accept"],
  rejected: ["peer_declined", "session_not_resumed", "hello_retry_request"],
  not_offered: [
    "no_session_offered",
    "unsupported_for_session",
    "alpn_mismatch",
    "disabled",
    "protocol_version",
  ],
} as const;

export function checkEarlyData(info: ConnectionInfo, settings: Settings, isRetry: boolean): void {
  const outcome = info.earlyData?.outcome ?? "not_offered";
  if (settings.expectAcceptEarlyData) expect("early data", "accepted", outcome);
  if (settings.expectRejectEarlyData) expect("early data", "rejected", outcome);
  if (settings.expectNoOfferEarlyData && !isRetry) expect("early data", "not_offered", outcome);
  const { expectEarlyDataReason: reason } = settings;
  if (reason !== undefined) {
    expect(
      `early data, where ${reason} is expected`,
      true,
      reasons[outcome].some((one) => one === reason),
    );
  }
}

/** Whether the server gave a session, and what may be sent with it. */
export function checkSession(session: Session | undefined, settings: Settings): void {
  if (settings.shimShutsDown) return;
  expect("a session", !settings.expectNoSession, session !== undefined);
  if (session === undefined) return;
  expect(
    "a session for early data",
    settings.expectTicketSupportsEarlyData ?? false,
    session.maxEarlyDataSize > 0,
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function hexes(list: readonly Uint8Array[]): string {
  return list.map(hex).join();
}
