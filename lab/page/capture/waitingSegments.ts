/** Bytes of a stream that came before those in front of them. */
export interface WaitingSegment {
  /** Of its first byte in the stream. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Entry extends WaitingSegment {
  /** Of two for one place, the one that came first stands in front. */
  readonly arrival: number;
}

/** A heap, nearest offset first: a capture may hold a million segments in the worst of orders. */
export class WaitingSegments {
  readonly #heap: Entry[] = [];
  #arrivals = 0;

  /** The one that is needed next. */
  get first(): WaitingSegment | undefined {
    return this.#heap[0];
  }

  add(segment: WaitingSegment): void {
    const heap = this.#heap;
    let at = heap.push({ ...segment, arrival: this.#arrivals++ }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one] as Entry, this.#heap[other] as Entry];
    return a.offset === b.offset ? a.arrival < b.arrival : a.offset < b.offset;
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    [heap[one], heap[other]] = [heap[other] as Entry, heap[one] as Entry];
  }
}
