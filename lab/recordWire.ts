import type { Transport } from "../src/connection/transport.ts";
import type { CryptoProvider } from "../src/crypto/provider.ts";
import { nextTrafficSecret, type TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import { decodeMessage, headerLength, messageName } from "../src/messages/handshake.ts";
import { type Epoch, type EpochName, openEpoch } from "../src/record/epoch.ts";
import { RecordBuffer } from "../src/record/framing.ts";
import { maxPlaintext, headerLength as recordHeaderLength, tagLength } from "../src/record/limits.ts";
import { nonce } from "../src/record/nonce.ts";
import { alertName } from "../src/wire/alerts.ts";
import { type Bytes, concat, copyOf, noBytes } from "../src/wire/bytes.ts";
import { contentTypes } from "../src/wire/registry.ts";
import { type Chunking, pieces } from "./memoryTransport.ts";
import { Seen, type SeenMessage, type SeenRecord } from "./seen.ts";
import { type Incoming, LabError, type LabWire, type RecordSpec } from "./wire.ts";

export interface Packing {
  /** Whether messages wait for others, up to the next change of keys, and leave together. Default: no. */
  readonly together?: boolean;
  /** Cuts handshake bytes into records. Default: as few as possible. */
  readonly fragments?: Chunking;
  /** Zeros behind each protected record that the lab makes by itself. Default: none. */
  readonly padding?: number;
  /** legacy_record_version of the records that the lab makes by itself. Default: 0x0303. */
  readonly version?: number;
}

interface Direction {
  readonly epoch: Epoch;
  readonly secret: TrafficSecret;
}

/** A server's side of the record layer, written to be bent: it checks nothing of what it is told to send. */
export class RecordWire implements LabWire {
  readonly seen = new Seen();
  readonly #provider: CryptoProvider;
  readonly #transport: Transport;
  readonly #fragments: Chunking;
  readonly #together: boolean;
  readonly #padding: number;
  readonly #version: number;
  readonly #buffer = new RecordBuffer();
  #pending: Bytes = noBytes;
  #read: Direction | undefined;
  #write: Direction | undefined;
  #plaintextRecords = 0;
  #partial: Bytes = noBytes;
  #messages: Bytes[] = [];
  #skipping: { readonly limit: number; bytes: number } | undefined;
  #ended: "ended" | "failed" | undefined;
  #wake: (() => void) | undefined;

  constructor(provider: CryptoProvider, transport: Transport, packing: Packing = {}) {
    this.#provider = provider;
    this.#transport = transport;
    this.#fragments = packing.fragments ?? pieces(maxPlaintext);
    this.#together = packing.together ?? false;
    this.#padding = packing.padding ?? 0;
    this.#version = packing.version ?? 0x0303;
    transport.start({
      received: (bytes) => {
        this.#buffer.push(bytes);
        this.#buffer.retain();
        this.#wake?.();
      },
      ended: () => {
        this.#ended ??= "ended";
        this.#wake?.();
      },
      failed: () => {
        this.#ended ??= "failed";
        this.#wake?.();
      },
    });
  }

  // Out

  async handshake(bytes: Bytes): Promise<void> {
    this.#pending = concat(this.#pending, bytes);
    if (!this.#together) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const bytes = this.#pending;
    this.#pending = noBytes;
    for (const content of this.#fragments(bytes)) {
      await this.#record({ type: contentTypes.handshake, content });
    }
  }

  async record(spec: RecordSpec): Promise<void> {
    await this.flush();
    await this.#record(spec);
  }

  async raw(bytes: Bytes): Promise<void> {
    await this.flush();
    this.#out(bytes);
  }

  alert(level: number, code: number): Promise<void> {
    return this.record({ type: contentTypes.alert, content: new Uint8Array([level, code]) });
  }

  async end(): Promise<void> {
    await this.flush();
    this.#transport.end();
  }

  async #record(spec: RecordSpec): Promise<void> {
    const sealed =
      spec.sealed ?? (this.#write !== undefined && spec.type !== contentTypes.change_cipher_spec);
    const record = sealed ? await this.#seal(spec) : this.#frame(spec.type, spec, spec.content);
    this.#out(spec.tamper === undefined ? record : spec.tamper(record));
  }

  async #seal(spec: RecordSpec): Promise<Bytes> {
    const epoch = this.#write?.epoch;
    if (epoch === undefined) throw new LabError("there are no keys to seal a record with");
    // Of its own accord the lab stays within bounds (RFC 9846 §5.4/8).
    const padding = spec.padding ?? Math.min(this.#padding, Math.max(0, maxPlaintext - spec.content.length));
    const plaintext =
      spec.plaintext ?? concat(spec.content, new Uint8Array([spec.type]), new Uint8Array(padding));
    const outerType = spec.outerType ?? contentTypes.application_data;
    const header = this.#frame(outerType, spec, new Uint8Array(plaintext.length + tagLength)).slice(
      0,
      recordHeaderLength,
    );
    const at = nonce(epoch.iv, epoch.sequence++);
    if (epoch.sync) {
      const sealed = new Uint8Array(plaintext.length + tagLength);
      epoch.key.seal(at, header, plaintext, noBytes, sealed, 0);
      return concat(header, sealed);
    }
    const key = await epoch.key;
    return concat(header, await key.seal(at, header, plaintext));
  }

  #frame(type: number, { version = this.#version }: RecordSpec, fragment: Bytes): Bytes {
    const { length } = fragment;
    const header = new Uint8Array([type, version >> 8, version & 0xff, (length >> 8) & 0xff, length & 0xff]);
    return concat(header, fragment);
  }

  #out(bytes: Bytes): void {
    if (bytes.length > 0) this.#transport.write(bytes, () => {});
  }

  // Keys

  get readSecret(): TrafficSecret | undefined {
    return this.#read?.secret;
  }

  skipEarlyData(limit: number): void {
    this.#skipping = { limit, bytes: 0 };
  }

  async install(direction: "read" | "write", name: EpochName, given: TrafficSecret): Promise<void> {
    if (direction === "write") await this.flush();
    const secret = { ...given, secret: given.secret.slice() };
    const side = { epoch: openEpoch(this.#provider, name, 0, secret), secret };
    if (direction === "read") this.#read = side;
    else this.#write = side;
  }

  async advance(direction: "read" | "write"): Promise<void> {
    if (direction === "write") await this.flush();
    const side = direction === "read" ? this.#read : this.#write;
    if (side === undefined) throw new LabError("there are no keys to update");
    const secret = nextTrafficSecret(side.secret);
    const next = {
      epoch: openEpoch(this.#provider, "application", side.epoch.generation + 1, secret),
      secret,
    };
    if (direction === "read") this.#read = next;
    else this.#write = next;
  }

  // In

  async receive(): Promise<Incoming> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return { kind: "message", bytes: message };
      const record = await this.#nextRecord();
      if (record === undefined) {
        this.seen.end = this.#ended;
        this.seen.changed();
        return { kind: "end" };
      }
      this.seen.records.push(record);
      const incoming = this.#take(record);
      this.seen.changed();
      if (incoming !== undefined) return incoming;
    }
  }

  #take({ type, content, epoch, generation }: SeenRecord): Incoming | undefined {
    if (type === contentTypes.change_cipher_spec) this.seen.changeCipherSpecs++;
    else if (type === contentTypes.application_data) {
      this.seen.noteData(content, epoch === "early");
      return { kind: "data", bytes: content };
    } else if (type === contentTypes.alert) {
      const [level = 0, code = 0] = content;
      const name = alertName(code);
      const levelName = level === 1 ? "warning" : level === 2 ? "fatal" : (`unknown_${level}` as const);
      this.seen.alerts.push({ level: levelName, code, name, epoch, generation });
      return { kind: "alert", name };
    } else if (type === contentTypes.handshake) {
      this.#partial = concat(this.#partial, content);
      for (let bytes = this.#wholeMessage(); bytes !== undefined; bytes = this.#wholeMessage()) {
        const name = messageName(bytes);
        const body = decodeMessage(name, bytes);
        this.seen.messages.push({ name, body, bytes, epoch, generation } as SeenMessage);
        this.#messages.push(bytes);
      }
    }
    return undefined;
  }

  #wholeMessage(): Bytes | undefined {
    const [, high, middle, low] = this.#partial as unknown as number[];
    if (low === undefined) return undefined;
    const length = headerLength + (((high as number) << 16) | ((middle as number) << 8) | low);
    if (this.#partial.length < length) return undefined;
    const message = this.#partial.slice(0, length);
    this.#partial = this.#partial.slice(length);
    return message;
  }

  async #nextRecord(): Promise<SeenRecord | undefined> {
    for (;;) {
      const framed = this.#buffer.next(true);
      if (framed === undefined) {
        if (this.#ended !== undefined) return undefined;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
        continue;
      }
      const header = copyOf(framed.header);
      const fragment = copyOf(framed.fragment);
      const common = {
        header,
        outerType: framed.type,
        version: ((header[1] as number) << 8) | (header[2] as number),
        length: fragment.length,
      };
      if (framed.type !== contentTypes.application_data) {
        if (framed.type === contentTypes.handshake) this.#skipping = undefined;
        const sequence = this.#plaintextRecords++;
        const plain = { epoch: "none", generation: 0, sequence, padding: 0 } as const;
        return { ...common, ...plain, type: framed.type, content: fragment };
      }
      const opened = await this.#open(header, fragment);
      if (opened === undefined) {
        if (this.#skipping === undefined) this.seen.unreadable++;
        else this.#skip(this.#skipping, fragment.length);
        this.seen.changed();
        continue;
      }
      this.#skipping = undefined;
      const { epoch, plaintext } = opened;
      let end = plaintext.length - 1;
      while (end >= 0 && plaintext[end] === 0) end--;
      return {
        ...common,
        epoch: epoch.name,
        generation: epoch.generation,
        sequence: epoch.sequence++,
        type: end < 0 ? -1 : (plaintext[end] as number),
        content: copyOf(plaintext.subarray(0, Math.max(0, end))),
        padding: plaintext.length - 1 - end,
      };
    }
  }

  #skip(skipping: { readonly limit: number; bytes: number }, length: number): void {
    this.seen.skipped++;
    // Its type, and a tag.
    skipping.bytes += Math.max(0, length - 1 - tagLength);
    if (skipping.bytes > skipping.limit) {
      throw new LabError(`${skipping.bytes} bytes of early data, where ${skipping.limit} were allowed`);
    }
  }

  async #open(header: Bytes, sealed: Bytes): Promise<{ epoch: Epoch; plaintext: Uint8Array } | undefined> {
    const epoch = this.#read?.epoch;
    if (epoch === undefined || sealed.length < tagLength) return undefined;
    const at = nonce(epoch.iv, epoch.sequence);
    const plaintext = epoch.sync
      ? epoch.key.open(at, header, sealed)
      : await (await epoch.key).open(at, header, sealed);
    return plaintext === undefined ? undefined : { epoch, plaintext };
  }
}
