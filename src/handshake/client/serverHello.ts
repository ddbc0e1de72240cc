import { type CipherSuite, cipherSuiteByCode, cipherSuiteName } from "../../crypto/cipherSuites.ts";
import { groupName } from "../../crypto/groups.ts";
import type { KeyShare } from "../../crypto/provider.ts";
import { decodeExtension, type RawExtension } from "../../messages/extensions/extension.ts";
import { extensionTable } from "../../messages/extensions/table.ts";
import type { ServerHello } from "../../messages/serverHello.ts";
import { type Bytes, equal, fromHex } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";
import { versionName, versions } from "../../wire/registry.ts";
import { readExtensions } from "./extensions.ts";
import type { Offer, Retry } from "./offer.ts";
import type { OfferedPsk } from "./pskOffer.ts";

export interface ServerShare {
  readonly group: number;
  readonly keyExchange: Bytes;
  /** Our half of the exchange. */
  readonly ours: KeyShare;
}

export interface AcceptedServerHello {
  readonly suite: CipherSuite;
  readonly share: ServerShare;
  /** The PSK that the server chose, and where it stands in the list. */
  readonly psk: { readonly index: number; readonly offered: OfferedPsk } | undefined;
}

/** RFC 9846 §4.2.3 */
export function checkServerHello(
  offer: Offer,
  retry: Retry | undefined,
  hello: ServerHello,
): AcceptedServerHello {
  const suite = checkCommonFields(offer, retry, "ServerHello", hello);
  // §4.2.4/11
  if (retry !== undefined && suite.code !== retry.suite.code) {
    throw peerError("cipher_suite_changed_after_retry", { expected: retry.suite.name, got: suite.name });
  }
  const { keyShare, preSharedKey } = readExtensions("ServerHello", hello.extensions, offer.extensionTypes);
  const psk = preSharedKey === undefined ? undefined : checkSelectedPsk(offer, suite, preSharedKey);
  if (keyShare === undefined) {
    // §4.3.11/6
    if (psk !== undefined) throw peerError("psk_without_key_share", "psk_dhe_ke is all that was offered");
    // §4.3.9/2: without a PSK there is always a share.
    throw peerError("missing_key_share", "no PSK was chosen, so there must be one");
  }
  const { group, keyExchange } = keyShare;
  // §4.3.8/12
  if (retry?.selectedGroup !== undefined && group !== retry.selectedGroup) {
    throw peerError("key_share_group_changed_after_retry", {
      expected: groupName(retry.selectedGroup),
      got: groupName(group),
    });
  }
  const ours = offer.shares.get(group);
  // §4.3.8/11
  if (ours === undefined) {
    const expected = [...offer.shares.keys()].map(groupName).join(" or ");
    throw peerError("key_share_group_not_offered", { expected, got: groupName(group) });
  }
  return { suite, share: { group, keyExchange, ours }, psk };
}

/** RFC 9846 §4.3.11 */
function checkSelectedPsk(
  { psks }: Offer,
  suite: CipherSuite,
  index: number,
): { readonly index: number; readonly offered: OfferedPsk } {
  const offered = psks[index];
  // §4.3.11/4
  if (offered === undefined) {
    throw peerError("selected_identity_out_of_range", {
      expected: `0 to ${psks.length - 1}`,
      got: `${index}`,
    });
  }
  // §4.3.11/5
  if (offered.hash !== suite.hash) {
    throw peerError("psk_hash_mismatch", {
      expected: `a suite with ${offered.hash}`,
      got: suite.name,
    });
  }
  return { index, offered };
}

/**
 * The fields that ServerHello and HelloRetryRequest share. The version comes first (§4.3.1/4): the hello of an older one
 * may break all the rules that follow.
 */
export function checkCommonFields(
  offer: Offer,
  retry: Retry | undefined,
  host: "ServerHello" | "HelloRetryRequest",
  hello: ServerHello,
): CipherSuite {
  checkVersion(offer, retry, host, hello);
  // §4.2.3/1, §4.2.4/2
  if (hello.legacyVersion !== versions["TLS 1.2"]) {
    throw peerError("bad_legacy_version", { expected: "0x0303", got: versionName(hello.legacyVersion) });
  }
  // §4.2.3/2, §4.2.4/3
  if (!equal(hello.legacySessionIdEcho, offer.hello.legacySessionId)) {
    throw peerError("session_id_not_echoed", {
      expected: `the ${offer.hello.legacySessionId.length} bytes that were sent`,
      got: `${hello.legacySessionIdEcho.length} bytes`,
    });
  }
  // §4.2.3/3, §4.2.4/4
  const suite = cipherSuiteByCode(hello.cipherSuite);
  if (suite === undefined || !offer.hello.cipherSuites.includes(hello.cipherSuite)) {
    const expected = offer.hello.cipherSuites.map(cipherSuiteName).join(" or ");
    throw peerError("cipher_suite_not_offered", { expected, got: cipherSuiteName(hello.cipherSuite) });
  }
  // §4.2.3/4, §4.2.4/5
  if (hello.legacyCompressionMethod !== 0) {
    throw peerError("compression_selected", `${hello.legacyCompressionMethod}`);
  }
  return suite;
}

function checkVersion(
  offer: Offer,
  retry: Retry | undefined,
  host: "ServerHello" | "HelloRetryRequest",
  hello: ServerHello,
): void {
  const { supportedVersions } = extensionTable;
  const extension = hello.extensions.find(({ type }) => type === supportedVersions.type);
  if (extension === undefined) {
    // §4.3.1/1
    if (retry !== undefined)
      throw peerError("version_changed_after_retry", "ServerHello has no supported_versions");
    olderVersion(host, hello);
  }
  const selected = decodeExtension(supportedVersions, host, (extension as RawExtension).data);
  // §4.2.4/13
  if (retry !== undefined && selected !== versions["TLS 1.3"]) {
    throw peerError("version_changed_after_retry", { expected: "TLS 1.3", got: versionName(selected) });
  }
  // §4.3.1/7, §4.3.1/8
  if (selected !== versions["TLS 1.3"] || !offer.versions.includes(selected)) {
    throw peerError("selected_version_not_offered", { expected: "TLS 1.3", got: versionName(selected) });
  }
}

const downgradeSentinels = [fromHex("444f574e47524401"), fromHex("444f574e47524400")];

/** A hello without supported_versions: a TLS 1.3 one that lacks it, or that of an older version. */
function olderVersion(host: string, hello: ServerHello): never {
  const isTls13 =
    host === "HelloRetryRequest" ||
    cipherSuiteByCode(hello.cipherSuite) !== undefined ||
    hello.extensions.some(({ type }) => type === extensionTable.keyShare.type);
  // §4.2.4/1
  if (isTls13) throw peerError("missing_supported_versions", host);
  const spoken = versionName(hello.legacyVersion);
  // §4.2.3/7, §4.2.3/8
  if (downgradeSentinels.some((sentinel) => equal(sentinel, hello.random.subarray(24)))) {
    throw peerError("downgrade_detected", `it answered with ${spoken}, and could have spoken TLS 1.3`);
  }
  // §E.1/2
  throw peerError("tls13_not_negotiated", `it answered with ${spoken}`);
}
