import { useEffect, useState } from "preact/hooks";
import { ByteEditor } from "./byteEditor.tsx";
import { FieldTree } from "./fieldTree.tsx";
import { HexView } from "./hexView.tsx";
import { MessageBreaker } from "./messageBreaker.tsx";
import { RecordView } from "./recordView.tsx";
import { address, comparedMessage, go, isOurs, lit, painted, selectedMessage, shown } from "./state.ts";
import { fieldsAround, type MessageStep } from "./steps.ts";
import { counted, messageWords, otherSide, underKeys } from "./words.ts";

/** Whether a byte of this message may be changed: what is changed is what the server says. */
function isBreakable(message: MessageStep): boolean {
  return message.from === "server" && isOurs.value;
}

export function MessagePanel() {
  const columns = useColumns();
  const [run, message] = [shown.value, selectedMessage.value];
  if (run === undefined || message === undefined) return null;
  const other = comparedMessage.value;
  const offset = address.value.selected?.offset;
  const picked = offset !== undefined && offset < message.bytes.length ? offset : undefined;

  const nameOf = (at: number): string => fieldsAround(message.fields, at).at(-1)?.name ?? "";
  const wayOf = (at: number): string =>
    fieldsAround(message.fields, at)
      .slice(1)
      .map(({ name }) => name)
      .join(" › ");
  const point = (at: number | undefined): void => {
    const field = at === undefined ? undefined : fieldsAround(message.fields, at).at(-1);
    lit.value = field && { start: field.start, end: field.end };
  };
  const pick = (at: number | undefined): void => {
    const { from, name, nth } = message;
    go({ ...address.value, selected: { from, name, nth, offset: at } }, true);
  };

  const { says } = messageWords[message.name];
  const spans = lit.value === undefined ? [] : [lit.value];
  return (
    <section class={`message epoch-${message.keys.epoch}`} aria-labelledby="message-name">
      <div class="message-head">
        <p class="label">
          {message.from} to {otherSide[message.from]},{" "}
          <span class="epoch-ink">{underKeys(message.keys)}</span>, {counted(message.bytes.length, "byte")}
        </p>
        <h2 id="message-name">{message.name}</h2>
        <p class="says">{says}</p>
        {message.changes.length > 0 && (
          <p class="was-changed">Changed on purpose: {message.changes.join("; ")}.</p>
        )}
        {address.value.compared !== undefined && other === undefined && (
          <p class="was-changed">The run beside it has no such message.</p>
        )}
      </div>
      {isBreakable(message) && <MessageBreaker message={message} run={run} />}

      <div class="part-head">
        <h3 id="fields-head">Its fields</h3>
      </div>
      <FieldTree
        key={`${message.from} ${message.name} ${message.nth}`}
        label={`Fields of ${message.name}`}
        field={message.fields}
        bytes={message.bytes}
        other={other && { field: other.fields, bytes: other.bytes }}
        lit={lit.value}
        onPoint={(field) => {
          lit.value = field && { start: field.start, end: field.end };
        }}
        onPick={(field) => pick(field.start)}
      />

      <div class="part-head">
        <h3>Its bytes</h3>
        <p class="way" aria-hidden="true">
          {spans[0] !== undefined
            ? wayOf(spans[0].start)
            : isBreakable(message)
              ? "pick a byte to change it"
              : ""}
        </p>
      </div>
      <HexView
        label={`Bytes of ${message.name}`}
        bytes={message.bytes}
        regions={message.fields.children.map(({ start, end }, i) => ({
          start,
          end,
          kind: i % 2 === 0 ? "even" : "odd",
        }))}
        lit={spans}
        at={picked}
        columns={columns}
        differs={other && ((at) => other.bytes[at] !== message.bytes[at])}
        nameOf={nameOf}
        onPoint={point}
        onPick={pick}
      />
      {picked !== undefined && isBreakable(message) && (
        <ByteEditor
          message={message}
          offset={picked}
          fieldName={wayOf(picked)}
          onClose={() => pick(undefined)}
        />
      )}
      {picked !== undefined && !isBreakable(message) && (
        <p class="editor">
          Byte {picked} of <code>{wayOf(picked)}</code>.{" "}
          {isOurs.value
            ? "What the client says can't be changed here: it is the one that is watched."
            : "This run has happened elsewhere, and can't be run again."}
        </p>
      )}

      {painted.value && (
        <RecordView
          run={run}
          message={message}
          lit={lit.value}
          columns={columns}
          nameOf={nameOf}
          onPoint={point}
        />
      )}
    </section>
  );
}

const wide = matchMedia("(min-width: 32rem)");

/** Bytes in a row: as many as a phone's width holds, or the usual sixteen. */
function useColumns(): number {
  const [isWide, setWide] = useState(wide.matches);
  useEffect(() => {
    const follow = (): void => setWide(wide.matches);
    wide.addEventListener("change", follow);
    return () => wide.removeEventListener("change", follow);
  }, []);
  return isWide ? 16 : 8;
}
