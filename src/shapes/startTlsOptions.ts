import { type ClientIdentityOptions, createClientIdentity } from "../identity/createClientIdentity.ts";
import type { ConnectOptions } from "../startConnection.ts";
import type { Root } from "../trust/trustStore.ts";
import { localError } from "../wire/error.ts";

/** What TLS is asked for, known before the program starts it. */
export interface TlsOptions extends Omit<ConnectOptions, "serverName" | "prefix" | "trust"> {
  /** The roots to trust, PEM or DER, or a verifier of your own. Default: what `startTls()` is given as `ca`. */
  readonly trust?: ConnectOptions["trust"] | undefined;
}

/** What a program says when it starts TLS, in the words of node:tls; other words of it count for nothing here. */
export interface StartTlsOptions {
  /** The DNS name or IP address that the certificate must be for. Default: `host`. */
  readonly servername?: string | undefined;
  /** Default: what `connect()` was given. */
  readonly host?: string | undefined;
  /** Trusted roots, where the socket was made without `trust`. */
  readonly ca?: Root | Iterable<Root> | undefined;
  /** The client's own certificate first, then those above it, where the socket was made without `identity`. */
  readonly cert?: ClientIdentityOptions["cert"] | undefined;
  /** The private key of the first certificate of `cert`. */
  readonly key?: ClientIdentityOptions["key"] | undefined;
  /** Application protocols to offer, in order of preference, where the socket was made without `alpn`. */
  readonly ALPNProtocols?: readonly string[] | undefined;
}

/** What node:tls would be told by, and what tells it here: to pass over these would be to do other than was wanted. */
const notHere = {
  checkServerIdentity: "a verifier of your own as `trust`",
  crl: "a verifier with the checks of tls13/revocation as `trust`",
  pfx: "`cert` and `key`",
  secureContext: "`ca`, `cert` and `key`",
} as const;

/**
 * What a connection is asked for by both together. What is missing is left to be named there.
 * @param host what `connect()` was given
 * @throws TlsError `invalid_option`, which names the option
 */
export function connectOptions(tls: TlsOptions, asked: StartTlsOptions, host: string): ConnectOptions {
  const words = asked as Readonly<Record<string, unknown>>;
  for (const [option, instead] of Object.entries(notHere)) {
    if (words[option] === undefined) continue;
    throw localError("invalid_option", `${option}: expected none, but ${instead}`);
  }
  if (words["rejectUnauthorized"] === false) {
    throw localError(
      "invalid_option",
      "rejectUnauthorized: expected true; who is believed without being known is for `trust` to say",
    );
  }
  const { servername, ca, cert, key, ALPNProtocols } = asked;
  once("ca", ca, "trust", tls.trust);
  once("cert", cert ?? key, "identity", tls.identity);
  once("ALPNProtocols", ALPNProtocols, "alpn", tls.alpn);
  const trust = ca === undefined ? tls.trust : { roots: severalOf(ca) };
  const hasOwn = cert !== undefined || key !== undefined;
  const identity = hasOwn ? createClientIdentity({ cert, key } as ClientIdentityOptions) : tls.identity;
  const alpn = ALPNProtocols ?? tls.alpn ?? [];
  return { ...tls, serverName: servername ?? asked.host ?? host, trust, identity, alpn } as ConnectOptions;
}

/** Where both who made the socket and who starts TLS say something, nobody could tell what holds. */
function once(late: string, said: unknown, early: string, known: unknown): void {
  if (said === undefined || known === undefined) return;
  throw localError("invalid_option", `${late}: expected none, since the socket was made with \`${early}\``);
}

function severalOf(ca: Root | Iterable<Root>): Iterable<Root> {
  const areSeveral = typeof ca === "object" && !(ca instanceof Uint8Array) && Symbol.iterator in ca;
  return areSeveral ? ca : [ca];
}
