import { type CipherSuiteName, cipherSuite, cipherSuites } from "../crypto/cipherSuites.ts";
import { type GroupName, groups, isHybrid } from "../crypto/groups.ts";
import type { CryptoProvider } from "../crypto/provider.ts";
import { type SignatureSchemeName, signatureSchemes } from "../crypto/signatureSchemes.ts";
import { makeHello } from "../handshake/client/clientHello.ts";
import { parseServerName } from "../handshake/client/serverName.ts";
import type { KeyLog } from "../handshake/keyLog.ts";
import { type ChooseIdentity, type ClientIdentity, checkIdentity } from "../identity/clientIdentity.ts";
import type { PaddingPolicy } from "../record/writer.ts";
import { checkExternalPsks, type ExternalPsk, type ExternalPskOptions } from "../session/externalPsk.ts";
import { type KnownBy, nameOfCertificates, nameOfPsk, partitionOf } from "../session/partition.ts";
import { checkSessionCache, type SessionCache } from "../session/sessionCache.ts";
import type { ServerVerifier } from "../trust/verifier.ts";
import { localError } from "../wire/error.ts";
import type { ConnectionSettings } from "./connection.ts";
import { checkEarlyDataSource, type EarlyDataSource } from "./earlyData.ts";
import type { Trace } from "./trace.ts";

/** What a connection is asked for. Every list is in order of preference. */
export interface ClientOptions {
  /** The DNS name (Unicode or A-labels) or IP address that the server's certificate must be for. */
  readonly serverName: string;
  /** Decides whether the server is who it should be. */
  readonly verifier: ServerVerifier;
  /** Application protocols to offer (RFC 7301), each of 1 to 255 ASCII characters. Default: none. */
  readonly alpn?: readonly string[];
  /** Default: all that the provider has; those that fit `psks` first, and else the fastest on this machine. */
  readonly cipherSuites?: readonly CipherSuiteName[];
  /**
   * Groups for the key exchange. Default: the curves that the provider has, x25519 first; before them X25519MLKEM768, which keeps
   * what is said from who records it until there is a quantum computer, where the runtime itself has ML-KEM; and a hybrid group
   * whose share `keyShares` asks for. A runtime without ML-KEM takes it from JavaScript, about as costly as a whole handshake.
   */
  readonly groups?: readonly GroupName[];
  /**
   * Groups whose shares go into the first hello; none costs a round trip on purpose. Default: the first of `groups`, and beside
   * a hybrid one the first that is none, for servers that know no hybrid.
   */
  readonly keyShares?: readonly GroupName[];
  /** Schemes for the server's signatures. Those of PKCS#1 v1.5 are for certificates only. Default: all. */
  readonly signatureSchemes?: readonly SignatureSchemeName[];
  /**
   * Who the client is, where a server asks for a certificate: an identity, shown where it suits the request, or a function
   * that picks one for each request. Default: nobody, and the answer is an empty Certificate.
   */
  readonly identity?: ClientIdentity | ChooseIdentity | undefined;
  /** Fail where a server asks and no identity suits, and send no empty Certificate. Default: false. */
  readonly requireIdentity?: boolean | undefined;
  /** Let the server ask for a certificate after the handshake, too (RFC 9846 §4.7.2). Default: false. */
  readonly postHandshakeAuthentication?: boolean | undefined;
  /** Look like TLS 1.2 to middleboxes (RFC 9846 §E.4). Default: true. */
  readonly compatibility?: boolean;
  /** Send the extensions of a hello in a random order. Default: true. */
  readonly shuffleExtensions?: boolean;
  /** Zero bytes to add to records (RFC 9846 §5.4). Default: none. */
  readonly padding?: PaddingPolicy;
  /** Gets the secrets as lines of NSS's key log. Whoever has them can read the connection. */
  readonly keyLog?: KeyLog;
  /** Gets every step of the connection. */
  readonly trace?: Trace;
  /** Ends the connection when it fires. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds that the handshake may take, and later each answer to a server that asks for a certificate. Default: 30,000; 0 for
   * no limit.
   */
  readonly handshakeTimeout?: number;
  /**
   * Milliseconds that an open connection may be idle, with no byte coming or leaving, until it fails with `timeout`. It is idle,
   * too, while what came waits for the application. Default: 0, for no limit.
   */
  readonly idleTimeout?: number;
  /**
   * Where sessions wait to be resumed (RFC 9846 §2.2). Default: none, and every connection makes a full handshake.
   */
  readonly sessions?: SessionCache;
  /**
   * What keeps the sessions of this connection apart in a cache: only connections that give the same may resume each
   * other's. Default: made of the server's name and port, the application protocols, the trust settings and the client's
   * identity; a cache that other processes share needs it to be given where one of those has no name.
   */
  readonly partition?: string;
  /** Keys that were agreed upon with the server outside of TLS (RFC 9846 §4.3.11). Default: none. */
  readonly psks?: readonly ExternalPskOptions[];
  /**
   * Sent before the server has answered, where a session allows it. It can be replayed by whoever saw it (RFC 9846 §8):
   * only what is harmless to receive twice belongs here, such as a safe request.
   */
  readonly earlyData?: EarlyDataSource;
  /** The primitives. Default: the runtime's. */
  readonly provider?: CryptoProvider;
}

const defaultHandshakeTimeout = 30_000;

/** What a face of the library may have under names of its own. */
type Named = Pick<ClientOptions, "serverName" | "verifier" | "alpn"> & {
  /** What a face knows of its connection besides. */
  readonly port?: number | undefined;
  /** What the verifier is known by: see {@link partitionOf}. */
  readonly trust?: KnownBy | undefined;
};
type NamedOption = "serverName" | "verifier" | "alpn";

const noPsks: readonly ExternalPskOptions[] = [];

/**
 * @param wanted in place of what `options` says of it
 * @throws TlsError `invalid_option`, which names the option: before a byte is sent
 */
export function checkOptions(options: ClientOptions, provider: CryptoProvider): ConnectionSettings;
export function checkOptions(
  options: Omit<ClientOptions, NamedOption>,
  provider: CryptoProvider,
  wanted: Named,
): ConnectionSettings;
export function checkOptions(
  options: Omit<ClientOptions, NamedOption>,
  provider: CryptoProvider,
  wanted: Named = options as ClientOptions,
): ConnectionSettings {
  const { serverName, hostName } = parseServerName(wanted.serverName);
  if (typeof wanted.verifier !== "function") throw invalid("verifier", "a function", wanted.verifier);
  const available = availableFrom(provider);
  const suiteNames = choice("cipherSuites", options.cipherSuites, available.cipherSuites);
  const { groupNames, keyShares } = checkGroups(options, available);
  const schemes = checkSchemes(options.signatureSchemes);
  const handshakeTimeout = options.handshakeTimeout ?? defaultHandshakeTimeout;
  const idleTimeout = options.idleTimeout ?? 0;
  checkMilliseconds("handshakeTimeout", handshakeTimeout);
  checkMilliseconds("idleTimeout", idleTimeout);
  checkFunction("padding", options.padding);
  checkFunction("keyLog", options.keyLog);
  checkFunction("trace", options.trace);
  const alpn = checkAlpn(wanted.alpn ?? []);
  const externalPsks = checkExternalPsks(options.psks === undefined ? noPsks : options.psks);
  if (options.earlyData !== undefined) checkEarlyDataSource(options.earlyData);
  // RFC 9846 §4.2.2/10
  for (const { hash } of externalPsks) {
    if (!suiteNames.some((name) => cipherSuites[name].hash === hash)) {
      throw invalid("psks", `a cipher suite with ${hash} for the key`, suiteNames);
    }
  }
  return {
    handshakeTimeout,
    idleTimeout,
    padding: options.padding,
    trace: options.trace,
    signal: options.signal,
    earlyData: options.earlyData,
    parameters: {
      provider,
      serverName,
      hostName,
      alpn,
      cipherSuites: (options.cipherSuites === undefined
        ? fittingFirst(suiteNames, externalPsks)
        : suiteNames
      ).map(cipherSuite),
      groups: groupNames,
      // RFC 9846 §4.3.8/3: in the order of supported_groups.
      keyShares: groupNames.filter((name) => keyShares.includes(name)),
      signatureSchemes: schemes,
      compatibility: options.compatibility ?? true,
      shuffleExtensions: options.shuffleExtensions ?? true,
      verifier: wanted.verifier,
      keyLog: options.keyLog,
      identity: checkedIdentity(options.identity),
      requireIdentity: options.requireIdentity ?? false,
      postHandshakeAuthentication: options.postHandshakeAuthentication ?? false,
      resumption:
        options.sessions === undefined
          ? undefined
          : {
              cache: checkSessionCache(options.sessions),
              partition: partitionOf(
                {
                  given: options.partition,
                  serverName,
                  port: wanted.port,
                  alpn,
                  signatureSchemes: schemes,
                  trust: wanted.trust ?? wanted.verifier,
                  identity: knownIdentity(options.identity, provider),
                  externalPsks: externalPsks.map((psk) => nameOfPsk(psk, provider.hashes["SHA-256"])),
                },
                options.sessions,
              ),
            },
      externalPsks,
      wantsEarlyData: options.earlyData !== undefined,
      hello: makeHello,
    },
  };
}

function checkGroups(
  { groups: wanted, keyShares: wantedShares }: Pick<ClientOptions, "groups" | "keyShares">,
  available: Available,
): { readonly groupNames: readonly GroupName[]; readonly keyShares: readonly GroupName[] } {
  const { groups: known, unasked } = available;
  const chosen = wanted === undefined ? undefined : choice("groups", wanted, known);
  if (wantedShares === undefined) {
    const groupNames = chosen ?? unasked;
    return { groupNames, keyShares: defaultShares(groupNames) };
  }
  if (!Array.isArray(wantedShares)) throw invalid("keyShares", "a list of groups", wantedShares);
  if (wantedShares.length > 0) choice("keyShares", wantedShares, chosen ?? known);
  // A hybrid group without its share would make servers that prefer it ask for a retry; with no share at all they do anyway.
  const beside = (name: GroupName): boolean =>
    wantedShares.includes(name) || (unasked.includes(name) && (wantedShares.length === 0 || !isHybrid(name)));
  return { groupNames: chosen ?? known.filter(beside), keyShares: wantedShares };
}

function defaultShares(names: readonly GroupName[]): readonly GroupName[] {
  const [first] = names;
  const plain = names.find((name) => !isHybrid(name));
  return names.filter((name) => name === first || (name === plain && isHybrid(first as GroupName)));
}

function checkFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") throw invalid(option, "a function", value);
}

/** @throws TlsError `invalid_option`, which names the option */
export function checkMilliseconds(option: string, value: number): void {
  // More would fire at once.
  if (Number.isFinite(value) && value >= 0 && value < 2 ** 31) return;
  throw invalid(option, "milliseconds from 0 to 2^31 - 1", value);
}

/** A server that goes by our order (OpenSSL does) takes a key only if the suite that it picks fits it. */
function fittingFirst(
  suites: readonly CipherSuiteName[],
  psks: readonly ExternalPsk[],
): readonly CipherSuiteName[] {
  if (psks.length === 0) return suites;
  const fits = (name: CipherSuiteName): boolean => psks.some(({ hash }) => hash === cipherSuites[name].hash);
  return [...suites.filter(fits), ...suites.filter((name) => !fits(name))];
}

const allSchemes = Object.freeze(Object.keys(signatureSchemes) as SignatureSchemeName[]);

function checkSchemes(wanted: readonly SignatureSchemeName[] | undefined): readonly SignatureSchemeName[] {
  if (wanted === undefined) return allSchemes;
  const schemes = choice("signatureSchemes", wanted, allSchemes);
  if (!schemes.some((name) => signatureSchemes[name].handshake)) {
    throw invalid("signatureSchemes", "one at least that TLS 1.3 allows in a handshake", schemes);
  }
  return schemes;
}

interface Available {
  /** Fastest on this machine first. */
  readonly cipherSuites: readonly CipherSuiteName[];
  readonly groups: readonly GroupName[];
  /** Those of the groups that are offered to who names none. */
  readonly unasked: readonly GroupName[];
}

const availableByProvider = new WeakMap<CryptoProvider, Available>();

/** What a provider has does not change, and is asked for with every connection. */
function availableFrom(provider: CryptoProvider): Available {
  const known = availableByProvider.get(provider);
  if (known !== undefined) return known;
  const aeads = provider.aeads().map(({ name }) => name);
  const groupsOf = (exchanges: CryptoProvider["keyExchanges"]): readonly GroupName[] =>
    (Object.keys(groups) as GroupName[]).filter((name) => exchanges.some((one) => one.name === name));
  const available: Available = {
    cipherSuites: (Object.keys(cipherSuites) as CipherSuiteName[])
      .filter((name) => aeads.includes(cipherSuites[name].aead))
      .sort((a, b) => aeads.indexOf(cipherSuites[a].aead) - aeads.indexOf(cipherSuites[b].aead)),
    groups: groupsOf(provider.keyExchanges),
    unasked: groupsOf(provider.keyExchanges.filter(({ onRequest }) => onRequest !== true)),
  };
  availableByProvider.set(provider, available);
  return available;
}

/** A list, not empty and without repeats, of things that can be had. */
function choice<T extends string>(
  option: string,
  chosen: readonly T[] | undefined,
  available: readonly T[],
): readonly T[] {
  if (chosen === undefined) return available;
  const isList = Array.isArray(chosen) && chosen.length > 0;
  const strange = isList ? chosen.findIndex((name) => !available.includes(name)) : -1;
  if (!isList || strange >= 0) {
    throw invalid(
      option,
      `a list of one or more of ${available.join(", ")}`,
      isList ? chosen[strange] : chosen,
    );
  }
  if (chosen.some(isRepeat)) throw invalid(option, "each name once", chosen);
  return chosen;
}

const isRepeat = (one: string, i: number, all: readonly string[]): boolean => all.indexOf(one) < i;

function checkAlpn(protocols: readonly string[]): readonly string[] {
  const fits = (one: unknown): boolean => typeof one === "string" && /^[\0-\x7f]{1,255}$/.test(one);
  if (!Array.isArray(protocols) || !protocols.every(fits)) {
    throw invalid("alpn", "a list of names of 1 to 255 ASCII characters", protocols);
  }
  // RFC 7301 §3.1: the list's length stands in two bytes, and the hello has other things to carry.
  if (protocols.reduce((sum, one) => sum + 1 + one.length, 0) > 8192)
    throw invalid("alpn", "8 KiB at most", protocols);
  if (protocols.some(isRepeat)) throw invalid("alpn", "each name once", protocols);
  return protocols;
}

function checkedIdentity(identity: ClientOptions["identity"]): ClientOptions["identity"] {
  if (identity === undefined || typeof identity === "function") return identity;
  if (typeof identity !== "object" || identity === null) {
    // What it is nobody is told: it may be the key.
    const expected = "certificates with a way to sign, or a function that picks such";
    throw invalid("identity", expected, identity === null ? null : typeof identity);
  }
  checkIdentity(identity);
  return identity;
}

/** Who a client is its certificates say; a choice is only itself. */
function knownIdentity(identity: ClientOptions["identity"], { hashes }: CryptoProvider): KnownBy | undefined {
  return typeof identity === "object"
    ? nameOfCertificates(identity.certificates, hashes["SHA-256"])
    : identity;
}

function invalid(option: string, expected: string, got: unknown): Error {
  return localError("invalid_option", `${option}: expected ${expected}, got ${show(got)}`);
}

function show(value: unknown): string {
  const text = typeof value === "string" || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return text.length > 200 ? `${text.slice(0, 200)} …` : text;
}
