import { signal } from "@preact/signals";
import { concat } from "../../../src/wire/bytes.ts";
import type { Run, RunRecord } from "../run.ts";
import { HexView, type Region } from "./hexView.tsx";
import type { Lit } from "./state.ts";
import type { MessageStep } from "./steps.ts";
import { counted, recordTypeName, underKeys } from "./words.ts";

const headerLength = 5;
const tagLength = 16;

/** Whether records are shown as a passer-by sees them. */
const sealed = signal(true);

interface Props {
  readonly run: Run;
  readonly message: MessageStep;
  readonly lit: Lit | undefined;
  readonly columns: number;
  readonly nameOf: (offset: number) => string;
  readonly onPoint: (offset: number | undefined) => void;
}

/** The records that carried a message. Ciphertext is as long as what it hides, so bytes light up at the same place in both. */
export function RecordView({ run, message, lit, columns, nameOf, onPoint }: Props) {
  if (message.pieces.length === 0) return null;
  const isSealed = message.keys.epoch !== "none";
  let before = 0;
  return (
    <div class="records">
      <div class="part-head">
        <h3>{message.pieces.length === 1 ? "The record that carried it" : "The records that carried it"}</h3>
        {isSealed && (
          <fieldset class="switch">
            <legend class="unseen">Records are shown</legend>
            {[true, false].map((one) => (
              <label key={String(one)}>
                <input
                  type="radio"
                  name="sealed"
                  checked={sealed.value === one}
                  onChange={() => {
                    sealed.value = one;
                  }}
                />
                <span>{one ? "encrypted" : "opened"}</span>
              </label>
            ))}
          </fieldset>
        )}
      </div>
      {message.pieces.map((piece) => {
        const record = run.records[piece.record];
        if (record === undefined) return null;
        const offset = before;
        before += piece.to - piece.from;
        /** From a place in the record to one in the message, and back. */
        const toMessage = (at: number): number => at - headerLength - piece.from + offset;
        const toRecord = (at: number): number => at + headerLength + piece.from - offset;
        const isOurs = (at: number): boolean =>
          at >= headerLength + piece.from && at < headerLength + piece.to;
        const spans =
          lit === undefined
            ? []
            : [
                {
                  start: Math.max(toRecord(lit.start), headerLength + piece.from),
                  end: Math.min(toRecord(lit.end), headerLength + piece.to),
                },
              ];
        const parts = partsOf(record, piece.from, piece.to);
        return (
          <figure key={piece.record} class={`record epoch-${record.epoch}`}>
            <figcaption>
              Record {piece.record + 1} of the run, from the {record.from}: {recordTypeName(record.type)}{" "}
              {underKeys(record)}, number {record.sequence} under its keys,{" "}
              {counted(record.wire.length, "byte")}
              {record.padding > 0 ? `, ${counted(record.padding, "byte")} of padding` : ""}
            </figcaption>
            <HexView
              label={`record ${piece.record + 1}`}
              bytes={isSealed && !sealed.value ? opened(record) : record.wire}
              regions={parts}
              lit={spans}
              columns={columns}
              nameOf={(at) =>
                isOurs(at)
                  ? `${message.name}, ${nameOf(toMessage(at))}`
                  : (parts.find(({ start, end }) => at >= start && at < end)?.kind ?? "other content")
              }
              onPoint={(at) => onPoint(at !== undefined && isOurs(at) ? toMessage(at) : undefined)}
            />
            <ul class="legend" aria-label="Parts of the record">
              {[...new Set(parts.map(({ kind }) => kind))].map((kind) => (
                <li key={kind} data-kind={kind}>
                  {kindWords[kind] ?? kind}
                </li>
              ))}
            </ul>
          </figure>
        );
      })}
    </div>
  );
}

const kindWords: Readonly<Record<string, string>> = {
  header: "header",
  this: "this message",
  other: "other messages",
  inner: "inner type",
  padding: "padding",
  tag: "authentication tag",
};

function partsOf(record: RunRecord, from: number, to: number): readonly Region[] {
  const { wire, epoch, padding } = record;
  const isOpen = epoch === "none";
  const end = isOpen ? wire.length : wire.length - tagLength;
  const content = isOpen ? end : end - 1 - padding;
  const parts: Region[] = [
    { kind: "header", start: 0, end: headerLength },
    { kind: "other", start: headerLength, end: headerLength + from },
    { kind: "this", start: headerLength + from, end: headerLength + to },
    { kind: "other", start: headerLength + to, end: content },
    { kind: "inner", start: content, end: isOpen ? content : content + 1 },
    { kind: "padding", start: content + (isOpen ? 0 : 1), end },
    { kind: "tag", start: end, end: wire.length },
  ];
  return parts.filter((part) => part.end > part.start);
}

/** TLSInnerPlaintext in the place of its ciphertext; the tag has nothing to be in place of. */
function opened({ wire, content, type, padding }: RunRecord): Uint8Array {
  if (content === undefined) return wire;
  return concat(
    wire.subarray(0, headerLength),
    content,
    new Uint8Array([type]),
    new Uint8Array(padding),
    wire.subarray(wire.length - tagLength),
  );
}
