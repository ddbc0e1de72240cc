import { headerLength } from "../../../src/messages/handshake.ts";
import { type Bytes, concat } from "../../../src/wire/bytes.ts";
import type { RunPiece } from "../run.ts";

interface Waiting {
  readonly record: number;
  readonly content: Uint8Array;
  from: number;
}

/** Puts one side's handshake messages together, and keeps where their bytes stood (RFC 9846 §5.1). */
export class MessageAssembler {
  #waiting: Waiting[] = [];
  #length = 0;

  /** Bytes of a message that is not whole. */
  get length(): number {
    return this.#length;
  }

  push(record: number, content: Uint8Array): void {
    this.#waiting.push({ record, content, from: 0 });
    this.#length += content.length;
  }

  /** The next whole message. */
  next(): { readonly bytes: Bytes; readonly pieces: readonly RunPiece[] } | undefined {
    if (this.#length < headerLength) return undefined;
    const [, high, middle, low] = this.#header();
    const length = headerLength + (((high as number) << 16) | ((middle as number) << 8) | (low as number));
    if (this.#length < length) return undefined;
    const pieces: RunPiece[] = [];
    const parts: Uint8Array[] = [];
    let used = 0;
    for (let missing = length; missing > 0; ) {
      const first = this.#waiting[used] as Waiting;
      const to = Math.min(first.content.length, first.from + missing);
      if (to > first.from) {
        pieces.push({ record: first.record, from: first.from, to });
        parts.push(first.content.subarray(first.from, to));
        missing -= to - first.from;
        first.from = to;
      }
      if (first.from === first.content.length) used++;
    }
    this.#waiting = this.#waiting.slice(used);
    this.#length -= length;
    return { bytes: concat(...parts), pieces };
  }

  #header(): number[] {
    const header: number[] = [];
    for (const { content, from } of this.#waiting) {
      header.push(...content.subarray(from, from + headerLength - header.length));
      if (header.length === headerLength) break;
    }
    return header;
  }
}
