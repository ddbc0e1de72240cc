interface Held {
  /** Of its first byte in the stream. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Segments that may wait for one before them: more is out of order in no connection that lives. */
const maxHeld = 4096;

/** One direction of a TCP connection: what is whole of its stream, in whatever order its segments came (RFC 9293 §3.4). */
export class TcpStream {
  /** Bytes that are whole from the beginning on. */
  length = 0;
  /** Whether it was seen to begin. */
  begun = false;
  /** The first bytes of a segment are kept, whoever sends others for the same place later. */
  repeated = 0;
  #base: number | undefined;
  #held: Held[] = [];
  #end: number | undefined;

  /** Its first sequence number, that of the SYN; undefined where none was seen. */
  get initial(): number | undefined {
    return this.begun && this.#base !== undefined ? (this.#base - 1) >>> 0 : undefined;
  }

  /** Whether all until its FIN is there. */
  get ended(): boolean {
    return this.#end !== undefined && this.length >= this.#end;
  }

  /** Bytes that are missing at `length`, where later ones came. */
  get gap(): number {
    const next = this.#held[0]?.offset ?? this.#end ?? 0;
    return Math.max(0, next - this.length);
  }

  begin(sequence: number): void {
    if (this.#base !== undefined) return;
    this.begun = true;
    this.#base = (sequence + 1) >>> 0;
  }

  finish(sequence: number): void {
    this.#base ??= sequence;
    this.#end ??= this.#offsetOf(sequence);
  }

  /** The bytes that are whole now and were not before, in order. */
  add(sequence: number, payload: Uint8Array): readonly Uint8Array[] {
    if (payload.length === 0) return [];
    this.#base ??= sequence;
    const offset = this.#offsetOf(sequence);
    const isOld = offset + payload.length <= this.length;
    // A capture that began in the middle knows nothing before its first segment.
    if (isOld || offset < 0) this.repeated++;
    if (isOld) return [];
    this.#hold({ offset, bytes: payload });
    const whole: Uint8Array[] = [];
    let taken = 0;
    for (const one of this.#held) {
      if (one.offset > this.length) break;
      taken++;
      const fresh = one.bytes.subarray(this.length - one.offset);
      if (fresh.length === 0) continue;
      whole.push(fresh);
      this.length += fresh.length;
    }
    this.#held.splice(0, taken);
    return whole;
  }

  #hold(one: Held): void {
    let [low, high] = [0, this.#held.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#held[middle] as Held).offset <= one.offset) low = middle + 1;
      else high = middle;
    }
    this.#held.splice(low, 0, one);
    // The farthest waits longest, if it is needed at all.
    if (this.#held.length > maxHeld) this.#held.pop();
  }

  /** Sequence numbers wrap: this one is the nearest to what is whole. */
  #offsetOf(sequence: number): number {
    const next = ((this.#base as number) + this.length) >>> 0;
    return this.length + ((sequence - next) | 0);
  }
}
