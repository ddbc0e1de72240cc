import { defaultProvider } from "#provider";
import { type CheckedOptions, type ClientOptions, checkOptions } from "../connection/options.ts";
import { type TrustOption, trustKnown, verifierFrom } from "../connection/trustOption.ts";
import { type ClientIdentityOptions, createClientIdentity } from "../identity/createClientIdentity.ts";
import type { Root } from "../trust/trustStore.ts";
import { localError } from "../wire/error.ts";

/** What TLS is asked for, known before the program starts it. */
export interface TlsOptions extends Omit<ClientOptions, "serverName" | "verifier"> {
  /** The roots to trust, PEM or DER, or a verifier of your own. Default: what `startTls()` is given as `ca`. */
  readonly trust?: TrustOption | undefined;
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

/** @throws TlsError `invalid_option`, which names the option */
export function checkStartTls(
  tls: TlsOptions,
  asked: StartTlsOptions,
  address: { readonly hostname: string; readonly port: number },
): CheckedOptions {
  const words = asked as Readonly<Record<string, unknown>>;
  for (const [option, instead] of Object.entries(notHere)) {
    if (words[option] !== undefined) {
      throw localError("invalid_option", `${option}: expected none, but ${instead}`);
    }
  }
  if (words["rejectUnauthorized"] === false) {
    throw localError(
      "invalid_option",
      "rejectUnauthorized: expected true; who is believed without being known is for `trust` to say",
    );
  }
  const { ca, cert, key } = asked;
  once("ca", ca, "trust", tls.trust);
  once("cert", cert ?? key, "identity", tls.identity);
  once("ALPNProtocols", asked.ALPNProtocols, "alpn", tls.alpn);
  const provider = tls.provider ?? defaultProvider;
  const trust = ca === undefined ? tls.trust : { roots: severalOf(ca) };
  const verifier = verifierFrom(trust);
  // What is missing is named there.
  const identity =
    cert === undefined && key === undefined
      ? tls.identity
      : createClientIdentity({ cert, key } as ClientIdentityOptions);
  return checkOptions({ ...tls, identity }, provider, {
    serverName: asked.servername ?? asked.host ?? address.hostname,
    verifier,
    alpn: asked.ALPNProtocols ?? tls.alpn ?? [],
    port: address.port,
    trust: tls.sessions === undefined ? undefined : trustKnown(trust as TrustOption, provider),
  });
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
