import { type RecordOrigin, RecordReader, type RecordReceiver } from "../../src/record/reader.ts";
import { type Bytes, copyOf, toHex } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { Watch } from "../connection/watch.ts";

/** What a reader told, a line each: `22 application.0/3 0a0b…`. */
export class Collector extends Watch implements RecordReceiver {
  readonly log: string[] = [];
  readonly reader = new RecordReader(this);
  error: unknown;
  finished = false;
  /** Does something while a record is delivered. */
  during: ((type: number, content: Uint8Array, origin: RecordOrigin) => void) | undefined;

  record(type: number, content: Uint8Array, origin: RecordOrigin): void {
    const shown = content.length > 40 ? `${content.length} bytes` : toHex(content);
    this.log.push(`${type} ${origin.epoch}.${origin.generation}/${origin.sequence} ${shown}`);
    this.during?.(type, content, origin);
    this.changed();
  }

  failed(error: unknown): void {
    if (this.error !== undefined) throw new Error("failed twice");
    this.error = error;
    this.log.push(`failed: ${error instanceof TlsError ? error.code : String(error)}`);
    this.changed();
  }

  /**
   * Delivers pieces, then the end; resolves once all of it was opened or refused.
   * @param isGiven of a piece by its place: its memory stays; that of the others changes at once
   */
  async read(
    pieces: readonly Bytes[],
    isGiven: (place: number) => boolean = () => false,
  ): Promise<readonly string[]> {
    pieces.forEach((piece, place) => {
      if (isGiven(place)) this.reader.receive(copyOf(piece), true);
      else this.deliver(piece);
    });
    this.reader.finish(() => {
      this.finished = true;
      this.changed();
    });
    await this.until(() => this.finished || this.error !== undefined);
    return this.log;
  }

  deliver(piece: Bytes): void {
    const lent = copyOf(piece);
    this.reader.receive(lent);
    lent.fill(0xee);
  }
}
