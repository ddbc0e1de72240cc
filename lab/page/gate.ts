import type { Transport, TransportReceiver } from "../../src/connection/transport.ts";

/** What passes in place of what was written; `ends` where nothing follows. */
export interface Passing {
  readonly bytes: Uint8Array;
  /** As long as these, and as they were written. */
  readonly written: Uint8Array;

  readonly ends: boolean;
}

type Waiting =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly written: () => void }
  | { readonly kind: "end" }
  | { readonly kind: "close" }
  | { readonly kind: "abort"; readonly cause: unknown };

/**
 * Stands between one side and its transport: what that side writes waits until it is let through, piece by piece. So
 * the order of what crosses the wire does not hang on which side was quicker, nor what a side says on how far it has read ahead.
 */
export class Gate implements Transport {
  readonly #inner: Transport;
  readonly #pass: (bytes: Uint8Array) => Passing;
  #waiting: Waiting[] = [];
  #ended = false;

  /** @param pass sees each write as it leaves */
  constructor(inner: Transport, pass: (bytes: Uint8Array) => Passing) {
    this.#inner = inner;
    this.#pass = pass;
  }

  start(receiver: TransportReceiver): void {
    this.#inner.start(receiver);
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.#waiting.push({ kind: "bytes", bytes, written });
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#waiting.push({ kind: "end" });
  }

  close(): void {
    this.#waiting.push({ kind: "close" });
  }

  abort(cause: unknown): void {
    this.#waiting.push({ kind: "abort", cause });
  }

  /** Lets through what was written first of all that waits; false where nothing does. */
  release(): boolean {
    const one = this.#waiting.shift();
    if (one === undefined) return false;
    this.#release(one);
    return true;
  }

  #release(one: Waiting): void {
    if (one.kind === "close") return this.#inner.close();
    if (one.kind === "abort") return this.#inner.abort(one.cause);
    if (this.#ended) {
      if (one.kind === "bytes") one.written();
    } else if (one.kind === "end") {
      this.#ended = true;
      this.#inner.end();
    } else {
      const { bytes, ends } = this.#pass(one.bytes);
      if (bytes.length > 0) this.#inner.write(bytes, one.written);
      else one.written();
      this.#ended = ends;
      if (ends) this.#inner.end();
    }
  }
}
