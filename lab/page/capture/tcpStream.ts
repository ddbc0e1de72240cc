import { WaitingSegments } from "./waitingSegments.ts";

/** One direction of a TCP connection: what is whole of its stream, in whatever order its segments came (RFC 9293 §3.4). */
export class TcpStream {
  /** Bytes that are whole from the beginning on. */
  length = 0;
  /** Whether it was seen to begin. */
  begun = false;
  /** Segments that were there already: the bytes that came first are kept, whatever comes later for the same place. */
  repeated = 0;
  #base: number | undefined;
  readonly #waiting = new WaitingSegments();
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
    const next = this.#waiting.first?.offset ?? this.#end ?? 0;
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
    this.#waiting.add({ offset, bytes: payload });
    const whole: Uint8Array[] = [];
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (next.offset > this.length) break;
      this.#waiting.removeFirst();
      const fresh = next.bytes.subarray(this.length - next.offset);
      if (fresh.length === 0) continue;
      whole.push(fresh);
      this.length += fresh.length;
    }
    return whole;
  }

  /** Sequence numbers wrap: this one is the nearest to what is whole. */
  #offsetOf(sequence: number): number {
    const next = ((this.#base as number) + this.length) >>> 0;
    return this.length + ((sequence - next) | 0);
  }
}
