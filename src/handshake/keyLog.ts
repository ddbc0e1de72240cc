import { type Bytes, toHex } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";

/** The labels of NSS's key log format that TLS 1.3 uses. */
export type KeyLogLabel =
  | "CLIENT_EARLY_TRAFFIC_SECRET"
  | "EARLY_EXPORTER_SECRET"
  | "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
  | "SERVER_HANDSHAKE_TRAFFIC_SECRET"
  | "CLIENT_TRAFFIC_SECRET_0"
  | "SERVER_TRAFFIC_SECRET_0"
  | "EXPORTER_SECRET";

/** Gets a line of NSS's key log format, without its line feed: whoever has it can read the connection. */
export type KeyLog = (line: string) => void;

/** @throws TlsError `internal_error` where the log throws: a handshake that can't be recorded as asked does not go on. */
export function logSecret(
  log: KeyLog | undefined,
  label: KeyLogLabel,
  clientRandom: Bytes,
  secret: Bytes,
): void {
  if (log === undefined) return;
  try {
    log(`${label} ${toHex(clientRandom)} ${toHex(secret)}`);
  } catch (error) {
    throw localError("internal_error", `the key log failed on ${label}`, error);
  }
}
