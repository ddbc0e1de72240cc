import { noBytes } from "../wire/bytes.ts";
import { peerError } from "../wire/error.ts";
import { contentTypes } from "../wire/registry.ts";
import { headerLength, maxCiphertext, maxPlaintext } from "./limits.ts";

/** A server's first flight mostly fits. */
const smallestBuffer = 4096;

/** From this size memory that was given is kept as it is; smaller pieces are put together. */
const worthKeeping = 4096;

/** A record as it stands in a buffer: valid until the next call on its buffer, or for ever. */
export interface FramedRecord {
  readonly type: number;
  readonly header: Uint8Array;
  readonly fragment: Uint8Array;
  /** Whether it lies in memory that was given, which nobody changes. */
  readonly stable: boolean;
}

/**
 * Cuts a stream of bytes into records. What arrives is looked at where it lies; only a record that is not whole is kept,
 * so each byte is copied at most once, whatever the sizes of the reads. What is given stays where it lies.
 */
export class RecordBuffer {
  #held = new Uint8Array(0);
  #heldStart = 0;
  #heldEnd = 0;
  #chunk: Uint8Array = this.#held;
  #chunkStart = 0;
  #given = false;
  /** What comes after the chunk, which then was given: what was given, too, and what was put together of other pieces. */
  #behind: Uint8Array[] = [];
  #behindLength = 0;
  /** For pieces after the last one behind. */
  #room = 0;
  #seenFirst = false;

  /** Bytes that wait here. */
  get length(): number {
    return this.#heldEnd - this.#heldStart + this.#chunk.length - this.#chunkStart + this.#behindLength;
  }

  /**
   * A chunk that is not given is only read until the next {@link retain}, which must follow before its memory changes.
   * @param given whether its memory stays as it is
   */
  push(chunk: Uint8Array, given = false): void {
    const keep = given && chunk.length >= worthKeeping && isFixed(chunk);
    if (this.#given && this.#chunk.length - this.#chunkStart + this.#behindLength > 0) {
      if (keep) {
        this.#behind.push(chunk);
        this.#room = 0;
      } else this.#putTogether(chunk);
      this.#behindLength += chunk.length;
      return;
    }
    this.#retainChunk();
    this.#chunk = chunk;
    this.#chunkStart = 0;
    this.#given = keep;
  }

  /**
   * The next whole record, which is taken out of the buffer; undefined until it is whole. A header that can't be right is
   * refused as soon as it is there (RFC 9846 §5.1/17, §5.2/2).
   */
  next(encrypted: boolean): FramedRecord | undefined {
    for (;;) {
      const record = this.#nextOfChunk(encrypted);
      if (record !== undefined || this.#behind.length === 0) return record;
      this.#retainChunk();
      this.#nextChunk();
    }
  }

  #nextOfChunk(encrypted: boolean): FramedRecord | undefined {
    if (this.#heldEnd > this.#heldStart) {
      if (!this.#topUp(headerLength)) return undefined;
      const length = headerLength + this.#checkHeader(this.#held, this.#heldStart, encrypted);
      if (!this.#topUp(length)) return undefined;
      const record = view(this.#held, this.#heldStart, length, false);
      this.#heldStart += length;
      return record;
    }
    const available = this.#chunk.length - this.#chunkStart;
    if (available < headerLength) return undefined;
    const length = headerLength + this.#checkHeader(this.#chunk, this.#chunkStart, encrypted);
    if (available < length) return undefined;
    const record = view(this.#chunk, this.#chunkStart, length, this.#given);
    this.#chunkStart += length;
    return record;
  }

  /** Copies what is left of a chunk that was not given; its memory the caller may then use again. */
  retain(): void {
    // Nor is memory kept that was read to its end.
    if (!this.#given || this.#chunkStart === this.#chunk.length) this.#retainChunk();
  }

  /** Pieces not worth keeping, or not to be kept, behind what is: copied by themselves, they leave it where it lies. */
  #putTogether(piece: Uint8Array): void {
    const { length } = piece;
    const last = length < this.#room ? this.#behind.pop() : undefined;
    const start = last?.length ?? 0;
    const buffer = last?.buffer ?? new ArrayBuffer(Math.max(length, smallestBuffer));
    const pieces = new Uint8Array(buffer, 0, start + length);
    pieces.set(piece, start);
    this.#behind.push(pieces);
    this.#room = buffer.byteLength - pieces.length;
  }

  #nextChunk(): void {
    const next = this.#behind.shift() as Uint8Array;
    this.#behindLength -= next.length;
    this.#chunk = next;
    this.#chunkStart = 0;
  }

  #retainChunk(): void {
    if (this.#chunkStart < this.#chunk.length) this.#append(this.#chunk.subarray(this.#chunkStart));
    this.#chunk = noBytes;
    this.#chunkStart = 0;
  }

  /** Lets go of all that waits. */
  clear(): void {
    this.#held = new Uint8Array(0);
    this.#chunk = this.#held;
    this.#behind = [];
    this.#behindLength = 0;
    this.#heldStart = 0;
    this.#heldEnd = 0;
    this.#chunkStart = 0;
  }

  #topUp(length: number): boolean {
    const missing = length - (this.#heldEnd - this.#heldStart);
    if (missing <= 0) return true;
    const take = this.#chunk.subarray(this.#chunkStart, this.#chunkStart + missing);
    this.#append(take);
    this.#chunkStart += take.length;
    return take.length === missing;
  }

  #append(bytes: Uint8Array): void {
    const waiting = this.#heldEnd - this.#heldStart;
    if (this.#heldEnd + bytes.length > this.#held.length) {
      const needed = waiting + bytes.length;
      const roomy = this.#held.length >= needed && this.#held.length >= 2 * waiting;
      const target = roomy
        ? this.#held
        : new Uint8Array(Math.max(needed, 2 * this.#held.length, smallestBuffer));
      target.set(this.#held.subarray(this.#heldStart, this.#heldEnd));
      this.#held = target;
      this.#heldStart = 0;
      this.#heldEnd = waiting;
    }
    this.#held.set(bytes, this.#heldEnd);
    this.#heldEnd += bytes.length;
  }

  #checkHeader(bytes: Uint8Array, start: number, encrypted: boolean): number {
    const type = bytes[start] as number;
    // RFC 9846 §5/7. The version is disregarded (§5.1/15).
    if (type < contentTypes.change_cipher_spec || type > contentTypes.application_data) {
      throw peerError(
        "unexpected_record_type",
        this.#seenFirst ? `type ${type}` : notTls(bytes.subarray(start)),
      );
    }
    const length = ((bytes[start + 3] as number) << 8) | (bytes[start + 4] as number);
    if (encrypted && type === contentTypes.application_data) {
      if (length > maxCiphertext) throw peerError("ciphertext_overflow", `${length} bytes`);
    } else if (length > maxPlaintext) throw peerError("plaintext_overflow", `${length} bytes`);
    this.#seenFirst = true;
    return length;
  }
}

/** WebCrypto takes no memory that threads share, and none that may be resized. */
function isFixed({ buffer }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && (buffer as { readonly resizable?: boolean }).resizable !== true;
}

function view(bytes: Uint8Array, start: number, length: number, stable: boolean): FramedRecord {
  return {
    type: bytes[start] as number,
    header: bytes.subarray(start, start + headerLength),
    fragment: bytes.subarray(start + headerLength, start + length),
    stable,
  };
}

function notTls(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, headerLength)).replace(/[^\x20-\x7e]/g, ".");
  return `the server's first bytes are no TLS record (${JSON.stringify(text)} …): it may speak another protocol on this port`;
}
