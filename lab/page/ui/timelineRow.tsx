import { toLatin1 } from "../../../src/wire/bytes.ts";
import type { Run, RunKeys, RunStep, Side } from "../run.ts";
import type { LaneKeys, Row } from "./steps.ts";
import { counted, keysName, underKeys } from "./words.ts";

interface Props {
  readonly as?: "li" | "div";
  readonly row: Row;
  readonly keys: LaneKeys | undefined;
  readonly run: Run;
  readonly selected: boolean;
  readonly differs: boolean;
  readonly onSelect: (() => void) | undefined;
}

export function TimelineRow({ as: As = "li", row, keys, run, selected, differs, onSelect }: Props) {
  const step = row.steps[0] as RunStep;
  const stopped = run.end.kind === "failed" && run.end.step >= row.first && run.end.step <= row.last;
  return (
    <As class="row" data-from={step.from} data-differs={differs ? "" : undefined}>
      <Bars side="client" keys={keys} />
      <div class="row-body">
        <Happening row={row} step={step} selected={selected} onSelect={onSelect} />
        {stopped && <p class="stopped">the client stops here</p>}
      </div>
      <Bars side="server" keys={keys} />
    </As>
  );
}

/** Where the other run goes on alone, this one's lines do too. */
export function GapRow({ keys, words }: { readonly keys: LaneKeys | undefined; readonly words: string }) {
  return (
    <div class="row">
      <Bars side="client" keys={keys} />
      <p class="gap">{words}</p>
      <Bars side="server" keys={keys} />
    </div>
  );
}

/** What a side writes with is the outer stripe, what it reads with the inner one. */
function Bars({ side, keys }: { readonly side: Side; readonly keys: LaneKeys | undefined }) {
  const { read, write } = keys?.[side] ?? {};
  return (
    <div class={`bars bars-${side}`} aria-hidden="true">
      <i class={`epoch-${write?.epoch ?? "none"}`} />
      <i class={`epoch-${read?.epoch ?? "none"}`} />
    </div>
  );
}

type HappeningProps = Pick<Props, "row" | "selected" | "onSelect"> & { readonly step: RunStep };

function Happening({ row, step, selected, onSelect }: HappeningProps) {
  switch (step.kind) {
    case "message": {
      const changed = step.changes.length > 0;
      return (
        <button
          type="button"
          class={`arrow epoch-${step.keys.epoch}`}
          aria-current={selected ? "true" : undefined}
          data-changed={changed ? "" : undefined}
          disabled={onSelect === undefined}
          onClick={onSelect}
        >
          <span class="arrow-text">
            <span class="unseen">{step.from}: </span>
            <span class="arrow-name">{bracketed(step.name, step.keys)}</span>{" "}
            <span class="arrow-size">
              {step.bytes.length}
              <span class="unseen"> bytes, {underKeys(step.keys)}</span>
            </span>
            {changed && <span class="arrow-changed">{step.changes.join("; ")}</span>}
          </span>
          <Line />
        </button>
      );
    }
    case "left out":
      return (
        <p class="arrow left-out">
          <span class="arrow-text">
            <span class="unseen">{step.from}: </span>
            <s class="arrow-name">{step.name}</s> <span class="arrow-changed">not sent</span>
          </span>
        </p>
      );
    case "change_cipher_spec":
      return (
        <p class="arrow small epoch-none">
          <span class="arrow-text">
            <span class="unseen">{step.from}: </span>change_cipher_spec{" "}
            <span class="arrow-size">for middleboxes</span>
          </span>
          <Line />
        </p>
      );
    case "alert": {
      const calm = step.name === "close_notify" || step.name === "user_canceled";
      return (
        <p class={calm ? `arrow epoch-${step.keys.epoch}` : "arrow alert"}>
          <span class="arrow-text">
            <span class="unseen">{step.from}: </span>
            <span class="arrow-name">{bracketed(step.name, step.keys)}</span>{" "}
            <span class="arrow-size">
              {calm ? "alert" : "fatal alert"}
              <span class="unseen">, {underKeys(step.keys)}</span>
            </span>
          </span>
          <Line />
        </p>
      );
    }
    case "data":
      return (
        <p class={`arrow data epoch-${step.keys.epoch}`}>
          <span class="arrow-text">
            <span class="unseen">{step.from}: </span>
            <q>{preview(step.bytes)}</q>{" "}
            <span class="arrow-size">
              {step.bytes.length}
              <span class="unseen"> bytes of {step.early ? "early data" : "application data"}</span>
            </span>
          </span>
          <Line />
        </p>
      );
    case "keys":
      return (
        <p class="note">
          {step.from}{" "}
          {row.steps.map((one, i) =>
            one.kind !== "keys" ? null : (
              <span key={`${one.direction} ${one.keys.epoch}`}>
                {i > 0 ? ", " : ""}
                {one.direction}s:{" "}
                <span class={`epoch-ink epoch-${one.keys.epoch}`}>{keysName(one.keys)} keys</span>
              </span>
            ),
          )}
        </p>
      );
    case "verification": {
      const failed = row.steps.find((one) => one.kind === "verification" && one.outcome === "failed");
      return (
        <p class="note">
          {step.from}{" "}
          <button type="button" class="link" onClick={jump}>
            looks at the certificates
          </button>
          : {counted(row.steps.length, "check")},{" "}
          {failed === undefined ? "all passed" : <b class="wrong">refused</b>}
        </p>
      );
    }
    case "opened":
      return <p class="note strong">open for the {step.from}</p>;
    case "closed":
      return <p class="note">{step.from} has closed</p>;
  }
}

/** The URL's fragment is the state, so that places on the page are scrolled to instead. */
function jump(): void {
  document.getElementById("certificates")?.scrollIntoView({ block: "start" });
}

function Line() {
  return <span class="line" aria-hidden="true" />;
}

/** RFC 9846's figures put what is encrypted in brackets: {} under handshake keys, [] under application keys, () under early ones. */
function bracketed(name: string, { epoch }: RunKeys): string {
  const [open = "", close = ""] = {
    none: [],
    early: ["(", ")"],
    handshake: ["{", "}"],
    application: ["[", "]"],
  }[epoch];
  return `${open}${name}${close}`;
}

function preview(bytes: Uint8Array): string {
  const text = toLatin1(bytes.subarray(0, 64));
  const line = text.split(/[\r\n]/, 1)[0] ?? "";
  // What protocols say in binary has no letters.
  const seen = line.replace(/[^\x20-\x7e]+/g, "·");
  return line.length < bytes.length ? `${seen}…` : seen;
}
