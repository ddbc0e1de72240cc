import { headerLength } from "../../../src/record/limits.ts";
import { type Bytes, concat } from "../../../src/wire/bytes.ts";
import { contentTypes } from "../../../src/wire/registry.ts";
import type { Side } from "../run.ts";
import type { WireChunk } from "./wire.ts";

/** A record as it crossed the wire, and when its last byte did. */
export interface CutRecord {
  readonly from: Side;
  readonly time: number;
  readonly wire: Bytes;
}

/** Cuts both streams into records, in the order in which they were whole. `notes` gets what is no record. */
export function cutRecords(chunks: readonly WireChunk[], notes: string[]): CutRecord[] {
  const ordered = [...cutSide("client", chunks, notes), ...cutSide("server", chunks, notes)].sort(
    (a, b) => a.chunk - b.chunk,
  );
  return ordered.map(({ from, time, wire }) => ({ from, time, wire }));
}

function cutSide(from: Side, all: readonly WireChunk[], notes: string[]): (CutRecord & { chunk: number })[] {
  const chunks = all.map((chunk, index) => ({ ...chunk, index })).filter((chunk) => chunk.from === from);
  const stream = concat(...chunks.map(({ bytes }) => bytes));
  const records: (CutRecord & { chunk: number })[] = [];
  let [at, next, end] = [0, 0, 0];
  while (at + headerLength <= stream.length) {
    if (!looksLikeHeader(stream, at)) {
      notes.push(`From byte ${at} on, what the ${from} sent is no TLS record, and is not read.`);
      return records;
    }
    const length = ((stream[at + 3] as number) << 8) | (stream[at + 4] as number);
    const to = at + headerLength + length;
    if (to > stream.length) break;
    for (; end < to; next++) end += chunks[next]?.bytes.length ?? 0;
    const { time, index } = chunks[next - 1] as (typeof chunks)[number];
    records.push({ from, time, wire: stream.slice(at, to), chunk: index });
    at = to;
  }
  if (at < stream.length) {
    notes.push(
      `The last ${stream.length - at} bytes of the ${from} are the beginning of a record that is not whole.`,
    );
  }
  return records;
}

/** A peer that breaks rules may write strange types and lengths, but only one that speaks no TLS has another major version. */
function looksLikeHeader(stream: Uint8Array, at: number): boolean {
  const type = stream[at] as number;
  const known = type >= contentTypes.change_cipher_spec && type <= contentTypes.application_data;
  return known || stream[at + 1] === 3;
}
