import { maxPlaintext } from "../record/limits.ts";
import { type Bytes, copyOf, noBytes } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";

/**
 * What may be sent before the server has answered. Whoever recorded it can send it to the server again (RFC 9846 §8): it
 * must be harmless to receive twice.
 */
export type EarlyDataSource = Uint8Array | AsyncIterable<Uint8Array>;

/** @throws TlsError `invalid_option`, which names the option `earlyData` */
export function checkEarlyDataSource(source: EarlyDataSource): void {
  if (source instanceof Uint8Array || typeof source?.[Symbol.asyncIterator] === "function") return;
  throw localError("invalid_option", "earlyData: expected bytes, or an asynchronous iterable of bytes");
}

/** What became of early data. */
export interface EarlyDataReport {
  /** `not_offered`: there was no session that allows it. */
  readonly outcome: "accepted" | "rejected" | "not_offered";
  /** Bytes that the server took. */
  readonly taken: number;
  /**
   * What it did not take, in order: all of it where it was rejected, else what was read from the source and had to stay
   * behind. Nothing of it is sent again by itself (RFC 9846 §4.3.10/5).
   */
  readonly returned: Bytes;
  /** What the source still has to say, after `returned`; undefined where it was bytes. */
  readonly unread: AsyncIterable<Uint8Array> | undefined;
}

/** Bytes kept in case that they are rejected; a ticket may allow more. */
export const maxEarlyDataKept = 2 ** 20;

export interface EarlyDataOwner {
  /** Whether a record may be written now; {@link EarlyData.pump} is called when one may again. */
  room(): boolean;
  send(bytes: Uint8Array): void;
  failed(error: unknown): void;
}

/** Early data on its way: read from its source as long as there is room, until the handshake ends it. */
export class EarlyData {
  /** Undefined where it is bytes. */
  readonly #source: AsyncIterable<Uint8Array> | undefined;
  #iterator: AsyncIterator<Uint8Array> | undefined;
  /** There while it may leave. */
  #owner: EarlyDataOwner | undefined;
  /** A read that is under way: where it comes too late, it is the first of what is unread. */
  #reading: Promise<IteratorResult<Uint8Array>> | undefined;
  #exhausted = false;
  /** All that was read, in the first bytes of this: it may have to be handed back. */
  #bytes: Uint8Array = noBytes;
  #read = 0;
  #sent = 0;
  #most = 0;

  constructor(source: EarlyDataSource) {
    this.#source = source instanceof Uint8Array ? undefined : source;
    if (source instanceof Uint8Array) this.#keep(source);
  }

  start(owner: EarlyDataOwner, maxBytes: number): void {
    this.#owner = owner;
    this.#most = Math.min(maxBytes, maxEarlyDataKept);
    this.pump();
  }

  /** Sends what there is, and reads on. */
  pump(): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    const end = Math.min(this.#read, this.#most);
    while (this.#sent < end && owner.room()) {
      const start = this.#sent;
      this.#sent = Math.min(end, start + maxPlaintext);
      owner.send(this.#bytes.subarray(start, this.#sent));
    }
    if (this.#sent === this.#read && this.#sent < this.#most && owner.room()) void this.#readOn(owner);
  }

  async #readOn(owner: EarlyDataOwner): Promise<void> {
    if (this.#reading !== undefined || this.#exhausted || this.#source === undefined) return;
    try {
      this.#reading = this.#iterate(this.#source).next();
      const next = await this.#reading;
      if (this.#owner === undefined) return;
      this.#reading = undefined;
      if (next.done === true) this.#exhausted = true;
      else if (next.value instanceof Uint8Array) this.#keep(next.value);
      else throw new TypeError("a piece of early data is no Uint8Array");
      this.pump();
    } catch (error) {
      if (this.#owner !== undefined) owner.failed(error);
    }
  }

  #iterate(source: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
    this.#iterator ??= source[Symbol.asyncIterator]();
    return this.#iterator;
  }

  /** Room grows by doubling, so that a source of many small pieces costs no more than one of few. */
  #keep(piece: Uint8Array): void {
    const length = this.#read + piece.length;
    if (length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      bytes.set(this.#bytes.subarray(0, this.#read));
      this.#bytes = bytes;
    }
    this.#bytes.set(piece, this.#read);
    this.#read = length;
  }

  /** Nothing of it leaves any more. */
  stop(): void {
    this.#owner = undefined;
  }

  /** The connection failed: the source need not go on, and nobody asks how it took that. */
  abandon(): void {
    this.stop();
    this.#bytes = noBytes;
    if (this.#source === undefined) return;
    try {
      void Promise.resolve(this.#iterate(this.#source).return?.()).catch(() => {});
    } catch {}
  }

  /** Goes on where reading stopped. */
  #unread(): AsyncIterable<Uint8Array> | undefined {
    const source = this.#source;
    if (source === undefined) return undefined;
    let first = this.#reading;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const next = first ?? this.#iterate(source).next();
          first = undefined;
          return next;
        },
        return: () => this.#iterate(source).return?.() ?? Promise.resolve({ done: true, value: undefined }),
      }),
    };
  }

  /** Asked once: what was kept is let go of. */
  report(outcome: "accepted" | "rejected" | undefined): EarlyDataReport {
    const taken = outcome === "accepted" ? this.#sent : 0;
    const returned = copyOf(this.#bytes.subarray(taken, this.#read));
    this.#bytes = noBytes;
    return { outcome: outcome ?? "not_offered", taken, returned, unread: this.#unread() };
  }
}
