import { maxPlaintext } from "../record/limits.ts";

/** What waits to be sealed, in the order in which the application asked for it. */
type Waiting =
  | { readonly kind: "data"; readonly bytes: Uint8Array; readonly sealed: () => void }
  | { readonly kind: "key_update" }
  | { readonly kind: "close" };

/** What is to be done next. */
export type Step =
  | { readonly kind: "data"; readonly bytes: Uint8Array; readonly sealed: readonly (() => void)[] }
  | { readonly kind: "key_update" }
  | { readonly kind: "close" };

const none: readonly (() => void)[] = [];

/**
 * The application's bytes before they are sealed. KeyUpdates and the end keep their place among them; small writes that
 * wait together go into one record.
 */
export class Outbound {
  #waiting: Waiting[] = [];
  #head = 0;
  #offset = 0;
  #scratch: Uint8Array = new Uint8Array(0);

  push(item: Waiting): void {
    this.#waiting.push(item);
  }

  clear(): void {
    this.#waiting = [];
    this.#head = 0;
    this.#offset = 0;
  }

  /** The content of the next record, at most 2^14 bytes, or what stands in the place of one. */
  next(): Step | undefined {
    const item = this.#waiting[this.#head];
    if (item === undefined) return undefined;
    if (item.kind !== "data") {
      this.#advance();
      return item;
    }
    const left = item.bytes.length - this.#offset;
    if (left > maxPlaintext) {
      const bytes = item.bytes.subarray(this.#offset, this.#offset + maxPlaintext);
      this.#offset += maxPlaintext;
      return { kind: "data", bytes, sealed: none };
    }
    const rest = this.#offset === 0 ? item.bytes : item.bytes.subarray(this.#offset);
    this.#advance();
    if (left === maxPlaintext || this.#waiting[this.#head]?.kind !== "data") {
      return { kind: "data", bytes: rest, sealed: [item.sealed] };
    }
    return this.#gather(rest, item.sealed);
  }

  /** More writes wait behind a short one: they share its record. The scratch is free again at the next call. */
  #gather(first: Uint8Array, firstSealed: () => void): Step {
    if (this.#scratch.length === 0) this.#scratch = new Uint8Array(maxPlaintext);
    const sealed = [firstSealed];
    this.#scratch.set(first);
    let length = first.length;
    for (
      let item = this.#waiting[this.#head];
      item?.kind === "data" && length < maxPlaintext;
      item = this.#waiting[this.#head]
    ) {
      const take = item.bytes.subarray(this.#offset, this.#offset + maxPlaintext - length);
      this.#scratch.set(take, length);
      length += take.length;
      this.#offset += take.length;
      if (this.#offset < item.bytes.length) break;
      sealed.push(item.sealed);
      this.#advance();
    }
    return { kind: "data", bytes: this.#scratch.subarray(0, length), sealed };
  }

  #advance(): void {
    this.#offset = 0;
    this.#head++;
    // What has left is let go of, even where more always waits.
    const { length } = this.#waiting;
    if (this.#head === length || (this.#head >= 32 && 2 * this.#head >= length)) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
