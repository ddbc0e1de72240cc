import type { Bytes } from "./bytes.ts";

/** Of unsigned integers of so many bytes. */
const largest = { 1: 0xff, 2: 0xffff, 3: 0xff_ffff, 4: 0xffff_ffff } as const;

/** Grows by doubling; the length of a vector is filled in once its contents stand. */
export class Writer {
  #bytes: Bytes;
  #length = 0;

  /** `room`: bytes to begin with; the default is what engines allocate cheapest, and enough for most extensions. */
  constructor(room = 64) {
    this.#bytes = new Uint8Array(room);
  }

  uint(size: 1 | 2 | 3 | 4, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > largest[size]) {
      throw new RangeError(`${value} does not fit an unsigned integer of ${size} bytes`);
    }
    this.#room(size);
    for (let i = size - 1, rest = value; i >= 0; i--, rest >>>= 8) this.#bytes[this.#length + i] = rest;
    this.#length += size;
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  vector(lengthSize: 1 | 2 | 3, contents: (writer: Writer) => void): void {
    const start = this.#length;
    this.uint(lengthSize, 0);
    contents(this);
    const end = this.#length;
    this.#length = start;
    this.uint(lengthSize, end - start - lengthSize);
    this.#length = end;
  }

  finish(): Bytes {
    return this.#bytes.slice(0, this.#length);
  }

  #room(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
