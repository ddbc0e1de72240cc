import { maxPlaintext } from "../record/limits.ts";
import { type Bytes, concat, copyOf, noBytes } from "../wire/bytes.ts";

/**
 * What may be sent before the server has answered. Whoever recorded it can send it to the server again (RFC 9846 §8): it
 * must be harmless to receive twice.
 */
export type EarlyDataSource = Uint8Array | AsyncIterable<Uint8Array>;

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
  readonly #iterator: AsyncIterator<Uint8Array> | undefined;
  #owner: EarlyDataOwner | undefined;
  #left = 0;
  #stopped = false;
  /** A read that is under way: where it comes too late, it is the first of what is unread. */
  #reading: Promise<IteratorResult<Uint8Array>> | undefined;
  #exhausted = false;
  /** What was read and has not left. */
  #waiting: Uint8Array = noBytes;
  readonly #sent: Uint8Array[] = [];
  #sentLength = 0;

  constructor(source: EarlyDataSource) {
    this.#iterator = source instanceof Uint8Array ? undefined : source[Symbol.asyncIterator]();
    if (source instanceof Uint8Array) this.#waiting = copyOf(source);
  }

  start(owner: EarlyDataOwner, maxBytes: number): void {
    this.#owner = owner;
    this.#left = Math.min(maxBytes, maxEarlyDataKept);
    this.pump();
  }

  /** Sends what there is, and reads on. */
  pump(): void {
    const owner = this.#owner;
    if (owner === undefined || this.#stopped) return;
    while (this.#waiting.length > 0 && this.#left > 0 && owner.room()) {
      const length = Math.min(this.#waiting.length, this.#left, maxPlaintext);
      const piece = this.#waiting.subarray(0, length);
      this.#waiting = this.#waiting.subarray(length);
      this.#left -= length;
      this.#sent.push(piece);
      this.#sentLength += length;
      owner.send(piece);
    }
    if (this.#waiting.length === 0 && this.#left > 0 && owner.room()) void this.#read(owner);
  }

  async #read(owner: EarlyDataOwner): Promise<void> {
    if (this.#reading !== undefined || this.#exhausted || this.#iterator === undefined) return;
    try {
      this.#reading = this.#iterator.next();
      const next = await this.#reading;
      if (this.#stopped) return;
      this.#reading = undefined;
      if (next.done === true) this.#exhausted = true;
      else this.#waiting = copyOf(next.value);
      this.pump();
    } catch (error) {
      if (!this.#stopped) owner.failed(error);
    }
  }

  /** Nothing of it leaves any more. */
  stop(): void {
    this.#stopped = true;
    this.#owner = undefined;
  }

  /** The connection failed: the source need not go on. */
  abandon(): void {
    this.stop();
    if (this.#iterator?.return !== undefined) void this.#iterator.return().catch(() => {});
  }

  /** Goes on where reading stopped. */
  #unread(): AsyncIterable<Uint8Array> | undefined {
    const iterator = this.#iterator;
    if (iterator === undefined) return undefined;
    let first = this.#reading;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const next = first ?? iterator.next();
          first = undefined;
          return next;
        },
        return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
      }),
    };
  }

  report(outcome: "accepted" | "rejected" | undefined): EarlyDataReport {
    const unread = this.#unread();
    if (outcome === "accepted") {
      return { outcome, taken: this.#sentLength, returned: copyOf(this.#waiting), unread };
    }
    const returned = concat(...this.#sent, this.#waiting);
    return { outcome: outcome ?? "not_offered", taken: 0, returned, unread };
  }
}
