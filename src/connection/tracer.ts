import { decodeMessage, type EncodedMessage, type Received } from "../messages/handshake.ts";
import type { RecordOrigin } from "../record/reader.ts";
import type { Direction, Trace, TraceEvent } from "./trace.ts";

/** An event without its time, whichever kind it is. */
type UntimedEvent = TraceEvent extends infer E ? (E extends unknown ? Omit<E, "time"> : never) : never;

/** Tells a listener of every step. Where there is none there is no tracer either, so that nothing is made to be told. */
export class Tracer {
  readonly #trace: Trace;
  readonly #started = performance.now();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** @throws whatever the listener throws */
  emit(event: UntimedEvent): void {
    this.#trace({ ...event, time: performance.now() - this.#started } as TraceEvent);
  }

  /** For a connection that fails already: what the listener throws changes nothing. */
  emitSafely(event: UntimedEvent): void {
    try {
      this.emit(event);
    } catch {
      // The first error is the one to tell.
    }
  }

  received(message: Received, record: RecordOrigin): void {
    this.#message("in", message, record);
  }

  sent({ name, bytes }: EncodedMessage, record: RecordOrigin): void {
    this.#message("out", { name, body: decodeMessage(name, bytes), bytes } as Received, record);
  }

  #message(direction: Direction, message: Received, record: RecordOrigin): void {
    this.emit({ kind: "message", direction, ...message, record } as UntimedEvent);
  }
}
