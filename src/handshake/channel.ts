import type { Exporter } from "../keyschedule/exporter.ts";
import type { TrafficSecret } from "../keyschedule/trafficSecret.ts";
import type { EncodedMessage, MessageName, Received } from "../messages/handshake.ts";

/** Its signal fires when nobody waits for the work any more; it is made when it is first looked at. */
export interface Abortable {
  readonly signal: AbortSignal;
}

/** Which keys: those of the handshake, or those of the application's data (RFC 9846 §7.3). */
export type HandshakeEpoch = "handshake" | "application";

/**
 * All that a handshake sees of the world. Records stand behind it in `connection/`; QUIC's CRYPTO streams (RFC 9001) or
 * bare messages can, too.
 */
export interface HandshakeChannel {
  /**
   * The next message, which must have one of these names: any other is unexpected_message. Rejects at once on an alert,
   * on the end of the stream, on an abort.
   */
  next<const N extends MessageName>(...expected: readonly [N, ...N[]]): Promise<Received<N>>;
  /** Messages of one flight. Queued: never waits, never blocks {@link next}. */
  send(...messages: readonly [EncodedMessage, ...EncodedMessage[]]): void;
  /**
   * Refuses while any handshake byte is unread (RFC 9846 §5.1/6). The secret is overwritten once the handshake has ended:
   * who needs it longer keeps a copy.
   */
  install(direction: "read" | "write", epoch: HandshakeEpoch, secret: TrafficSecret): void;
  /**
   * Early data may leave, behind the hello that was just sent and under the keys of this secret: not more of it than
   * `maxBytes` (RFC 9846 §2.3).
   */
  startEarlyData(secret: TrafficSecret, exporter: Exporter, maxBytes: number): void;
  /**
   * No more early data leaves. Taken: what is sent next, EndOfEarlyData, is the last thing under those keys. Refused: the
   * keys that follow are installed next, or, after a retry, there are none.
   */
  endEarlyData(how: "taken" | "refused" | "retried"): void;
  /** Runs a verifier, a signer, a key agreement: an alert, the end or an abort ends the wait, and aborts the signal. */
  during<R>(work: (abortable: Abortable) => R | PromiseLike<R>): Promise<R>;
}
