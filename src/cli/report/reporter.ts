import type { ConnectionInfo } from "../../connection/info.ts";
import type { TraceEvent } from "../../connection/trace.ts";
import type { ExitCode } from "../exitCodes.ts";
import type { Judgement } from "../judgement.ts";

/** When each flight was there: milliseconds since the command began. */
export interface Times {
  readonly tcp: number;
  /** The go-ahead, where TLS was asked for in clear text. */
  readonly starttls: number | undefined;
  readonly hello: number;
  /** The second hello, where the server asked for one. */
  readonly retry: number | undefined;
  /** The server's flight, from its ServerHello on. */
  readonly server: number;
  /** Its certificate, and its signature over the handshake. */
  readonly verified: number;
  readonly finished: number;
}

export interface Failure {
  /** A TlsError's code, or one of the command's own. */
  readonly code: string;
  readonly message: string;
  readonly alert: { readonly name: string; readonly direction: "sent" | "received" } | undefined;
  /** The rules of RFC 9846 that the server broke. */
  readonly rules: readonly string[];
  /** What to do about it. */
  readonly hint: string | undefined;
  /** Where the certificate is not trusted: why, as data. */
  readonly judgement: Judgement | undefined;
  readonly exitCode: ExitCode;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Opened {
  /** 1, and more with --reconnect. */
  readonly connection: number;
  /** Whether sessions are kept, so that a full handshake is worth a word. */
  readonly keepsSessions: boolean;
  readonly info: ConnectionInfo;
  readonly times: Times;
  readonly target: Target;
  /** Whether --profile decided on the rules for certificates. */
  readonly isProfileAsked: boolean;
  /** Where TCP led: address and port. */
  readonly peer: string;
}

/** Gets told what happens, and tells the user: in text, or as JSON. Times are milliseconds since the command began. */
export interface Reporter {
  tcp(time: number, peer: string): void;
  starttls(time: number, direction: "in" | "out", line: string): void;
  event(time: number, event: TraceEvent): void;
  opened(time: number, opened: Opened): void;
  warning(time: number, message: string): void;
  failed(time: number, failure: Failure): void;
  closed(time: number): void;
}
