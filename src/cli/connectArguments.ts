import type { ExternalPskOptions } from "../session/externalPsk.ts";
import { type StarttlsProtocol, starttlsProtocols } from "../starttls/protocols.ts";
import type { Profile } from "../x509/profile.ts";
import type { Values } from "./optionTable.ts";
import { choice, list, profileOption } from "./optionValues.ts";
import { UsageError } from "./usageError.ts";

export interface ConnectCommand {
  readonly kind: "connect";
  readonly host: string;
  readonly port: number;
  readonly servername: string | undefined;
  readonly caFiles: readonly string[];
  readonly crlFiles: readonly string[];
  readonly certFile: string | undefined;
  /** Default: the file of the certificate. */
  readonly keyFile: string | undefined;
  /** Its first line is the passphrase of the key. */
  readonly passphraseFile: string | undefined;
  readonly sessionFile: string | undefined;
  /** "-": standard input. */
  readonly earlyDataFile: string | undefined;
  readonly psk: ExternalPskOptions | undefined;
  /** How many connections follow the first. */
  readonly reconnect: number;
  /** Undefined: what the root says. */
  readonly profile: Profile | undefined;
  /** Undefined where the option was not given: the library has its defaults. */
  readonly alpn: readonly string[] | undefined;
  readonly cipherSuites: readonly string[] | undefined;
  readonly groups: readonly string[] | undefined;
  readonly keyShares: readonly string[] | undefined;
  readonly signatureSchemes: readonly string[] | undefined;
  readonly keyLogFile: string | undefined;
  readonly trace: boolean;
  readonly json: boolean;
  readonly timeout: number;
  readonly insecure: boolean;
  readonly starttls: StarttlsProtocol | undefined;
}

export const defaultTimeout = 30_000;
const longestTimeout = 2 ** 31 - 1;

/** @throws UsageError */
export function connectArguments(values: Values, [target, ...more]: readonly string[]): ConnectCommand {
  if (target === undefined) throw new UsageError('connect needs a server: "tls13 connect HOST[:PORT]"');
  if (more[0] !== undefined) {
    throw new UsageError(`connect takes one server; ${JSON.stringify(more[0])} is one argument too many`);
  }
  const known = Object.keys(starttlsProtocols) as StarttlsProtocol[];
  const starttls = values.starttls === undefined ? undefined : choice("--starttls", known, values.starttls);
  return {
    kind: "connect",
    ...parseTarget(target, starttls === undefined ? 443 : starttlsProtocols[starttls].port),
    servername: values.servername,
    caFiles: values.ca ?? [],
    crlFiles: values.crl ?? [],
    certFile: values.cert,
    keyFile: values.key,
    passphraseFile: values["passphrase-file"],
    ...sessionArguments(values),
    profile: profileOption(values.profile),
    alpn: list("--alpn", values.alpn),
    cipherSuites: list("--ciphers", values.ciphers),
    groups: list("--groups", values.groups),
    // No share at all is a wish: the server then asks for a second hello.
    keyShares: values["key-shares"]?.trim() === "" ? [] : list("--key-shares", values["key-shares"]),
    signatureSchemes: list("--sigalgs", values.sigalgs),
    keyLogFile: values.keylog,
    trace: values.trace ?? false,
    json: values.json ?? false,
    timeout: values.timeout === undefined ? defaultTimeout : milliseconds(values.timeout),
    insecure: values.insecure ?? false,
    starttls,
  };
}

type SessionArguments = Pick<ConnectCommand, "sessionFile" | "earlyDataFile" | "psk" | "reconnect">;

function sessionArguments(values: Values): SessionArguments {
  const { session, psk, "early-data": earlyData, "psk-identity": identity } = values;
  const reconnect = values.reconnect === undefined ? 0 : times(values.reconnect);
  if (earlyData !== undefined && session === undefined && reconnect === 0) {
    throw new UsageError("--early-data goes with a session: --session FILE, or --reconnect N");
  }
  if ((psk === undefined) !== (identity === undefined)) {
    throw new UsageError("--psk HEX and --psk-identity TEXT go together");
  }
  const hash = values["psk-hash"];
  if (psk === undefined && hash !== undefined) throw new UsageError("--psk-hash goes with --psk HEX");
  return {
    sessionFile: session,
    earlyDataFile: earlyData,
    psk:
      psk === undefined
        ? undefined
        : {
            identity: new TextEncoder().encode(identity),
            key: hexBytes(psk),
            hash: hash === undefined ? "SHA-256" : pskHashes[choice("--psk-hash", pskHashNames, hash)],
          },
    reconnect,
  };
}

const pskHashes = { sha256: "SHA-256", sha384: "SHA-384" } as const;
const pskHashNames = Object.keys(pskHashes) as (keyof typeof pskHashes)[];

function times(given: string): number {
  if (/^[1-9]\d{0,3}$/.test(given)) return Number(given);
  throw new UsageError(`--reconnect expects how often, from 1 to 9999; got ${JSON.stringify(given)}`);
}

/** The key is nobody's business: not even an error tells it. */
function hexBytes(given: string): Uint8Array {
  if (/^(?:[0-9a-f]{2})+$/i.test(given)) return Buffer.from(given, "hex");
  throw new UsageError("--psk expects the key in hexadecimal, two digits a byte");
}

function milliseconds(given: string): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value <= longestTimeout) return value;
  throw new UsageError(`--timeout expects whole milliseconds, 0 for no limit; got ${JSON.stringify(given)}`);
}

function parseTarget(given: string, defaultPort: number): { host: string; port: number } {
  if (/^[a-z]+:\/\//i.test(given)) {
    const host = given.replace(/^[a-z]+:\/\//i, "").replace(/[/?#].*$/s, "");
    throw new UsageError(`expected HOST[:PORT], got a URL; try "tls13 connect ${host}"`);
  }
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(.*))?$/s.exec(given) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) {
    const address = given.split(":").length > 2;
    throw new UsageError(
      address
        ? `an IPv6 address goes in brackets: "tls13 connect [${given}]", or [${given}]:${defaultPort}`
        : `expected HOST[:PORT], got ${JSON.stringify(given)}`,
    );
  }
  if (port === undefined) return { host, port: defaultPort };
  if (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65536) return { host, port: Number(port) };
  throw new UsageError(`expected a port from 1 to 65535, got ${JSON.stringify(port)}`);
}
