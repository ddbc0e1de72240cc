import { parseArgs } from "node:util";
import { defaultLimits, type RelayLimits } from "./limits.ts";
import type { RelayOptions } from "./startRelay.ts";
import { parseOrigin, parseTarget, RelayOptionError } from "./targets.ts";

export type RelayCommand =
  | { readonly kind: "help" }
  | { readonly kind: "relay"; readonly options: RelayOptions };

/** Options that set a limit, in what they count. */
const limitOptions = {
  connections: "connections",
  "per-address": "connectionsPerAddress",
  bytes: "bytes",
  message: "message",
  "connect-timeout": "connectTimeout",
  "idle-timeout": "idleTimeout",
} as const satisfies Readonly<Record<string, keyof RelayLimits>>;

const text = { type: "string" } as const;
const texts = { type: "string", multiple: true } as const;
const options = {
  target: texts,
  "private-target": texts,
  origin: texts,
  listen: text,
  connections: text,
  "per-address": text,
  bytes: text,
  message: text,
  "connect-timeout": text,
  "idle-timeout": text,
  help: { type: "boolean", short: "h" },
} as const;

/** @throws RelayOptionError, which says in one line what to do */
export function parseRelayCommand(argv: readonly string[]): RelayCommand {
  const values = parse(argv);
  if (values.help) return { kind: "help" };
  const targets = values.target ?? [];
  const privateTargets = values["private-target"] ?? [];
  const origins = values.origin ?? [];
  for (const target of targets) parseTarget(target, false);
  for (const target of privateTargets) parseTarget(target, true);
  for (const origin of origins) parseOrigin(origin);
  if (targets.length + privateTargets.length === 0) {
    throw new RelayOptionError("no target given, so it would lead nowhere: --target HOST:PORT");
  }
  if (origins.length === 0) {
    throw new RelayOptionError("no origin given, so it would serve no page: --origin https://lab.example");
  }
  const limits: { -readonly [K in keyof RelayLimits]?: number } = {};
  for (const [option, limit] of Object.entries(limitOptions)) {
    const value = values[option as keyof typeof limitOptions];
    if (value === undefined) continue;
    if (!/^[1-9]\d{0,9}$/.test(value)) {
      throw new RelayOptionError(`--${option}: expected a whole number such as ${defaultLimits[limit]}`);
    }
    limits[limit] = Number(value);
  }
  return {
    kind: "relay",
    options: { targets, privateTargets, origins, limits, ...listenAt(values.listen ?? "127.0.0.1:8081") },
  };
}

function listenAt(where: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(where) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new RelayOptionError(
    "--listen: expected ADDRESS:PORT, such as 127.0.0.1:8081; port 0 for a free one",
  );
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const given =
      /'(?:-\w, )?(--?[^' =]*)/.exec(message)?.[1] ?? /'([^']*)'/.exec(message)?.[1] ?? "an option";
    if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      throw new RelayOptionError(`unknown option ${given}; --help lists them`);
    }
    if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") {
      throw new RelayOptionError(
        `${JSON.stringify(given)}: expected options only; a target is --target HOST:PORT`,
      );
    }
    throw new RelayOptionError(`${given} needs a value; --help says which`);
  }
}
