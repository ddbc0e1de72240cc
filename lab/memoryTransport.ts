import type { Transport, TransportReceiver } from "../src/connection/transport.ts";
import { type Bytes, copyOf } from "../src/wire/bytes.ts";

/** Cuts what was written in one go into what arrives in one go. */
export type Chunking = (bytes: Bytes) => readonly Bytes[];

export const whole: Chunking = (bytes) => [bytes];

/** Pieces of so many bytes; the last one may be shorter. */
export function pieces(length: number): Chunking {
  return (bytes) => {
    const cut: Bytes[] = [];
    for (let start = 0; start < bytes.length; start += length) cut.push(bytes.slice(start, start + length));
    return cut;
  };
}

export const byteByByte: Chunking = pieces(1);

/** Cuts at random places, the same ones for the same seed. */
export function randomPieces(seed: number, longest = 64): Chunking {
  let state = seed >>> 0;
  // Mulberry32: even enough for this, and the same everywhere.
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (bytes) => {
    const cut: Bytes[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = start + 1 + Math.floor(random() * longest);
      cut.push(bytes.slice(start, end));
      start = end;
    }
    return cut;
  };
}

/** What the end of a memory transport did besides writing, for tests. */
export type Ending = "end" | "close" | "abort";

type Arriving = Bytes | "end" | { readonly fault: unknown } | { readonly written: () => void };

/** One end of a pair: what is written here arrives there. */
export class MemoryTransport implements Transport {
  /** How it was ended, in order. */
  readonly endings: Ending[] = [];
  /** The cause given to {@link abort}. */
  abortedWith: unknown;
  readonly #chunking: Chunking;
  #peer: MemoryTransport | undefined;
  #receiver: TransportReceiver | undefined;
  #arriving: Arriving[] = [];
  /** Where the next one stands: taking many from the front of an array costs the square of their number. */
  #head = 0;
  #delivering = false;
  #paused = false;
  #deaf = false;
  #endSent = false;

  private constructor(chunking: Chunking) {
    this.#chunking = chunking;
  }

  /** @param chunking of what arrives at the first of the two */
  static pair(chunking: Chunking = whole): readonly [MemoryTransport, MemoryTransport] {
    const pair = [new MemoryTransport(chunking), new MemoryTransport(whole)] as const;
    pair[0].#peer = pair[1];
    pair[1].#peer = pair[0];
    return pair;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    void this.#deliver();
  }

  write(bytes: Uint8Array, written: () => void): void {
    const peer = this.#peer as MemoryTransport;
    if (this.#endSent) throw new Error("written after the end of a memory transport");
    peer.#arrive(...peer.#chunking(copyOf(bytes)), { written });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    void this.#deliver();
  }

  end(): void {
    this.endings.push("end");
    this.#sendEnd();
  }

  close(): void {
    this.endings.push("close");
    this.#sendEnd();
    this.#fallDeaf();
  }

  abort(cause: unknown): void {
    this.endings.push("abort");
    this.abortedWith = cause;
    if (!this.#endSent) (this.#peer as MemoryTransport).#arrive({ fault: cause });
    this.#endSent = true;
    this.#fallDeaf();
  }

  /** Breaks the transport under both ends, as a reset does: what was on its way is lost. */
  reset(cause: unknown = new Error("connection reset")): void {
    for (const side of [this, this.#peer as MemoryTransport]) {
      side.#arriving = side.#arriving
        .slice(side.#head)
        .filter((one) => typeof one === "object" && "written" in one);
      side.#head = 0;
      side.#endSent = true;
      side.#arrive({ fault: cause });
    }
  }

  #sendEnd(): void {
    if (this.#endSent) return;
    this.#endSent = true;
    (this.#peer as MemoryTransport).#arrive("end");
  }

  /** What still arrives is thrown away; whoever wrote it gets the memory back. */
  #fallDeaf(): void {
    this.#deaf = true;
    void this.#deliver();
  }

  #arrive(...items: readonly Arriving[]): void {
    this.#arriving.push(...items);
    void this.#deliver();
  }

  /** Nothing is told before whoever wrote has returned. */
  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    await undefined;
    for (;;) {
      if ((this.#receiver === undefined || this.#paused) && !this.#deaf) break;
      const next = this.#arriving[this.#head++];
      if (next === undefined) {
        this.#arriving = [];
        this.#head = 0;
        break;
      }
      if (next === "end") this.#tell((receiver) => receiver.ended());
      else if (next instanceof Uint8Array) {
        this.#tell((receiver) => receiver.received(next));
        // Their memory is the transport's again: whoever kept it will notice.
        next.fill(0xee);
        await undefined;
      } else if ("fault" in next) this.#tell((receiver) => receiver.failed(next.fault));
      else next.written();
    }
    this.#delivering = false;
  }

  #tell(what: (receiver: TransportReceiver) => void): void {
    if (!this.#deaf && this.#receiver !== undefined) what(this.#receiver);
  }
}
