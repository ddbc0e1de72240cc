import type { MessageBody, MessageName } from "../messages/handshake.ts";
import type { EpochName } from "../record/epoch.ts";
import type { RecordOrigin } from "../record/reader.ts";
import type { VerificationStep } from "../trust/verifier.ts";
import type { AlertName } from "../wire/alerts.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { TlsError } from "../wire/error.ts";

export type Direction = "in" | "out";

type Message = {
  [N in MessageName]: { readonly name: N; readonly body: MessageBody<N> };
}[MessageName] & {
  readonly kind: "message";
  readonly direction: Direction;
  /** The whole handshake message, its header included. */
  readonly bytes: Bytes;
  /** The record that carried it, the last one where there were several: its keys and its place under them. */
  readonly record: RecordOrigin;
};

/** A step of a connection, as it happens. */
export type TraceEvent = { /** Milliseconds since the connection was started. */ readonly time: number } & (
  | Message
  | { readonly kind: "change_cipher_spec"; readonly direction: Direction }
  | {
      readonly kind: "keys";
      readonly direction: Direction;
      readonly epoch: EpochName;
      /** KeyUpdates behind these keys. */
      readonly generation: number;
    }
  | {
      readonly kind: "alert";
      readonly direction: Direction;
      readonly level: number;
      readonly name: AlertName | `unknown_${number}`;
      readonly record: RecordOrigin;
    }
  | ({ readonly kind: "verification" } & VerificationStep)
  | { readonly kind: "opened" }
  | { readonly kind: "failed"; readonly error: TlsError }
);

/** Gets every step. What it throws ends the connection with internal_error. */
export type Trace = (event: TraceEvent) => void;
