import type { TcpSocketConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import { type ClientOptions, checkMilliseconds, checkOptions } from "../connection/options.ts";
import { defaultProvider } from "../crypto/provider/node.ts";
import { type KnownBy, trustKnownBy } from "../session/partition.ts";
import { createServerVerifier } from "../trust/serverVerifier.ts";
import type { Root } from "../trust/trustStore.ts";
import type { ServerVerifier } from "../trust/verifier.ts";
import { localError, TlsError } from "../wire/error.ts";
import { stapledOcsp } from "../x509/revocation/index.ts";
import { type ClientIdentityOptions, createClientIdentity } from "./clientIdentity.ts";
import { duplexTransport } from "./duplexTransport.ts";
import { systemRoots } from "./roots.ts";
import { connectTcp } from "./tcpTransport.ts";
import { TlsSocket } from "./tlsSocket.ts";
// Loaded with the rest: files are at hand here, and the first connection that needs it shall not wait.
import "../handshake/client/seldom.ts";

/** The options of a connection; where node:tls has a name for something, it is that name. */
export interface ConnectOptions extends Omit<ClientOptions, "serverName" | "verifier" | "alpn"> {
  /** Where to connect to. Default: "localhost". */
  readonly host?: string;
  readonly port?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly family?: number;
  readonly lookup?: TcpSocketConnectOpts["lookup"];
  /** A stream to speak TLS over, in place of a new TCP connection: after STARTTLS, through a proxy, over another TLS. */
  readonly socket?: Duplex;
  /** What was already read from `socket` and belongs to TLS. */
  readonly prefix?: Uint8Array;
  /** The DNS name or IP address that the certificate must be for. Default: `host`. */
  readonly servername?: string;
  /** Trusted roots in place of the system's: PEM, DER or a store, or several of those. */
  readonly ca?: Root | Iterable<Root>;
  /** Decides about the server's certificates, in place of `ca` and the system's roots. */
  readonly verifier?: ServerVerifier;
  /** The client's own certificate, then those above it, PEM or DER: what `identity` is made of, together with `key`. */
  readonly cert?: ClientIdentityOptions["cert"] | undefined;
  /** The private key of the first certificate of `cert`. */
  readonly key?: ClientIdentityOptions["key"] | undefined;
  /** Of an encrypted key. */
  readonly passphrase?: ClientIdentityOptions["passphrase"];
  /** Application protocols to offer, in order of preference (RFC 7301). */
  readonly ALPNProtocols?: readonly string[];
  /** Milliseconds of idle time after which the socket emits 'timeout', and goes on. Default: none. */
  readonly timeout?: number;
  /** Whether our side stays open when the server has ended its own. Default: false. */
  readonly allowHalfOpen?: boolean;
}

/**
 * Connects to a TLS 1.3 server. The socket is there at once; 'secureConnect' says when the server is trusted, 'error' why
 * not. `handshakeTimeout` covers the TCP connection too.
 * @throws TlsError `invalid_option`, which names the option
 */
export function connect(options: ConnectOptions, onSecureConnect?: () => void): TlsSocket {
  refuseTightening(options);
  const { servername, ca, verifier, ALPNProtocols, socket: given, prefix, timeout } = options;
  const serverName = servername ?? options.host ?? (given === undefined ? "localhost" : undefined);
  if (serverName === undefined)
    throw localError("invalid_option", "servername: expected a name, since a socket has none");
  if (given === undefined && !isPort(options.port)) {
    throw localError("invalid_option", `port: expected a number from 1 to 65535, got ${options.port}`);
  }
  if (given === undefined && prefix !== undefined) {
    throw localError("invalid_option", "prefix: expected a socket from which it was read");
  }
  const settings = inOurWords(() =>
    checkOptions(withIdentity(options), options.provider ?? defaultProvider, {
      serverName,
      verifier: verifier ?? verifierFor(ca),
      alpn: ALPNProtocols ?? [],
      // A stream that was handed in does not tell where it leads.
      port: given === undefined ? options.port : undefined,
      trust: options.sessions === undefined ? undefined : trustOf(options),
    }),
  );
  if (timeout !== undefined) checkMilliseconds("timeout", timeout);
  const allowHalfOpen = options.allowHalfOpen ?? false;
  let tlsSocket: TlsSocket;
  if (given === undefined) {
    const { socket, transport } = connectTcp(tcpOptions(options), settings.handshakeTimeout);
    tlsSocket = new TlsSocket(transport, socket, settings, allowHalfOpen);
  } else tlsSocket = new TlsSocket(duplexTransport(given, prefix), given, settings, allowHalfOpen);
  if (timeout !== undefined) tlsSocket.setTimeout(timeout);
  if (onSecureConnect !== undefined) tlsSocket.once("secureConnect", onSecureConnect);
  return tlsSocket;
}

/** What node:tls would refuse more by, and what does so here: to pass over these would be to believe more than was wanted. */
const tightening = [
  ["checkServerIdentity", "a verifier that asks createServerVerifier and then what it likes"],
  ["crl", "a verifier with the checks of tls13/revocation"],
] as const;

/** @throws TlsError `invalid_option` */
function refuseTightening(options: object): void {
  for (const [option, instead] of tightening) {
    if ((options as Record<string, unknown>)[option] !== undefined) {
      throw localError("invalid_option", `${option}: expected none, but ${instead}`);
    }
  }
}

/** The options with the identity that `cert` and `key` are. */
function withIdentity(options: ConnectOptions): ConnectOptions {
  const { cert, key, passphrase, identity } = options;
  if (cert === undefined && key === undefined) return options;
  if (identity !== undefined) {
    throw localError("invalid_option", "identity: expected none beside cert and key, of which one is made");
  }
  // What is missing is named there.
  const given = { cert, key, passphrase } as ClientIdentityOptions;
  return { ...options, identity: createClientIdentity(given) };
}

/** What the core calls otherwise. */
const ourNames: Readonly<Record<string, string>> = {
  serverName: "servername",
  alpn: "ALPNProtocols",
  roots: "ca",
};

/** An error about an option names it as it is called here. */
function inOurWords<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof TlsError) || error.code !== "invalid_option") throw error;
    const [, name = "", rest] = /^(\w+)(:.*)$/s.exec(error.message) ?? [];
    const ours = ourNames[name];
    throw ours === undefined ? error : localError("invalid_option", ours + rest, error.cause);
  }
}

function tcpOptions({
  host,
  port,
  localAddress,
  localPort,
  family,
  lookup,
}: ConnectOptions): TcpSocketConnectOpts {
  return {
    host: host ?? "localhost",
    port: port as number,
    autoSelectFamily: true,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(localPort === undefined ? {} : { localPort }),
    ...(family === undefined ? {} : { family }),
    ...(lookup === undefined ? {} : { lookup }),
  };
}

function isPort(port: number | undefined): boolean {
  return Number.isInteger(port) && (port as number) > 0 && (port as number) < 65536;
}

/** What the trust settings are known by: the same roots have the same name in every process. */
function trustOf({ verifier, ca }: ConnectOptions): KnownBy {
  if (verifier !== undefined) return verifier;
  if (ca === undefined) return "the roots of the system";
  return trustKnownBy(ca as object, ca, defaultProvider.hashes["SHA-256"]);
}
/** A stapled response that says `revoked`, or none where the certificate demands one, ends the handshake. */
const checks = [stapledOcsp()];

let systemVerifier: ServerVerifier | undefined;

function verifierFor(ca: ConnectOptions["ca"]): ServerVerifier {
  if (ca === undefined) {
    systemVerifier ??= createServerVerifier({ roots: systemRoots(), checks });
    return systemVerifier;
  }
  const areSeveral = typeof ca === "object" && !(ca instanceof Uint8Array) && Symbol.iterator in ca;
  return createServerVerifier({ roots: areSeveral ? ca : [ca], checks });
}
