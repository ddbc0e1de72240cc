import { DerError } from "./error.ts";
import { tagName, tags } from "./tags.ts";

/** A part of some bytes, by its offsets: cheaper than a view of them, and enough where nothing is copied. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Deeper than any certificate nests; what is deeper was made to exhaust a reader. */
const maxDepth = 24;

/**
 * A cursor over DER (X.690 §10, §11): definite lengths in their shortest form, single-byte tags, nothing left over. There
 * is no tree of objects: who reads names what has to stand next, and takes offsets. Anything else is a {@link DerError}.
 */
export class DerCursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly #depth: number;
  #offset: number;
  /** Where the contents of the element that was read last begin; they end at the offset. */
  #contents = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, depth = 0) {
    if (depth > maxDepth) throw new DerError(`elements nested too deep`, start);
    this.bytes = bytes;
    this.end = end;
    this.#offset = start;
    this.#depth = depth;
  }

  get offset(): number {
    return this.#offset;
  }

  get atEnd(): boolean {
    return this.#offset === this.end;
  }

  /** The tag of the next element; -1 at the end. */
  get nextTag(): number {
    return this.#offset < this.end ? (this.bytes[this.#offset] as number) : -1;
  }

  /** Refuses what is left over. */
  finish(): void {
    if (this.#offset !== this.end) {
      throw this.error(`${this.end - this.#offset} bytes are left over`);
    }
  }

  /** Goes into an element, which this cursor steps over. */
  enter(tag: number): DerCursor {
    this.#step(tag);
    return new DerCursor(this.bytes, this.#contents, this.#offset, this.#depth + 1);
  }

  /** Goes into the next element if it has this tag: for fields that may be absent. */
  enterOptional(tag: number): DerCursor | undefined {
    return this.nextTag === tag ? this.enter(tag) : undefined;
  }

  /** Steps over an element whose contents mean nothing here; they stay unread. */
  skip(tag: number): Span {
    const start = this.#offset;
    this.#step(tag);
    return { start, end: this.#offset };
  }

  /** The contents of an element. */
  contents(tag: number): Span {
    this.#step(tag);
    return { start: this.#contents, end: this.#offset };
  }

  /** Steps over one element of any type, after a look at everything in it: what nobody reads has to be DER too. */
  skipAny(): Span {
    const start = this.#offset;
    const tag = this.nextTag;
    if (tag < 0) throw this.error("expected more, got the end");
    const universal = (tag & 0xc0) === 0;
    const isConstructed = (tag & 0x20) !== 0;
    const asConstructed = tag | 0x20;
    // X.690 §10.2: strings are primitive; sequences and sets never are.
    if (universal && isConstructed !== (asConstructed === tags.sequence || asConstructed === tags.set)) {
      throw this.error(`${tagName(tag)} in a form that DER forbids`);
    }
    if (isConstructed) {
      const inner = this.enter(tag);
      while (!inner.atEnd) inner.skipAny();
    } else if (tag === tags.boolean) this.boolean();
    else if (tag === tags.integer) this.integer();
    else if (tag === tags.null) this.null();
    else if (tag === tags.objectIdentifier) this.objectIdentifier();
    else if (tag === tags.bitString) this.bits();
    else if (tag === 0) throw this.error("end-of-contents octets");
    else this.#step(tag);
    return { start, end: this.#offset };
  }

  /** X.690 §11.1: TRUE is 0xff. */
  boolean(tag: number = tags.boolean): boolean {
    this.#step(tag);
    const value = this.bytes[this.#contents];
    if (this.#offset - this.#contents !== 1 || (value !== 0 && value !== 0xff)) {
      throw this.#wrong("a boolean neither 00 nor ff");
    }
    return value === 0xff;
  }

  /** X.690 §11.5: a default value is not encoded, so where FALSE is the default only TRUE may stand. */
  booleanOrFalse(tag: number = tags.boolean): boolean {
    if (this.nextTag !== tag) return false;
    if (!this.boolean(tag)) throw this.#wrong("a default value spelled out");
    return true;
  }

  /** X.690 §8.3.2: two's complement, in as few bytes as can be. */
  integer(tag: number = tags.integer): Span {
    this.#step(tag);
    const start = this.#contents;
    const end = this.#offset;
    if (start === end) throw this.#wrong("an integer without bytes");
    const first = this.bytes[start] as number;
    if (end - start > 1 && (first === 0 || first === 0xff)) {
      const nextIsNegative = (this.bytes[start + 1] as number) >= 0x80;
      if ((first === 0xff) === nextIsNegative) throw this.#wrong("an integer that is not minimal");
    }
    return { start, end };
  }

  /** The magnitude of an integer that may not be negative: without the zero in front that its sign may need. */
  unsigned(tag: number = tags.integer): Span {
    const { start, end } = this.integer(tag);
    const first = this.bytes[start] as number;
    if (first >= 0x80) throw this.#wrong("a negative integer");
    return { start: first === 0 && end - start > 1 ? start + 1 : start, end };
  }

  /** An integer from 0 to 2^31 - 1. */
  smallInteger(tag: number = tags.integer): number {
    const { start, end } = this.unsigned(tag);
    let value = 0;
    for (let i = start; i < end; i++) value = value * 256 + (this.bytes[i] as number);
    if (value >= 2 ** 31) throw this.#wrong("an integer above 2^31");
    return value;
  }

  null(): void {
    this.#step(tags.null);
    if (this.#contents !== this.#offset) throw this.#wrong("a NULL with contents");
  }

  /** The contents of an OBJECT IDENTIFIER; X.690 §8.19: each part in as few bytes as can be. */
  objectIdentifier(tag: number = tags.objectIdentifier): Span {
    this.#step(tag);
    const start = this.#contents;
    const end = this.#offset;
    let partStarts = true;
    for (let i = start; i < end; i++) {
      const byte = this.bytes[i] as number;
      if (partStarts && byte === 0x80) throw this.#wrong("an object identifier that is not minimal");
      partStarts = byte < 0x80;
    }
    if (start === end || !partStarts) throw this.#wrong("an object identifier cut short");
    return { start, end };
  }

  /** A BIT STRING of whole bytes, as keys and signatures are. */
  bitString(tag: number = tags.bitString): Span {
    this.#step(tag);
    if (this.#contents === this.#offset) throw this.#wrong("a bit string with a wrong count of unused bits");
    if (this.bytes[this.#contents] !== 0) throw this.#wrong("a bit string not of whole bytes");
    return { start: this.#contents + 1, end: this.#offset };
  }

  /** A BIT STRING of any length; X.690 §11.2.1: the unused bits are zero. */
  bits(tag: number = tags.bitString): Span & { readonly unused: number } {
    this.#step(tag);
    const start = this.#contents + 1;
    const end = this.#offset;
    if (start > end) throw this.#wrong("a bit string with a wrong count of unused bits");
    const unused = this.bytes[start - 1] as number;
    if (unused > 7 || (unused > 0 && start === end))
      throw this.#wrong("a bit string with a wrong count of unused bits");
    if (unused > 0 && ((this.bytes[end - 1] as number) & ((1 << unused) - 1)) !== 0) {
      throw this.#wrong("unused bits not zero");
    }
    return { start, end, unused };
  }

  /** Up to 32 flags of a BIT STRING with named bits, bit 0 the lowest; X.690 §11.2.2: zeros at its end are left out. */
  namedBits(tag: number = tags.bitString): number {
    const { start, end, unused } = this.bits(tag);
    if (end > start && ((this.bytes[end - 1] as number) & (1 << unused)) === 0) {
      throw this.#wrong("named bits with zeros at their end");
    }
    if (end - start > 4) throw this.#wrong("more named bits than 32");
    let value = 0;
    for (let i = start; i < end; i++) {
      const byte = this.bytes[i] as number;
      for (let bit = 0; bit < 8; bit++)
        if ((byte & (0x80 >> bit)) !== 0) value |= 1 << (8 * (i - start) + bit);
    }
    return value >>> 0;
  }

  /** An error at the place that was reached. */
  error(message: string): DerError {
    return new DerError(message, this.#offset);
  }

  #wrong(message: string): DerError {
    return new DerError(message, this.#contents);
  }

  /** Steps over an element of this tag and notes where its contents begin. */
  #step(tag: number): void {
    const { bytes, end } = this;
    let offset = this.#offset;
    if (offset >= end || bytes[offset] !== tag) {
      throw this.error(`expected ${tagName(tag)}, got ${tagName(this.nextTag)}`);
    }
    // X.690 §8.1.2.4: no type of X.509 has a tag above 30.
    if ((tag & 0x1f) === 0x1f) throw this.error("a tag of several bytes");
    offset++;
    if (offset >= end) throw this.error("a length cut short");
    let length = bytes[offset++] as number;
    if (length >= 0x80) {
      const lengthBytes = length & 0x7f;
      // X.690 §10.1: definite, and in the shortest form. Three bytes of length are more than any certificate needs.
      if (lengthBytes === 0) throw this.error("an indefinite length");
      if (lengthBytes > 3) throw this.error("a length of more than three bytes");
      if (offset + lengthBytes > end) throw this.error("a length cut short");
      length = 0;
      for (let i = 0; i < lengthBytes; i++) length = (length << 8) | (bytes[offset++] as number);
      if (length < (lengthBytes === 1 ? 0x80 : 1 << (8 * (lengthBytes - 1)))) {
        throw this.error("a length that is not minimal");
      }
    }
    if (length > end - offset) {
      throw this.error(`${length} bytes where ${end - offset} are left`);
    }
    this.#contents = offset;
    this.#offset = offset + length;
  }
}
