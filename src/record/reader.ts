import type { AsyncAeadKey } from "../crypto/provider.ts";
import type { Bytes } from "../wire/bytes.ts";
import { localError, peerError } from "../wire/error.ts";
import { contentTypeName, contentTypes } from "../wire/registry.ts";
import type { Epoch, EpochName } from "./epoch.ts";
import { type FramedRecord, RecordBuffer } from "./framing.ts";
import { parseInnerPlaintext } from "./innerPlaintext.ts";
import { headerLength, maxChangeCipherSpecs, maxCiphertext, maxEmptyRecords } from "./limits.ts";
import { nonce, writeNonce } from "./nonce.ts";

/** What protected a record, and its place under those keys. */
export interface RecordOrigin {
  readonly epoch: EpochName | "none";
  readonly generation: number;
  readonly sequence: number;
}

export interface RecordReceiver {
  /** A record's content, of type handshake, alert or application_data. May throw: the reader then fails with it. */
  record(type: number, content: Uint8Array, origin: RecordOrigin): void;
  failed(error: unknown): void;
}

/** Records that are opened ahead where the cipher is asynchronous. */
const window = 16;

/** A record in memory which stays as it is while it is opened, and perhaps opened again. */
interface OwnRecord extends FramedRecord {
  readonly header: Bytes;
  readonly fragment: Bytes;
  /** Where it was copied to. */
  readonly memory?: Bytes;
}

/** Room for any record. Fresh memory costs a page more than it costs to open a record, so bulk data gives it back. */
const slotSize = headerLength + maxCiphertext;
/** For all connections together, so that one which waits for more keeps none; what lies in them was on the wire. */
const spares: Bytes[] = [];
/** Smaller records take what they need. */
const worthASlot = 4096;

type Waiting = { readonly record: OwnRecord } | { readonly error: unknown };

/**
 * Bytes in, contents of records out, in order. Where the cipher is synchronous every whole record of a chunk is opened in
 * one loop, in place. Where it isn't, several are in flight: records opened ahead are speculation, and if one of them
 * changes the keys or holds the reader, those behind it are opened again in their turn. The result is the serial one.
 */
export class RecordReader {
  readonly #receiver: RecordReceiver;
  readonly #buffer = new RecordBuffer();
  readonly #nonce = new Uint8Array(12);
  #waiting: Waiting[] = [];
  #epoch: Epoch | undefined;
  #held = false;
  #stopped = false;
  #draining = false;
  #finish: (() => void) | undefined;
  #emptyInARow = 0;
  #changeCipherSpecs = 0;
  #plaintextRecords = 0;

  constructor(receiver: RecordReceiver) {
    this.#receiver = receiver;
  }

  /** Bytes that arrived and are not opened yet. */
  get buffered(): number {
    let length = this.#buffer.length;
    for (const one of this.#waiting) {
      if ("record" in one) length += one.record.header.length + one.record.fragment.length;
    }
    return length;
  }

  /** The chunk's memory may be used again once this returns, unless it is given: then it stays as it is. */
  receive(chunk: Uint8Array, given = false): void {
    if (this.#stopped) return;
    this.#buffer.push(chunk, given);
    this.#advance();
    // Straight from the chunk, while there is room: what is retained is copied once more.
    if (this.#draining && this.#epoch !== undefined) this.#fillWindow();
    this.#buffer.retain();
  }

  /** No more bytes will come: `then` is called once what had come is opened and delivered, or the reading is over. */
  finish(then: () => void): void {
    if (this.#stopped) return then();
    // A transport may first end and then break.
    const earlier = this.#finish;
    this.#finish =
      earlier === undefined
        ? then
        : () => {
            earlier();
            then();
          };
    this.#finishIfDone();
  }

  /** Opens nothing more until the next {@link install} or {@link release} (RFC 9846 §5.1/6: no reading across a key change). */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    if (this.#draining) return;
    this.#advance();
    this.#buffer.retain();
  }

  /** Everything that follows is protected with these keys. */
  install(epoch: Epoch): void {
    this.#epoch = epoch;
    this.release();
  }

  /** Nothing more is delivered, and the keys are forgotten. */
  stop(): void {
    this.#stopped = true;
    this.#epoch = undefined;
    this.#waiting = [];
    this.#buffer.clear();
    this.#finishIfDone();
  }

  /** Opens what has arrived, as far as it may. */
  #advance(): void {
    if (this.#draining) return;
    if (this.#epoch?.sync === false) void this.#drain();
    else this.#loop();
  }

  #loop(): void {
    this.#draining = true;
    try {
      while (!this.#held && !this.#stopped) {
        const epoch = this.#epoch;
        if (epoch?.sync === false) break;
        const next = this.#waiting.shift();
        if (next !== undefined && "error" in next) throw next.error;
        const record = next?.record ?? this.#buffer.next(epoch !== undefined);
        if (record === undefined) break;
        if (epoch === undefined) this.#unprotected(record);
        else if (record.type !== contentTypes.application_data) this.#notProtected(record);
        else {
          writeNonce(epoch.iv, epoch.sequence, this.#nonce);
          this.#opened(epoch, epoch.key.open(this.#nonce, record.header, record.fragment));
        }
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#draining = false;
    }
    if (this.#epoch?.sync === false && !this.#held && !this.#stopped) void this.#drain();
    else this.#finishIfDone();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    let current: Epoch | undefined;
    let key: AsyncAeadKey | undefined;
    // What the first of the waiting records are going to be, in their order.
    let ahead: Promise<Uint8Array | undefined>[] = [];
    try {
      while (!this.#held && !this.#stopped) {
        const epoch = this.#epoch;
        if (epoch === undefined || epoch.sync) break;
        this.#fillWindow();
        const [next] = this.#waiting;
        if (next === undefined) break;
        if (key === undefined || epoch !== current) {
          // Other keys: what was opened with the old ones never was.
          this.#abandon(ahead.length);
          ahead = [];
          current = epoch;
          key = await epoch.key;
          continue;
        }
        this.#openAhead(epoch, key, ahead);
        const [opening] = ahead;
        if (opening === undefined) {
          void this.#waiting.shift();
          if ("error" in next) throw next.error;
          this.#notProtected(next.record);
          continue;
        }
        const plaintext = await opening;
        if (this.#stopped || this.#held || this.#epoch !== epoch) continue;
        void ahead.shift();
        void this.#waiting.shift();
        if ("record" in next) this.#giveBack(next.record);
        this.#opened(epoch, plaintext);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#draining = false;
    }
    this.#abandon(ahead.length);
    if (this.#epoch?.sync === true) this.#advance();
    else this.#finishIfDone();
  }

  /** Keeps the window in flight: each record that is delivered makes room for another. */
  #openAhead(epoch: Epoch, key: AsyncAeadKey, ahead: Promise<Uint8Array | undefined>[]): void {
    for (let one = this.#waiting[ahead.length]; one !== undefined; one = this.#waiting[ahead.length]) {
      // §5.3: a record that is not protected has no sequence number, so the run ends there.
      if ("error" in one || one.record.type !== contentTypes.application_data) return;
      const { header, fragment } = one.record;
      const opening = key.open(nonce(epoch.iv, epoch.sequence + ahead.length), header, fragment);
      // Where the platform fails, the first failure is awaited, and those behind it by nobody.
      opening.catch(() => {});
      ahead.push(opening);
    }
  }

  #finishIfDone(): void {
    if (this.#draining || (this.#held && !this.#stopped)) return;
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.();
  }

  #fillWindow(): void {
    while (this.#waiting.length < window) {
      const last = this.#waiting.at(-1);
      if (last !== undefined && "error" in last) return;
      try {
        const record = this.#buffer.next(true);
        if (record === undefined) return;
        this.#waiting.push({ record: this.#own(record) });
      } catch (error) {
        // What stands before it in the stream comes first.
        this.#waiting.push({ error });
      }
    }
  }

  #own(record: FramedRecord): OwnRecord {
    if (record.stable) return record as OwnRecord;
    const { type, header, fragment } = record;
    const length = headerLength + fragment.length;
    const memory = length < worthASlot ? new Uint8Array(length) : (spares.pop() ?? new Uint8Array(slotSize));
    memory.set(header);
    memory.set(fragment, headerLength);
    return {
      type,
      header: memory.subarray(0, headerLength),
      fragment: memory.subarray(headerLength, length),
      stable: false,
      memory,
    };
  }

  #giveBack({ memory }: OwnRecord): void {
    if (memory?.length === slotSize && spares.length < window) spares.push(memory);
  }

  /** What was opened ahead in vain may still be read: the records move to other memory, and theirs is not used again. */
  #abandon(count: number): void {
    for (let i = 0; i < Math.min(count, this.#waiting.length); i++) {
      const one = this.#waiting[i] as Waiting;
      if ("record" in one) this.#waiting[i] = { record: this.#own(one.record) };
    }
  }

  #opened(epoch: Epoch, plaintext: Uint8Array | undefined): void {
    // RFC 9846 §5.2/3: one error for any record that does not open, the one too short for a tag included.
    if (plaintext === undefined) {
      throw peerError("bad_record_mac", `record ${epoch.sequence} of the ${epoch.name} keys`);
    }
    const { type, content } = parseInnerPlaintext(plaintext);
    this.#deliver(type, content, {
      epoch: epoch.name,
      generation: epoch.generation,
      sequence: epoch.sequence++,
    });
  }

  #unprotected(record: FramedRecord): void {
    if (record.type === contentTypes.change_cipher_spec) this.#changeCipherSpec(record.fragment);
    else {
      const origin = { epoch: "none", generation: 0, sequence: this.#plaintextRecords++ } as const;
      this.#deliver(record.type, record.fragment, origin);
    }
  }

  /** A record without protection where protection is on: only the compatibility change_cipher_spec may be one. */
  #notProtected(record: FramedRecord): void {
    if (record.type !== contentTypes.change_cipher_spec) {
      throw peerError(
        "unexpected_record_type",
        `an unprotected ${contentTypeName(record.type)} record after keys were installed`,
      );
    }
    this.#changeCipherSpec(record.fragment);
  }

  /** RFC 9846 §5, §E.4 */
  #changeCipherSpec(fragment: Uint8Array): void {
    if (this.#epoch?.name === "application") {
      throw peerError("unexpected_change_cipher_spec", "the server's Finished has already come");
    }
    if (fragment.length !== 1 || fragment[0] !== 1) {
      throw peerError(
        "bad_change_cipher_spec",
        `${fragment.length} bytes, the first of value ${fragment[0]}`,
      );
    }
    if (++this.#changeCipherSpecs > maxChangeCipherSpecs) {
      throw peerError("too_many_change_cipher_specs", `more than ${maxChangeCipherSpecs}`);
    }
    this.#receiver.record(contentTypes.change_cipher_spec, fragment, {
      epoch: "none",
      generation: 0,
      sequence: 0,
    });
  }

  #deliver(type: number, content: Uint8Array, origin: RecordOrigin): void {
    if (content.length > 0) this.#emptyInARow = 0;
    else if (type === contentTypes.handshake) throw peerError("empty_handshake_record", "no content");
    else if (type === contentTypes.alert) throw peerError("empty_alert_record", "no content");
    else if (++this.#emptyInARow > maxEmptyRecords) {
      throw peerError("too_many_empty_records", `more than ${maxEmptyRecords} in a row`);
    }
    // RFC 9846 §5/3, §5/7: change_cipher_spec inside a protected record is no better than an unknown type.
    if (
      type !== contentTypes.handshake &&
      type !== contentTypes.alert &&
      type !== contentTypes.application_data
    ) {
      throw peerError("unexpected_record_type", `type ${contentTypeName(type)} inside a protected record`);
    }
    this.#receiver.record(type, content, origin);
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#receiver.failed(
      error instanceof Error ? error : localError("internal_error", "the record reader failed", error),
    );
  }
}
