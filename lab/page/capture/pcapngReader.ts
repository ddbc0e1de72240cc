import { toLatin1 } from "../../../src/wire/bytes.ts";
import { type ByteView, byteView } from "./byteView.ts";
import { CaptureError } from "./captureError.ts";
import type { CapturedFile, CapturedPacket } from "./packets.ts";
import { blockTypes, byteOrderMagic, tlsKeyLogSecrets } from "./pcapngWriter.ts";

interface Interface {
  readonly linkType: number;
  /** Bytes that are kept of a packet; 0 for all. */
  readonly snapLength: number;
  /** Units of time in a second. */
  readonly units: bigint;
  /** Seconds to add to every time. */
  readonly offset: bigint;
}

const optionCodes = { endOfOptions: 0, timestampResolution: 9, timestampOffset: 14 } as const;

/**
 * Reads blocks until the end of the file (draft-ietf-opsawg-pcapng). Blocks of other types are passed over, as the format asks.
 *
 * @throws CaptureError `capture_malformed`, with the place
 */
export function readPcapng(bytes: Uint8Array): CapturedFile {
  const reader = new Sections(bytes);
  while (reader.next());
  return reader;
}

class Sections implements CapturedFile {
  readonly packets: CapturedPacket[] = [];
  readonly keyLogs: string[] = [];
  readonly notes: string[] = [];
  readonly #bytes: Uint8Array;
  #view: ByteView;
  #interfaces: Interface[] = [];
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = byteView(bytes, true);
  }

  /** Whether there was one more block. */
  next(): boolean {
    const left = this.#bytes.length - this.#at;
    if (left === 0) return false;
    if (left < 12) return this.#cutShort();
    // A section begins with its byte order, which its type does not depend on.
    if (this.#view.u32(this.#at) === blockTypes.sectionHeader) this.#beginSection();
    const type = this.#view.u32(this.#at);
    const length = this.#view.u32(this.#at + 4);
    if (length < 12 || length % 4 !== 0) throw this.#malformed(`a block of ${length} bytes`);
    if (length > left) return this.#cutShort();
    const again = this.#view.u32(this.#at + length - 4);
    if (again !== length) throw this.#malformed(`a block of ${length} bytes that ends as one of ${again}`);
    this.#block(type, this.#at + 8, this.#at + length - 4);
    this.#at += length;
    return true;
  }

  #beginSection(): void {
    for (const littleEndian of [true, false]) {
      const view = byteView(this.#bytes, littleEndian);
      if (view.u32(this.#at + 8) === byteOrderMagic) {
        this.#view = view;
        this.#interfaces = [];
        return;
      }
    }
    throw this.#malformed("a section whose byte order can't be told");
  }

  /** A body from `from` to `to`. */
  #block(type: number, from: number, to: number): void {
    const length = to - from;
    const need = (least: number): void => {
      if (length < least) throw this.#malformed(`a block of type ${type} with a body of ${length} bytes`);
    };
    switch (type) {
      case blockTypes.sectionHeader: {
        need(16);
        const major = this.#view.u16(from + 4);
        if (major !== 1) throw this.#malformed(`a section of version ${major}`);
        return;
      }
      case blockTypes.interfaceDescription:
        need(8);
        this.#interfaces.push(this.#interface(from, to));
        return;
      case blockTypes.enhancedPacket: {
        need(20);
        return this.#packet(this.#view.u32(from), from + 20, to, {
          time: [this.#view.u32(from + 4), this.#view.u32(from + 8)],
          captured: this.#view.u32(from + 12),
          original: this.#view.u32(from + 16),
        });
      }
      case blockTypes.packet: {
        need(20);
        return this.#packet(this.#view.u16(from), from + 20, to, {
          time: [this.#view.u32(from + 4), this.#view.u32(from + 8)],
          captured: this.#view.u32(from + 12),
          original: this.#view.u32(from + 16),
        });
      }
      case blockTypes.simplePacket: {
        need(4);
        const original = this.#view.u32(from);
        const limit = this.#interfaces[0]?.snapLength ?? 0;
        const captured = limit === 0 ? original : Math.min(original, limit);
        return this.#packet(0, from + 4, to, { time: undefined, captured, original });
      }
      case blockTypes.decryptionSecrets: {
        need(8);
        const end = from + 8 + this.#view.u32(from + 4);
        if (end > to) throw this.#malformed("secrets that are longer than their block");
        if (this.#view.u32(from) === tlsKeyLogSecrets)
          this.keyLogs.push(toLatin1(this.#bytes.subarray(from + 8, end)));
        else this.notes.push("The file holds secrets of a kind that is not known, which are not read.");
      }
    }
  }

  #packet(
    id: number,
    from: number,
    to: number,
    {
      time,
      captured,
      original,
    }: { time: readonly [number, number] | undefined; captured: number; original: number },
  ): void {
    const where = this.#interfaces[id];
    if (where === undefined) throw this.#malformed(`a packet of interface ${id}, which is not described`);
    if (captured > to - from)
      throw this.#malformed(`a packet of ${captured} bytes in a block that is shorter`);
    this.packets.push({
      time: time && milliseconds(time, where),
      linkType: where.linkType,
      bytes: this.#bytes.subarray(from, from + captured),
      cut: original > captured,
    });
  }

  #interface(from: number, to: number): Interface {
    let units = 1_000_000n;
    let offset = 0n;
    for (let at = from + 8; at + 4 <= to; ) {
      const code = this.#view.u16(at);
      const length = this.#view.u16(at + 2);
      if (code === optionCodes.endOfOptions) break;
      const value = at + 4;
      if (value + length > to) throw this.#malformed("an option that is longer than its block");
      if (code === optionCodes.timestampResolution && length >= 1) {
        const exponent = this.#bytes[value] as number;
        units = exponent < 0x80 ? 10n ** BigInt(exponent) : 2n ** BigInt(exponent & 0x7f);
      } else if (code === optionCodes.timestampOffset && length >= 8) {
        offset = this.#view.i64(value);
      }
      at = value + length + ((4 - (length % 4)) % 4);
    }
    return { linkType: this.#view.u16(from), snapLength: this.#view.u32(from + 4), units, offset };
  }

  #cutShort(): false {
    this.notes.push("The file was cut short in the middle of a block.");
    return false;
  }

  #malformed(what: string): CaptureError {
    return new CaptureError("capture_malformed", `At byte ${this.#at}: ${what}.`);
  }
}

function milliseconds([high, low]: readonly [number, number], { units, offset }: Interface): number {
  const count = (BigInt(high) << 32n) | BigInt(low);
  const seconds = count / units + offset;
  return Number(seconds) * 1000 + (Number(count % units) * 1000) / Number(units);
}
