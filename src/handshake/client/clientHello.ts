import { type GroupName, groups } from "../../crypto/groups.ts";
import type { KeyShare } from "../../crypto/provider.ts";
import { type SignatureSchemeName, signatureSchemes } from "../../crypto/signatureSchemes.ts";
import type { ClientHello } from "../../messages/clientHello.ts";
import { encodeExtension, type RawExtension } from "../../messages/extensions/extension.ts";
import { ocspRequest } from "../../messages/extensions/statusRequest.ts";
import { extensionTable as table } from "../../messages/extensions/table.ts";
import { encodeMessage } from "../../messages/handshake.ts";
import { maxPskOffer } from "../../session/externalPsk.ts";
import { fromAscii, noBytes } from "../../wire/bytes.ts";
import { localError } from "../../wire/error.ts";
import { versions } from "../../wire/registry.ts";
import type { MadeHello, Offer, PrivateShares, Retry } from "./offer.ts";
import { seldom } from "./onDemand.ts";
import type { ClientParameters, FirstFlight, HelloSource } from "./parameters.ts";

/** RFC 9846 §4.2.2 */
export function makeHello(
  parameters: ClientParameters,
  retry: Parameters<HelloSource>[1],
  beyond: FirstFlight = nothingBeyond,
): Promise<MadeHello> {
  return retry === undefined
    ? firstHello(parameters, beyond)
    : secondHello(parameters, retry.first, retry.asked);
}

const nothingBeyond: FirstFlight = { psks: [], earlyData: false };

async function firstHello(
  parameters: ClientParameters,
  { psks, earlyData }: FirstFlight,
): Promise<MadeHello> {
  const shares = await makeShares(parameters, parameters.keyShares);
  const extensions = extensionsOf(parameters, shares);
  if (earlyData) extensions.push(encodeExtension(table.earlyData, "ClientHello", {}));
  // One call to the platform for all that is random here: it costs more than the bytes do.
  const random = parameters.provider.random(32 + 32 + extensions.length);
  const hello: ClientHello = {
    legacyVersion: versions["TLS 1.2"],
    random: random.slice(0, 32),
    // §4.2.2/7: unpredictable, so that nothing on the way can tell it from a real session's.
    legacySessionId: parameters.compatibility ? random.slice(32, 64) : noBytes,
    cipherSuites: parameters.cipherSuites.map(({ code }) => code),
    legacyCompressionMethods: [0],
    extensions: parameters.shuffleExtensions ? shuffled(extensions, random.subarray(64)) : extensions,
  };
  const message =
    psks.length === 0
      ? encodeMessage("ClientHello", hello)
      : (await seldom()).encodeWithPsks(hello, psks, parameters.provider, []);
  return { message, shares, psks };
}

/**
 * RFC 9846 §4.2.2/2: the first hello but for key_share, the cookie, the end of early data and the PSKs, in the order of
 * the first.
 */
async function secondHello(parameters: ClientParameters, first: Offer, asked: Retry): Promise<MadeHello> {
  const { keyShare, cookie, preSharedKey, earlyData } = table;
  const group = asked.selectedGroup;
  const shares =
    group === undefined
      ? first.shares
      : await makeShares(
          parameters,
          parameters.groups.filter((name) => groups[name].code === group),
        );
  const extensions = first.hello.extensions
    // §4.3.10/4, and the PSKs come anew.
    .filter(({ type }) => type !== earlyData.type && type !== preSharedKey.type)
    .map((extension) => (extension.type === keyShare.type ? keyShareExtension(shares) : extension));
  if (asked.cookie !== undefined) extensions.push(encodeExtension(cookie, "ClientHello", asked.cookie));
  // §4.2.4/12; and a cookie goes before a PSK, where there is no room for both.
  const size = extensions.reduce((sum, { data }) => sum + 4 + data.length, 0);
  const psks = size > roomBesidePsks ? [] : first.psks.filter(({ hash }) => hash === asked.suite.hash);
  const hello: ClientHello = { ...first.hello, extensions };
  const message =
    psks.length === 0
      ? encodeMessage("ClientHello", hello)
      : (await seldom()).encodeWithPsks(hello, psks, parameters.provider, asked.transcript);
  return { message, shares, psks };
}

function extensionsOf(parameters: ClientParameters, shares: PrivateShares): RawExtension[] {
  const { hostName, alpn, resumption, externalPsks, postHandshakeAuthentication } = parameters;
  const same = constantExtensions();
  const extensions: RawExtension[] = [];
  if (hostName !== undefined) {
    const names = [{ nameType: 0, name: fromAscii(hostName) }];
    extensions.push(encodeExtension(table.serverName, "ClientHello", names));
  }
  extensions.push(same.supportedVersions);
  const groupCodes = parameters.groups.map((name) => groups[name].code);
  extensions.push(encodeExtension(table.supportedGroups, "ClientHello", groupCodes));
  extensions.push(keyShareExtension(shares));
  extensions.push(...schemeExtensions(parameters.signatureSchemes));
  if (alpn.length > 0) {
    const protocols = alpn.map(fromAscii);
    extensions.push(encodeExtension(table.applicationLayerProtocolNegotiation, "ClientHello", protocols));
  }
  // §4.3.9: also for the tickets that are to come.
  if (resumption !== undefined || externalPsks.length > 0) extensions.push(same.pskKeyExchangeModes);
  if (postHandshakeAuthentication) extensions.push(same.postHandshakeAuth);
  extensions.push(same.statusRequest, same.signedCertificateTimestamp);
  return extensions;
}

type Constant = ReturnType<typeof makeConstantExtensions>;

let constant: Constant | undefined;

/** What all hellos say in the same words is put into bytes once. */
function constantExtensions(): Constant {
  constant ??= makeConstantExtensions();
  return constant;
}

function makeConstantExtensions() {
  return {
    supportedVersions: encodeExtension(table.supportedVersions, "ClientHello", [versions["TLS 1.3"]]),
    pskKeyExchangeModes: encodeExtension(table.pskKeyExchangeModes, "ClientHello", [pskDheKe]),
    postHandshakeAuth: encodeExtension(table.postHandshakeAuth, "ClientHello", {}),
    statusRequest: encodeExtension(table.statusRequest, "ClientHello", ocspRequest),
    signedCertificateTimestamp: encodeExtension(table.signedCertificateTimestamp, "ClientHello", {}),
  };
}

/** Of lists that nobody can change any more, as the default is. */
const extensionsOfFrozen = new WeakMap<readonly SignatureSchemeName[], readonly RawExtension[]>();

function schemeExtensions(names: readonly SignatureSchemeName[]): readonly RawExtension[] {
  const known = extensionsOfFrozen.get(names);
  if (known !== undefined) return known;
  const all = names.map((name) => signatureSchemes[name]);
  const codes = (rows: typeof all) => rows.map(({ code }) => code);
  const forHandshakes = all.filter(({ handshake }) => handshake);
  const made = [encodeExtension(table.signatureAlgorithms, "ClientHello", codes(forHandshakes))];
  // §4.3.3: PKCS#1 v1.5 may sign certificates but no handshake, so the two lists differ.
  if (forHandshakes.length < all.length)
    made.push(encodeExtension(table.signatureAlgorithmsCert, "ClientHello", codes(all)));
  if (Object.isFrozen(names)) extensionsOfFrozen.set(names, made);
  return made;
}

/** RFC 9846 §4.3.9: a PSK never replaces the key exchange, without which there is no forward secrecy (§2.3). */
const pskDheKe = 1;

/** Bytes of other extensions beside which all PSKs that are offered have room. */
const roomBesidePsks = 0xffff - maxPskOffer - 8;

function keyShareExtension(shares: PrivateShares): RawExtension {
  const entries = [...shares].map(([group, { publicKey }]) => ({ group, keyExchange: publicKey }));
  return encodeExtension(table.keyShare, "ClientHello", entries);
}

/** RFC 9846 §4.3.8/6: fresh keys for every connection, and for every hello. */
async function makeShares(parameters: ClientParameters, names: readonly GroupName[]): Promise<PrivateShares> {
  const shares = new Map<number, KeyShare>();
  for (const name of names) {
    const exchange = parameters.provider.keyExchanges.find((one) => one.name === name);
    if (exchange === undefined)
      throw localError("no_common_parameters", `the provider lacks the group ${name}`);
    shares.set(groups[name].code, await exchange.generate());
  }
  return shares;
}

/** An order that changes from hello to hello keeps servers and middleboxes from getting used to one. */
function shuffled(extensions: readonly RawExtension[], random: Uint8Array): readonly RawExtension[] {
  const order = [...extensions];
  for (let i = order.length - 1; i > 0; i--) {
    const j = (random[i] as number) % (i + 1);
    [order[i], order[j]] = [order[j] as RawExtension, order[i] as RawExtension];
  }
  return order;
}
