import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { nextTrafficSecret, type TrafficSecret } from "../../src/keyschedule/trafficSecret.ts";
import { type Epoch, openEpoch } from "../../src/record/epoch.ts";
import { headerLength } from "../../src/record/limits.ts";
import { type Bytes, concat, copyOf, equal } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { innerOf, openProtected } from "./protectedRecord.ts";
import type { RunKeys, RunPiece, RunRecord, Side } from "./run.ts";

/** A secret that a side writes with. */
export interface SideSecret extends RunKeys {
  readonly secret: TrafficSecret;
}

/** What crossed the wire in one go. */
export interface Crossing {
  readonly from: Side;
  readonly bytes: Bytes;
  /** As it was written, where somebody on the way has changed it: as long as what crossed. */
  readonly written: Bytes;
}

/** A record, and what only those know who wrote it. */
export interface OpenedRecord {
  readonly record: RunRecord;
  /** Bytes of handshake messages that it was made to carry. */
  readonly handshakeLength: number;
}

/** Cuts what one side sent into records; what is left over in the end is one that never became whole. */
export class RecordCutter {
  #rest: Bytes = new Uint8Array(0);

  /** The whole records of what came until now. */
  push(bytes: Uint8Array): readonly Bytes[] {
    this.#rest = concat(this.#rest, bytes);
    const records: Bytes[] = [];
    while (this.#rest.length >= headerLength) {
      const length = headerLength + (((this.#rest[3] as number) << 8) | (this.#rest[4] as number));
      if (this.#rest.length < length) break;
      records.push(this.#rest.slice(0, length));
      this.#rest = this.#rest.slice(length);
    }
    return records;
  }

  get rest(): Bytes {
    return this.#rest;
  }
}

/**
 * The records of both sides, opened by whoever has the secrets: as an observer with a key log would, who tries the keys at hand and
 * then those that come after them.
 */
export async function openRecords(
  provider: CryptoProvider,
  crossings: readonly Crossing[],
  secrets: Readonly<Record<Side, readonly SideSecret[]>>,
): Promise<OpenedRecord[]> {
  const records: OpenedRecord[] = [];
  const cutters = { client: new RecordCutter(), server: new RecordCutter() };
  const observers = {
    client: new Observer(provider, secrets.client),
    server: new Observer(provider, secrets.server),
  };

  for (const { from, bytes, written } of crossings) {
    let offset = -cutters[from].rest.length;
    for (const own of cutters[from].push(written)) {
      const opened = await observers[from].open(own);
      const handshakeLength = opened.type === contentTypes.handshake ? (opened.content?.length ?? 0) : 0;
      // Who changes records passes them on whole.
      const wire = offset < 0 ? own : bytes.slice(offset, offset + own.length);
      offset += own.length;
      const record = equal(wire, own) ? opened : { ...opened, wire, content: changedContent(own, wire) };
      records.push({ record: { from, ...record }, handshakeLength });
    }
  }
  for (const from of ["client", "server"] as const) {
    const { rest } = cutters[from];
    if (rest.length === 0) continue;
    records.push({ record: { from, ...observers[from].unopened(rest) }, handshakeLength: 0 });
  }
  return records;
}

/** What a record says that was changed on the way: in the clear whatever now stands there, and else nothing that opens. */
function changedContent(own: Bytes, wire: Bytes): Bytes | undefined {
  return own[0] === contentTypes.application_data ? undefined : wire.slice(headerLength);
}

type Opened = Omit<RunRecord, "from">;

class Observer {
  readonly #provider: CryptoProvider;
  readonly #secrets: readonly SideSecret[];
  #at = -1;
  #current: { readonly epoch: Epoch; readonly secret: TrafficSecret } | undefined;
  #plaintextRecords = 0;

  constructor(provider: CryptoProvider, secrets: readonly SideSecret[]) {
    this.#provider = provider;
    this.#secrets = secrets;
  }

  async open(wire: Bytes): Promise<Opened> {
    const type = wire[0] as number;
    if (type !== contentTypes.application_data) {
      const sequence = this.#plaintextRecords++;
      const content = wire.slice(headerLength);
      return { wire, content, type, padding: 0, epoch: "none", generation: 0, sequence };
    }
    for (let ahead = 0; ; ahead++) {
      const candidate = this.#candidate(ahead);
      if (candidate === undefined) return this.unopened(wire);
      const { epoch } = candidate;
      const plaintext = await openProtected(epoch, epoch.sequence, wire);
      if (plaintext === undefined) continue;
      this.#at = candidate.at;
      this.#current = candidate;
      return {
        wire,
        ...innerOf(plaintext),
        epoch: epoch.name,
        generation: epoch.generation,
        sequence: epoch.sequence++,
      };
    }
  }

  unopened(wire: Bytes): Opened {
    const epoch = this.#current?.epoch;
    const keys = { epoch: epoch?.name ?? "none", generation: epoch?.generation ?? 0 } as const;
    const sequence = epoch === undefined ? this.#plaintextRecords : epoch.sequence;
    return { wire, content: undefined, type: wire[0] ?? 0, padding: 0, ...keys, sequence };
  }

  /** The keys at hand, those after a KeyUpdate, and then the secrets that were not used yet. */
  #candidate(ahead: number): { epoch: Epoch; secret: TrafficSecret; at: number } | undefined {
    const current = this.#current;
    if (current !== undefined) {
      if (ahead === 0) return { ...current, at: this.#at };
      if (current.epoch.name === "application") {
        return ahead === 1 ? { ...this.#after(current.epoch, current.secret), at: this.#at } : undefined;
      }
    }
    const at = this.#at + ahead + (current === undefined ? 1 : 0);
    const next = this.#secrets[at];
    if (next === undefined) return undefined;
    const secret = copyOfSecret(next.secret);
    return { epoch: openEpoch(this.#provider, next.epoch as never, next.generation, secret), secret, at };
  }

  #after(epoch: Epoch, secret: TrafficSecret): { epoch: Epoch; secret: TrafficSecret } {
    const next = nextTrafficSecret(copyOfSecret(secret));
    return { epoch: openEpoch(this.#provider, "application", epoch.generation + 1, next), secret: next };
  }
}

function copyOfSecret(secret: TrafficSecret): TrafficSecret {
  return { ...secret, secret: copyOf(secret.secret) };
}

/** Where some of a side's handshake bytes stand in its records. */
export function piecesOf(
  records: readonly OpenedRecord[],
  from: Side,
  spans: readonly { readonly from: number; readonly to: number }[],
): readonly RunPiece[] {
  const pieces: RunPiece[] = [];
  let offset = 0;
  records.forEach(({ record: { from: side }, handshakeLength }, record) => {
    if (side !== from) return;
    for (const span of spans) {
      const start = Math.max(span.from, offset) - offset;
      const end = Math.min(span.to, offset + handshakeLength) - offset;
      if (end > start) pieces.push({ record, from: start, to: end });
    }
    offset += handshakeLength;
  });
  return pieces;
}
