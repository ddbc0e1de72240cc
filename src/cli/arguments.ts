import { parseArgs } from "node:util";
import { type StarttlsProtocol, starttlsProtocols } from "./starttls/protocols.ts";
import { UsageError } from "./usageError.ts";

export interface ConnectCommand {
  readonly kind: "connect";
  readonly host: string;
  readonly port: number;
  readonly servername: string | undefined;
  readonly caFiles: readonly string[];
  readonly certFile: string | undefined;
  /** Default: the file of the certificate. */
  readonly keyFile: string | undefined;
  readonly sessionFile: string | undefined;
  /** "-": standard input. */
  readonly earlyDataFile: string | undefined;
  readonly psk: { readonly identity: Uint8Array; readonly key: Uint8Array } | undefined;
  /** How many connections follow the first. */
  readonly reconnect: number;
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

export type Command = ConnectCommand | { readonly kind: "help" } | { readonly kind: "version" };

const options = {
  servername: { type: "string" },
  ca: { type: "string", multiple: true },
  cert: { type: "string" },
  key: { type: "string" },
  session: { type: "string" },
  "early-data": { type: "string" },
  "psk-identity": { type: "string" },
  psk: { type: "string" },
  reconnect: { type: "string" },
  alpn: { type: "string" },
  ciphers: { type: "string" },
  groups: { type: "string" },
  "key-shares": { type: "string" },
  sigalgs: { type: "string" },
  keylog: { type: "string" },
  trace: { type: "boolean" },
  json: { type: "boolean" },
  timeout: { type: "string" },
  insecure: { type: "boolean" },
  starttls: { type: "string" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export const defaultTimeout = 30_000;
const longestTimeout = 2 ** 31 - 1;

/** @throws UsageError */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  if (values.help) return { kind: "help" };
  if (values.version) return { kind: "version" };
  const [command, target, ...more] = positionals;
  if (command === undefined) throw new UsageError('no command given; try "tls13 connect HOST[:PORT]"');
  if (command === "help") return { kind: "help" };
  if (command !== "connect") {
    throw new UsageError(`unknown command ${JSON.stringify(command)}; try "tls13 connect HOST[:PORT]"`);
  }
  if (target === undefined) throw new UsageError('connect needs a server: "tls13 connect HOST[:PORT]"');
  if (more[0] !== undefined) {
    throw new UsageError(`connect takes one server; ${JSON.stringify(more[0])} is one argument too many`);
  }
  const starttls = values.starttls === undefined ? undefined : starttlsProtocol(values.starttls);
  return {
    kind: "connect",
    ...parseTarget(target, starttls === undefined ? 443 : starttlsProtocols[starttls].port),
    servername: values.servername,
    caFiles: values.ca ?? [],
    certFile: values.cert,
    keyFile: values.key,
    ...sessionArguments(values),
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

function sessionArguments(values: ReturnType<typeof parse>["values"]): SessionArguments {
  const { session, psk, "early-data": earlyData, "psk-identity": identity } = values;
  const reconnect = values.reconnect === undefined ? 0 : times(values.reconnect);
  if (earlyData !== undefined && session === undefined && reconnect === 0) {
    throw new UsageError("--early-data goes with a session: --session FILE, or --reconnect N");
  }
  if ((psk === undefined) !== (identity === undefined)) {
    throw new UsageError("--psk HEX and --psk-identity TEXT go together");
  }
  return {
    sessionFile: session,
    earlyDataFile: earlyData,
    psk: psk === undefined ? undefined : { identity: new TextEncoder().encode(identity), key: hexBytes(psk) },
    reconnect,
  };
}

function times(given: string): number {
  if (/^[1-9]\d{0,3}$/.test(given)) return Number(given);
  throw new UsageError(`--reconnect expects how often, from 1 to 9999; got ${JSON.stringify(given)}`);
}

/** The key is nobody's business: not even an error tells it. */
function hexBytes(given: string): Uint8Array {
  if (/^(?:[0-9a-f]{2})+$/i.test(given)) return Buffer.from(given, "hex");
  throw new UsageError("--psk expects the key in hexadecimal, two digits a byte");
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(explain(error as Error & { code?: string }));
  }
}

/** Node's messages are paragraphs, and name options in the way of its own documentation. */
function explain({ code, message }: Error & { code?: string }): string {
  const given = /'(?:-\w, )?(--?[^' =]*)/.exec(message)?.[1] ?? "an option";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const near = nearest(given);
    return `unknown option ${given}; ${near === undefined ? '"tls13 --help" lists them' : `did you mean ${near}?`}`;
  }
  if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") return message;
  if (/does not take an argument/.test(message)) return `${given} takes no value`;
  return `${given} needs a value${given === "--key-shares" ? ": --key-shares= for none at all" : `: ${given} VALUE`}`;
}

/** An option that is spelled nearly so: --server-name, --cipher, --key-log. */
function nearest(given: string): string | undefined {
  const bare = given.replaceAll(/[-_]/g, "").toLowerCase();
  if (bare.length < 2) return undefined;
  const name = Object.keys(options).find((one) => {
    const other = one.replaceAll("-", "");
    return other.startsWith(bare) || bare.startsWith(other);
  });
  return name && `--${name}`;
}

function list(option: string, given: string | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const items = given.split(",").map((one) => one.trim());
  if (items.some((one) => one === "")) {
    throw new UsageError(`${option} expects names with commas between them, got ${JSON.stringify(given)}`);
  }
  return items;
}

function milliseconds(given: string): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value <= longestTimeout) return value;
  throw new UsageError(`--timeout expects whole milliseconds, 0 for no limit; got ${JSON.stringify(given)}`);
}

function starttlsProtocol(given: string): StarttlsProtocol {
  const known = Object.keys(starttlsProtocols) as StarttlsProtocol[];
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new UsageError(`--starttls expects ${known.join(", ")}; got ${JSON.stringify(given)}`);
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
