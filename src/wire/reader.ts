import { type Bytes, copyOf } from "./bytes.ts";
import { peerError } from "./error.ts";

/** Up to so many bytes are copied faster one by one than by way of a view. */
const few = 32;

/**
 * A cursor over received bytes. Whatever would read past the end is `malformed_message` (decode_error): RFC 9846 §6
 * asks for that alert wherever a length lies.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #offset: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#offset = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#offset;
  }

  uint(size: 1 | 2 | 3 | 4): number {
    this.#need(size, "an integer");
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.#bytes[this.#offset + i] as number);
    this.#offset += size;
    return value;
  }

  bytes(length: number): Bytes {
    this.#need(length, "a field");
    const start = this.#offset;
    this.#offset += length;
    if (length > few) return copyOf(this.#bytes.subarray(start, this.#offset));
    const copy = new Uint8Array(length);
    for (let i = 0; i < length; i++) copy[i] = this.#bytes[start + i] as number;
    return copy;
  }

  /** RFC 9846 §3.4: the length of a vector, in bytes, which stands before it within the bounds of its declaration. */
  length(lengthSize: 1 | 2 | 3, min: number, max: number): number {
    const length = this.uint(lengthSize);
    if (length < min || length > max) {
      throw peerError("malformed_message", `a vector of ${length} bytes where ${min} to ${max} may stand`);
    }
    this.#need(length, "a vector");
    return length;
  }

  /** A reader of a vector's contents. */
  vector(lengthSize: 1 | 2 | 3, min: number, max: number): Reader {
    const length = this.length(lengthSize, min, max);
    const start = this.#offset;
    this.#offset += length;
    return new Reader(this.#bytes, start, this.#offset);
  }

  end(): void {
    if (this.remaining > 0) {
      throw peerError("trailing_bytes", `${this.remaining} bytes follow the end of the structure`);
    }
  }

  #need(length: number, what: string): void {
    if (length > this.remaining) {
      throw peerError("malformed_message", `${what} of ${length} bytes where ${this.remaining} are left`);
    }
  }
}
