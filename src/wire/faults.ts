import type { AlertName } from "./alerts.ts";

interface Fault {
  /** What the peer is told, if anything can be. */
  readonly alert: AlertName | null;
  readonly says: string;
}

/** Failures that are no misdeed of the peer's: the other half of the error codes. */
export const localFaults = {
  invalid_option: { alert: null, says: "An option given to this library has a value that it can't have." },
  invalid_session: {
    alert: null,
    says: "Bytes that should be a session are not one, or were sealed with another key or for another partition.",
  },
  connect_failed: { alert: null, says: "No transport connection could be made." },
  starttls_injected: {
    alert: null,
    says: "Bytes came in clear text before TLS began, which somebody on the way may have put there.",
  },
  transport_failed: { alert: null, says: "The transport broke." },
  message_not_binary: {
    alert: "internal_error",
    says: "A WebSocket or data channel brought, or was to carry, a message that is text or a Blob.",
  },
  unread_limit_reached: {
    alert: "internal_error",
    says: "More came than may wait to be read, over a transport that can't be paused.",
  },
  truncated: { alert: null, says: "The peer's bytes ended without close_notify, so some may be missing." },
  aborted: {
    alert: "user_canceled",
    says: "The caller's AbortSignal fired, or the connection was destroyed.",
  },
  timeout: { alert: "user_canceled", says: "The handshake, or the peer, took longer than allowed." },
  closed: { alert: null, says: "The connection was closed before this could be done." },
  alert_received: { alert: null, says: "The peer sent an error alert." },
  internal_error: { alert: "internal_error", says: "A callback, a provider or this library failed." },
  no_suitable_identity: {
    alert: "handshake_failure",
    says: "The server asks for a client certificate, and no identity suits its request.",
  },
  signing_failed: { alert: "internal_error", says: "The client's key could not sign, or is another one." },
  key_limit_reached: { alert: "internal_error", says: "No more may be sent under the current keys." },
  no_common_parameters: { alert: "internal_error", says: "This runtime can do none of what was asked for." },
} as const satisfies Record<string, Fault>;

export type LocalErrorCode = keyof typeof localFaults;
