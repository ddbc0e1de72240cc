import { type Bytes, concat, copyOf, noBytes } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { contentTypes } from "../wire/registry.ts";
import type { Epoch } from "./epoch.ts";
import { headerLength, maxPlaintext, tagLength } from "./limits.ts";
import { nonce, writeNonce } from "./nonce.ts";
import type { RecordOrigin } from "./reader.ts";

/** Zero bytes to add to a record (RFC 9846 §5.4), given its type and the bytes of its content. */
export type PaddingPolicy = (type: "handshake" | "alert" | "application_data", length: number) => number;

export interface RecordOutput {
  /** Takes the bytes; `written` is called once their memory may be used again. */
  write(bytes: Uint8Array, written: () => void): void;
  /** There is room for more application data. */
  drained(): void;
  failed(error: unknown): void;
}

/** A record on its way through an asynchronous cipher. */
interface Sealing {
  readonly header: Bytes;
  readonly sealed: Promise<Uint8Array>;
}

/** A flight or a request fits this. */
const smallOutput = 4096;
const fullRecord = maxPlaintext + headerLength + 1 + tagLength;
/** Sealed bytes that go out in one write. Half as many cost an upload 7 % more CPU, a quarter 20 %. */
const outputSize = 16 * fullRecord;
/** Bytes on their way above which application data has to wait: 240 KiB. */
const highWaterMark = 15 * fullRecord;
/** Records being sealed at once where the cipher is asynchronous. */
const window = 16;

const trailers: readonly Bytes[] = Array.from({ length: 24 }, (_, type) => new Uint8Array([type]));

/**
 * Contents in, records out, in the order of the calls: the key and the sequence number are taken when a record is
 * written, so an asynchronous cipher can neither reorder records nor use a nonce twice.
 */
export class RecordWriter {
  readonly #output: RecordOutput;
  readonly #padding: PaddingPolicy | undefined;
  readonly #nonce = new Uint8Array(12);
  readonly #header = new Uint8Array(headerLength);
  #epoch: Epoch | undefined;
  #buffer: Uint8Array | undefined;
  readonly #spares: Uint8Array[] = [];
  #length = 0;
  #inFlight = 0;
  #sealing: Sealing[] = [];
  #draining = false;
  #drain: Promise<void> = Promise.resolve();
  #scheduled = false;
  #corked = false;
  #stopped = false;
  #initial = true;
  #plaintextRecords = 0;

  constructor(output: RecordOutput, padding: PaddingPolicy | undefined) {
    this.#output = output;
    this.#padding = padding;
  }

  /** Whether more application data may be written now. */
  get room(): boolean {
    return this.#length + this.#inFlight < highWaterMark && this.#sealing.length < window;
  }

  /** Whether everything written has been handed on and its memory given back. */
  get idle(): boolean {
    return this.#length === 0 && this.#inFlight === 0 && this.#sealing.length === 0;
  }

  /** Whether what is written now is protected. */
  get protects(): boolean {
    return this.#epoch !== undefined;
  }

  /** Records that may still be sealed under these keys (RFC 9846 §5.5/1). */
  get recordsLeft(): number {
    return this.#epoch === undefined
      ? Number.POSITIVE_INFINITY
      : this.#epoch.recordLimit - this.#epoch.sequence;
  }

  install(epoch: Epoch): void {
    this.#epoch = epoch;
  }

  /** What follows is not protected. */
  forgetKeys(): void {
    this.#epoch = undefined;
  }

  /** What is written from now on waits for {@link uncork}, or until a buffer is full: it leaves with what follows. */
  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.#schedule();
  }

  /** Nothing more leaves, and the keys are forgotten. */
  stop(): void {
    this.#stopped = true;
    this.#epoch = undefined;
    this.#sealing = [];
    this.#buffer = undefined;
    this.#length = 0;
  }

  /**
   * Fragments, pads and seals. Answers where the first record stands.
   * @throws TlsError `key_limit_reached` where the keys may seal no more
   */
  write(type: number, content: Uint8Array): RecordOrigin {
    const origin = this.#origin();
    if (this.#stopped) return origin;
    for (let start = 0; start === 0 || start < content.length; start += maxPlaintext) {
      this.#one(
        type,
        content.length <= maxPlaintext ? content : content.subarray(start, start + maxPlaintext),
      );
    }
    this.#schedule();
    return origin;
  }

  #origin(): RecordOrigin {
    const epoch = this.#epoch;
    return epoch === undefined
      ? { epoch: "none", generation: 0, sequence: this.#plaintextRecords }
      : { epoch: epoch.name, generation: epoch.generation, sequence: epoch.sequence };
  }

  #one(type: number, content: Uint8Array): void {
    const epoch = this.#epoch;
    if (epoch === undefined || type === contentTypes.change_cipher_spec) this.#plain(type, content);
    else {
      if (this.recordsLeft <= 0)
        throw localError("key_limit_reached", "the keys have sealed all the records that they may");
      const trailer = this.#trailer(type, content.length);
      const length = content.length + trailer.length + tagLength;
      const sequence = epoch.sequence++;
      if (epoch.sync) {
        // Early data under another suite may still be with an asynchronous cipher, and leaves first.
        const waits = this.#sealing.length > 0;
        const into = waits ? new Uint8Array(headerLength + length) : this.#reserve(headerLength + length);
        const start = waits ? 0 : this.#length;
        this.#writeHeader(this.#header, contentTypes.application_data, length);
        into.set(this.#header, start);
        writeNonce(epoch.iv, sequence, this.#nonce);
        epoch.key.seal(this.#nonce, this.#header, content, trailer, into, start + headerLength);
        if (waits) this.#enqueue({ header: noBytes, sealed: Promise.resolve(into) });
        else this.#length += headerLength + length;
      } else {
        const header = new Uint8Array(headerLength);
        this.#writeHeader(header, contentTypes.application_data, length);
        const plaintext = concat(content, trailer);
        const sealed = epoch.key.then((key) => key.seal(nonce(epoch.iv, sequence), header, plaintext));
        this.#enqueue({ header, sealed });
      }
    }
  }

  #plain(type: number, content: Uint8Array): void {
    const header = new Uint8Array(headerLength);
    this.#writeHeader(header, type, content.length);
    // RFC 9846 §5.1/18: 0x0301 on the first ClientHello's records, and on no other.
    if (this.#initial && type === contentTypes.handshake) {
      header[2] = 1;
    }
    this.#plaintextRecords++;
    if (this.#sealing.length > 0) this.#enqueue({ header, sealed: Promise.resolve(copyOf(content)) });
    else this.#put(header, content);
  }

  /** RFC 9846 §5.1/19: the ClientHello that follows is a second one. */
  endInitial(): void {
    this.#initial = false;
  }

  #writeHeader(into: Uint8Array, type: number, length: number): void {
    into[0] = type;
    into[1] = 3;
    into[2] = 3;
    into[3] = length >> 8;
    into[4] = length & 0xff;
  }

  #trailer(type: number, length: number): Bytes {
    if (this.#padding !== undefined) {
      const name =
        type === contentTypes.handshake
          ? "handshake"
          : type === contentTypes.alert
            ? "alert"
            : "application_data";
      // RFC 9846 §5.4/8: content, type and padding fit 2^14 + 1 bytes.
      const zeros = Math.min(Math.max(0, Math.floor(this.#padding(name, length))), maxPlaintext - length);
      if (zeros > 0) {
        const padded = new Uint8Array(1 + zeros);
        padded[0] = type;
        return padded;
      }
    }
    return trailers[type] as Bytes;
  }

  #reserve(length: number): Uint8Array {
    if (this.#buffer !== undefined && this.#length + length <= this.#buffer.length) return this.#buffer;
    this.#flush();
    // Bulk data takes the large buffers, and gives them back.
    const size = length <= smallOutput ? smallOutput : outputSize;
    const buffer = (size === outputSize ? this.#spares.pop() : undefined) ?? new Uint8Array(size);
    this.#buffer = buffer;
    return buffer;
  }

  #put(header: Uint8Array, fragment: Uint8Array): void {
    const into = this.#reserve(header.length + fragment.length);
    into.set(header, this.#length);
    into.set(fragment, this.#length + header.length);
    this.#length += header.length + fragment.length;
  }

  #enqueue(sealing: Sealing): void {
    sealing.sealed.catch(() => {});
    this.#sealing.push(sealing);
    if (!this.#draining) this.#drain = this.#takeSealed();
  }

  async #takeSealed(): Promise<void> {
    this.#draining = true;
    try {
      for (let next = this.#sealing[0]; next !== undefined; next = this.#sealing[0]) {
        const fragment = await next.sealed;
        if (this.#stopped) break;
        void this.#sealing.shift();
        this.#put(next.header, fragment);
        if (this.#sealing.length === 0 && !this.#corked) this.#flush();
      }
    } catch (error) {
      if (this.#stopped) return;
      // Its sequence number is spent, so nothing after it could be opened.
      this.#flush();
      this.stop();
      this.#output.failed(localError("internal_error", "a record could not be sealed", error));
    } finally {
      this.#draining = false;
    }
  }

  /** What is written in one go leaves in one go. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#corked) this.#flush();
    });
  }

  /** Hands on what is sealed. */
  #flush(): void {
    const buffer = this.#buffer;
    const length = this.#length;
    if (buffer === undefined || length === 0) return;
    this.#buffer = undefined;
    this.#length = 0;
    this.#inFlight += length;
    this.#output.write(buffer.subarray(0, length), () => {
      this.#inFlight -= length;
      if (buffer.length === outputSize) this.#spares.push(buffer);
      if (!this.#stopped) this.#output.drained();
    });
  }

  /** Hands on all that was written; answers once it has been handed on. */
  async finish(): Promise<void> {
    while (this.#draining) await this.#drain;
    this.#flush();
  }
}
