import type { Transport, TransportReceiver } from "../../src/connection/transport.ts";
import { type Bytes, concat, copyOf } from "../../src/wire/bytes.ts";
import { Watch } from "./watch.ts";

/** What a connection did with its transport besides writing. */
export type TransportCall = "pause" | "resume" | "end" | "close" | "abort";

/**
 * A transport whose other end is the test: it keeps what is written, says what arrives when the test says so, and breaks
 * the contract nowhere.
 */
export class ScriptedTransport extends Watch implements Transport {
  readonly writes: Bytes[] = [];
  readonly calls: TransportCall[] = [];
  paused = false;
  /** Where false, the memory of each write is kept until {@link release}. */
  prompt = true;
  /** Called for each write, after it was noted; what it throws the connection gets. */
  onWrite: ((bytes: Bytes) => void) | undefined;
  #receiver: TransportReceiver | undefined;
  #held: (() => void)[] = [];
  #lent: { readonly bytes: Uint8Array; readonly copy: Bytes }[] = [];

  /** Everything written until now. */
  get written(): Bytes {
    return concat(...this.writes);
  }

  /** Whether the connection asked for more to be written than it got back. */
  get unreleased(): number {
    return this.#held.length;
  }

  /** Resolves once that many bytes were written. */
  async untilWritten(length: number): Promise<Bytes> {
    await this.until(() => this.written.length >= length);
    return this.written;
  }

  /** Bytes from the server, in memory that is overwritten as soon as the connection has seen them. */
  deliver(bytes: Uint8Array): void {
    const lent = copyOf(bytes);
    this.#receiver?.received(lent);
    lent.fill(0xee);
    this.changed();
  }

  /** The server's end of the stream. */
  deliverEnd(): void {
    this.#receiver?.ended();
    this.changed();
  }

  break(cause: unknown): void {
    this.#receiver?.failed(cause);
    this.changed();
  }

  /** Gives the memory of the oldest writes back. */
  release(count = this.#held.length): void {
    for (const written of this.#held.splice(0, count)) written();
    this.changed();
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  write(bytes: Uint8Array, written: () => void): void {
    if (this.calls.some((call) => call === "end" || call === "close" || call === "abort")) {
      throw new Error("written after the end");
    }
    if (bytes.length === 0) throw new Error("an empty write");
    const copy = copyOf(bytes);
    this.writes.push(copy);
    const loan = { bytes, copy };
    this.#lent.push(loan);
    const back = (): void => {
      this.#lent.splice(this.#lent.indexOf(loan), 1);
      // Memory that changed before it was given back would have left changed.
      if (copy.some((byte, i) => bytes[i] !== byte)) throw new Error("the memory of a write was used again");
      bytes.fill(0xdd);
      written();
    };
    if (this.prompt) queueMicrotask(back);
    else this.#held.push(back);
    this.onWrite?.(copy);
    this.changed();
  }

  pause(): void {
    this.paused = true;
    this.#call("pause");
  }

  resume(): void {
    this.paused = false;
    this.#call("resume");
  }

  end(): void {
    this.#call("end");
  }

  close(): void {
    this.#call("close");
  }

  abort(): void {
    this.#call("abort");
  }

  #call(call: TransportCall): void {
    this.calls.push(call);
    this.changed();
  }
}
