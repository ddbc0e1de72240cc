import type { KeyLogLabel } from "../../../src/handshake/keyLog.ts";
import { type Bytes, equal, fromHex, toHex } from "../../../src/wire/bytes.ts";
import { CaptureError } from "./captureError.ts";

/** The secrets of one connection, as far as they were logged. */
export type LoggedSecrets = { readonly [L in KeyLogLabel]?: Bytes };

/** By the random of the first ClientHello, in hexadecimal. */
export type KeyLogEntries = ReadonlyMap<string, LoggedSecrets>;

/** As RFC 9846 §7.1 calls what stands behind a label of the format. */
export const secretNames = {
  CLIENT_EARLY_TRAFFIC_SECRET: "client_early_traffic_secret",
  EARLY_EXPORTER_SECRET: "early_exporter_secret",
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: "client_handshake_traffic_secret",
  SERVER_HANDSHAKE_TRAFFIC_SECRET: "server_handshake_traffic_secret",
  CLIENT_TRAFFIC_SECRET_0: "client_application_traffic_secret_0",
  SERVER_TRAFFIC_SECRET_0: "server_application_traffic_secret_0",
  EXPORTER_SECRET: "exporter_secret",
} as const satisfies Record<KeyLogLabel, string>;

/** Characters: some hundred thousand connections. */
export const maxKeyLogLength = 32 * 1024 * 1024;

/**
 * Reads NSS's key log format, of one text or several: comments, empty lines and the labels of other versions are passed over, and a line that is none of
 * these is refused by its number.
 *
 * @throws CaptureError `key_log_malformed`, `key_log_too_large`
 */
export function parseKeyLog(...texts: readonly string[]): KeyLogEntries {
  const entries = new Map<string, Entry>();
  for (const text of texts) addLines(text, entries);
  return entries;
}

type Entry = { [L in KeyLogLabel]?: Bytes };

function addLines(text: string, entries: Map<string, Entry>): void {
  if (text.length > maxKeyLogLength) {
    throw new CaptureError("key_log_too_large", `${text.length} characters, at most ${maxKeyLogLength}.`);
  }
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/[\r\0 \t]+$/, "");
    if (line === "" || line.startsWith("#")) return;
    const refuse = (why: string): never => {
      throw new CaptureError("key_log_malformed", `Line ${index + 1}: ${why}.`);
    };
    const [label = "", random = "", secret = "", ...others] = line.split(" ");
    if (!/^[A-Z][A-Z0-9_]*$/.test(label)) refuse("expected a label in capitals");
    if (!isKnown(label)) return;
    if (others.length > 0) refuse("expected a label, a random and a secret, and nothing else");
    if (!/^[0-9a-f]{64}$/i.test(random)) refuse("expected a random of 32 bytes in hexadecimal");
    // SHA-256 and SHA-384 are the hashes of all suites (RFC 9846 §B.4).
    if (!/^([0-9a-f]{64}|[0-9a-f]{96})$/i.test(secret)) {
      refuse("expected a secret of 32 or 48 bytes in hexadecimal");
    }
    const key = random.toLowerCase();
    const entry = entries.get(key) ?? {};
    const value = fromHex(secret);
    const known = entry[label as KeyLogLabel];
    if (known !== undefined && !equal(known, value)) refuse(`another ${label} for the same random`);
    entry[label as KeyLogLabel] = value;
    entries.set(key, entry);
  });
}

function isKnown(label: string): label is KeyLogLabel {
  return Object.hasOwn(secretNames, label);
}

/** Lines of the format, each with its line feed. */
export function keyLogText(clientRandom: Bytes, secrets: LoggedSecrets): string {
  return (Object.keys(secretNames) as KeyLogLabel[])
    .flatMap((label) => {
      const secret = secrets[label];
      return secret === undefined ? [] : [`${label} ${toHex(clientRandom)} ${toHex(secret)}\n`];
    })
    .join("");
}
