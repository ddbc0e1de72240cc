import type { AlertName } from "./alerts.ts";

interface Fault {
  /** What the peer is told, if anything can be. */
  readonly alert: AlertName | null;
}

/** Failures that are no misdeed of the peer's: the other half of the error codes. */
export const localFaults = {
  /** An option given to this library has a value that it can't have. */
  invalid_option: { alert: null },
  /** Bytes that should be a session are not one, or were sealed with another key or for another partition. */
  invalid_session: { alert: null },
  /** No transport connection could be made. */
  connect_failed: { alert: null },
  /** Bytes came in clear text before TLS began, which somebody on the way may have put there. */
  starttls_injected: { alert: null },
  /** The transport broke. */
  transport_failed: { alert: null },
  /** A WebSocket or data channel brought, or was to carry, a message that is text or a Blob. */
  message_not_binary: { alert: "internal_error" },
  /** More came than may wait to be read, over a transport that can't be paused. */
  unread_limit_reached: { alert: "internal_error" },
  /** The peer's bytes ended without close_notify, so some may be missing. */
  truncated: { alert: null },
  /** The caller's AbortSignal fired, or the connection was destroyed. */
  aborted: { alert: "user_canceled" },
  /** The handshake, or the peer, took longer than allowed. */
  timeout: { alert: "user_canceled" },
  /** The connection was closed before this could be done. */
  closed: { alert: null },
  /** The peer sent an error alert. */
  alert_received: { alert: null },
  /** A callback, a provider or this library failed. */
  internal_error: { alert: "internal_error" },
  /** The server asks for a client certificate, and no identity suits its request. */
  no_suitable_identity: { alert: "handshake_failure" },
  /** The client's key could not sign, or is another one. */
  signing_failed: { alert: "internal_error" },
  /** No more may be sent under the current keys. */
  key_limit_reached: { alert: "internal_error" },
  /** This runtime can do none of what was asked for. */
  no_common_parameters: { alert: "internal_error" },
} as const satisfies Record<string, Fault>;

export type LocalErrorCode = keyof typeof localFaults;
