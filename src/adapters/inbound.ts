import type { TransportReceiver } from "../connection/transport.ts";
import { localError } from "../wire/error.ts";

/** Bytes that may wait while the connection wants none: 32 MiB. */
export const maxUnread = 32 * 2 ** 20;
/** However small a piece is, its memory and its place take about as many: else very small ones would be hardly bounded at all. */
const leastOfPiece = 512;

/**
 * What comes from where nothing can be held back: while the connection wants none it waits here, within a limit, and the end
 * waits behind it. Over the limit the connection fails with `unread_limit_reached`, for else it would grow without bound.
 */
export class Inbound implements TransportReceiver {
  readonly #given: boolean;
  #receiver: TransportReceiver | undefined;
  #waiting: Uint8Array[] = [];
  /** Where the next one stands: taking many from the front of an array costs the square of their number. */
  #head = 0;
  #length = 0;
  #paused = false;
  #delivering = false;
  #hurried = false;
  #ended = false;
  #endings: (() => void)[] = [];

  /** @param given whether the memory of what comes is nobody else's */
  constructor(given: boolean) {
    this.#given = given;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
  }

  /** Whether what comes now has to wait, and its memory with it. */
  get waits(): boolean {
    return this.#delivering || (this.#paused && !this.#hurried);
  }

  received(bytes: Uint8Array): void {
    if (this.#ended || bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#length += weightOf(bytes);
    this.#deliver();
    if (this.#length <= maxUnread) return;
    this.stop();
    const detail = `more than ${maxUnread} bytes came while the application read none, over a transport that can't be paused`;
    this.#receiver?.failed(localError("unread_limit_reached", detail));
  }

  ended(): void {
    this.#end(() => this.#receiver?.ended());
  }

  failed(cause: unknown): void {
    this.#end(() => this.#receiver?.failed(cause));
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  /** Somebody waits for what only the end can tell: whatever waits is delivered, wanted or not. */
  hurry(): void {
    this.#hurried = true;
    this.#deliver();
  }

  /** What waits is thrown away, and so is what still comes. */
  stop(): void {
    this.#ended = true;
    this.#clear();
    this.#endings = [];
  }

  #end(tell: () => void): void {
    this.#ended = true;
    this.#endings.push(tell);
    this.#deliver();
  }

  #deliver(): void {
    // Whoever is told something may ask for more, or bring it.
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#paused || this.#hurried) {
        const bytes = this.#waiting[this.#head];
        if (bytes === undefined) break;
        this.#head++;
        this.#length -= weightOf(bytes);
        this.#receiver?.received(bytes, this.#given);
      }
      if (this.#head < this.#waiting.length) return;
      this.#clear();
      for (let tell = this.#endings.shift(); tell !== undefined; tell = this.#endings.shift()) tell();
    } finally {
      this.#delivering = false;
    }
  }

  #clear(): void {
    this.#waiting = [];
    this.#head = 0;
    this.#length = 0;
  }
}

const weightOf = ({ length }: Uint8Array): number => Math.max(length, leastOfPiece);
