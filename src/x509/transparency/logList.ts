import { parsePublicKey, UnsupportedKeyError } from "../../crypto/parsePublicKey.ts";
import type { PublicKey } from "../../crypto/publicKey.ts";
import { DerError } from "../../der/error.ts";
import { decodeBase64 } from "../../wire/base64.ts";
import { type Bytes, toHex } from "../../wire/bytes.ts";
import { localError } from "../../wire/error.ts";
import { bitLength } from "../keyStrength.ts";

/** What a log's promises are worth: `current` from the moment they are made, `retired` if they are older than that. */
export type LogState =
  | { readonly kind: "current" }
  /** Milliseconds since 1970. */
  | { readonly kind: "retired"; readonly since: number }
  | { readonly kind: "worthless" };

export interface Log {
  /** For people. */
  readonly name: string;
  readonly key: PublicKey;
  readonly state: LogState;
  readonly operator: string;
  /** Who ran it before, and until when (milliseconds since 1970); the earliest first. */
  readonly formerOperators: readonly { readonly name: string; readonly until: number }[];
}

export interface LogList {
  /** When the list was made, milliseconds since 1970; undefined where it does not say. */
  readonly madeAt: number | undefined;
  /** By the SHA-256 of their keys, in hexadecimal. */
  readonly logs: ReadonlyMap<string, Log>;
}

/**
 * Reads a list of logs in the format that browsers' makers publish (JSON, version 3 of its schema): `operators`, each with
 * `logs` and `tiled_logs`. Of a log, `log_id`, `key`, `state` and `previous_operators` count. One whose key is of a kind
 * that RFC 6962 §2.1.4 does not know is left out.
 *
 * @throws TlsError `invalid_option`, which names the place in the list
 */
export function parseLogList(json: string): LogList {
  let root: unknown;
  try {
    root = JSON.parse(json);
  } catch (error) {
    throw localError("invalid_option", `log list: expected JSON: ${(error as Error).message}`, error);
  }
  const list = objectAt(root, "log list");
  const logs = new Map<string, Log>();
  for (const [operator, path] of itemsOf(list, "operators", "log list")) {
    const name = textOf(operator, "name", path);
    // A list without tiled logs is older than they are, and an operator may have none of the others.
    for (const kind of ["logs", "tiled_logs"]) {
      if (operator[kind] === undefined) continue;
      for (const [log, at] of itemsOf(operator, kind, path)) addLog(logs, log, name, at);
    }
  }
  const madeAt =
    list["log_list_timestamp"] === undefined ? undefined : timeOf(list, "log_list_timestamp", "log list");
  return { madeAt, logs };
}

type JsonObject = Readonly<Record<string, unknown>>;

function addLog(logs: Map<string, Log>, log: JsonObject, operator: string, path: string): void {
  const id = bytesOf(log, "log_id", path);
  if (id.length !== 32) throw wrong(`${path}.log_id`, "32 bytes", id.length);
  const hex = toHex(id);
  if (logs.has(hex)) throw wrong(`${path}.log_id`, "each log once", log["log_id"]);
  const key = keyOf(log, path);
  const state = stateOf(log["state"], `${path}.state`);
  const formerOperators =
    log["previous_operators"] === undefined
      ? []
      : itemsOf(log, "previous_operators", path)
          .map(([one, at]) => ({ name: textOf(one, "name", at), until: timeOf(one, "end_time", at) }))
          .sort((a, b) => a.until - b.until);
  if (key === undefined) return;
  const name = log["description"] === undefined ? hex : textOf(log, "description", path);
  logs.set(hex, { name, key, state, operator, formerOperators });
}

/** RFC 6962 §2.1.4: P-256, or RSA of 2048 bits at least. */
function keyOf(log: JsonObject, path: string): PublicKey | undefined {
  const spki = bytesOf(log, "key", path);
  try {
    const key = parsePublicKey(spki);
    if (key.kind === "ec") return key.curve === "P-256" ? key : undefined;
    return key.kind === "rsa" && bitLength(key.modulus) >= 2048 ? key : undefined;
  } catch (error) {
    if (error instanceof UnsupportedKeyError) return undefined;
    if (error instanceof DerError) throw wrong(`${path}.key`, "a public key in DER", error.message);
    throw error;
  }
}

const states = new Map<string, LogState["kind"]>([
  ["qualified", "current"],
  ["usable", "current"],
  // It takes no more certificates, and what it took stays there to be seen.
  ["readonly", "current"],
  ["retired", "retired"],
  ["pending", "worthless"],
  ["rejected", "worthless"],
]);

/** A log that nobody has judged yet has no state. */
function stateOf(value: unknown, path: string): LogState {
  if (value === undefined) return { kind: "worthless" };
  const state = objectAt(value, path);
  const names = Object.keys(state);
  const [name = ""] = names;
  const kind = states.get(name);
  if (kind === undefined || names.length > 1) {
    throw wrong(path, `one of ${[...states.keys()].join(", ")}`, names.join(", "));
  }
  const since = timeOf(objectAt(state[name], `${path}.${name}`), "timestamp", `${path}.${name}`);
  return kind === "retired" ? { kind, since } : { kind };
}

function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(path, "an object", value);
  return value as JsonObject;
}

function itemsOf(of: JsonObject, name: string, path: string): [item: JsonObject, path: string][] {
  const list = of[name];
  if (!Array.isArray(list)) throw wrong(`${path}.${name}`, "an array", list);
  return list.map((item: unknown, i) => {
    const at = `${path}.${name}[${i}]`;
    return [objectAt(item, at), at];
  });
}

function textOf(of: JsonObject, name: string, path: string): string {
  const text = of[name];
  if (typeof text !== "string" || text === "") throw wrong(`${path}.${name}`, "a text", text);
  return text;
}

function bytesOf(of: JsonObject, name: string, path: string): Bytes {
  const text = textOf(of, name, path);
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw wrong(`${path}.${name}`, "base64", text);
  return bytes;
}

/** RFC 3339 §5.6, in milliseconds. */
function timeOf(of: JsonObject, name: string, path: string): number {
  const text = textOf(of, name, path);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw wrong(`${path}.${name}`, "a time as RFC 3339 writes it", text);
  return time;
}

function wrong(path: string, expected: string, got: unknown): Error {
  const shown = got === undefined ? "nothing" : JSON.stringify(got);
  const short = shown.length > 80 ? `${shown.slice(0, 80)} …` : shown;
  return localError("invalid_option", `${path}: expected ${expected}, got ${short}`);
}
