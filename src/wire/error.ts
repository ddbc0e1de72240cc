import type { AlertName } from "./alerts.ts";
import { type LocalErrorCode, localFaults } from "./faults.ts";
import { misdeeds, type PeerErrorCode } from "./misdeeds.ts";

export type TlsErrorCode = PeerErrorCode | LocalErrorCode;

/** The alert that ended the connection, and which side sent it. */
export interface TlsErrorAlert {
  readonly name: AlertName | `unknown_${number}`;
  readonly direction: "sent" | "received";
}

export interface TlsErrorInit {
  readonly alert?: TlsErrorAlert;
  readonly rules?: readonly string[];
  readonly cause?: unknown;
}

/**
 * Every failure of this library. `code` is stable and made for programs; `message` says what was expected and what
 * came; `alert` is the alert on the wire, if there is one; `rules` are the rules of RFC 9846 that the peer broke, as
 * numbered in docs/rfc9846.md.
 */
export class TlsError extends Error {
  override readonly name = "TlsError";
  readonly code: TlsErrorCode;
  readonly alert: TlsErrorAlert | undefined;
  readonly rules: readonly string[];

  constructor(code: TlsErrorCode, message: string, init: TlsErrorInit = {}) {
    super(message, "cause" in init ? { cause: init.cause } : undefined);
    this.code = code;
    this.alert = init.alert;
    this.rules = init.rules ?? [];
  }
}

/** What was expected and what came, in place of a sentence. */
export interface Mismatch {
  readonly expected: string;
  readonly got: string;
}

/** The peer broke a rule: code, alert and rules come from the table of misdeeds. */
export function peerError(code: PeerErrorCode, detail: string | Mismatch, cause?: unknown): TlsError {
  const { alert, rules, says } = misdeeds[code];
  const words = typeof detail === "string" ? detail : `expected ${detail.expected}, got ${detail.got}`;
  return new TlsError(code, `${says}: ${words}`, {
    alert: { name: alert, direction: "sent" },
    rules,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Something went wrong on our side of the wire, or with the wire: an option, the transport, an abort. */
export function localError(code: LocalErrorCode, detail: string, cause?: unknown): TlsError {
  const alert = localFaults[code].alert;
  return new TlsError(code, detail, {
    ...(alert === null ? {} : { alert: { name: alert, direction: "sent" } }),
    ...(cause === undefined ? {} : { cause }),
  });
}
