import type { TraceEvent } from "../../connection/trace.ts";
import { dissect, type Field } from "../../messages/dissect.ts";
import type { RecordOrigin } from "../../record/reader.ts";
import { certificateFacts } from "./certificates.ts";
import { columns, hexDump, ms, printable, type Style, wrap } from "./style.ts";

/** Each step as lines: who speaks to whom, what was said field by field, and the bytes that said it. */
export interface TraceLines {
  tcp(time: number, peer: string): readonly string[];
  starttls(time: number, direction: "in" | "out", line: string): readonly string[];
  event(time: number, event: TraceEvent): readonly string[];
  closed(time: number): readonly string[];
}

export function traceLines(style: Style): TraceLines {
  return {
    tcp: (time, peer) => [heading(style, "·", `TCP connected to ${peer}`, time)],
    starttls: (time, direction, line) => {
      const [arrow, colour] = side(style, direction);
      return [heading(style, colour(arrow), printable(line).slice(0, columns - 20), time)];
    },
    event: (time, event) => {
      switch (event.kind) {
        case "message":
          return messageLines(time, event, style);
        case "change_cipher_spec": {
          const [arrow, colour] = side(style, event.direction);
          return [heading(style, colour(arrow), "change_cipher_spec, for middleboxes", time)];
        }
        case "keys":
          return [heading(style, "·", keysText(event), time)];
        case "alert": {
          const [arrow, colour] = side(style, event.direction);
          const text = `alert ${event.name}, ${origin(event.record)}`;
          return [heading(style, colour(arrow), text, time)];
        }
        case "verification":
          return verificationLines(time, event, style);
        case "opened":
          return [heading(style, "·", "the handshake is done: application data may flow", time)];
        case "failed":
          return [];
      }
    },
    closed: (time) => [heading(style, "·", "closed", time)],
  };
}

type Event<K extends TraceEvent["kind"]> = Extract<TraceEvent, { kind: K }>;

function side(style: Style, direction: "in" | "out"): readonly [string, (text: string) => string] {
  return direction === "out" ? ["→", style.cyan] : ["←", style.green];
}

/** What happens on the left, when on the right. */
function heading(style: Style, mark: string, text: string, time: number, fill = " ", shown = text): string {
  const when = ms(time);
  const gap = Math.max(1, columns - 2 - text.length - 2 - when.length);
  return `${mark} ${shown} ${style.dim(fill.repeat(gap))} ${style.dim(when)}`;
}

function messageLines(time: number, event: Event<"message">, style: Style): readonly string[] {
  const { direction, name, bytes, record } = event;
  const [arrow, colour] = side(style, direction);
  const facts = ` · ${bytes.length} bytes · ${origin(record)}`;
  const shown = `${style.bold(colour(name))}${style.dim(facts)}`;
  const fields = dissect(name, bytes).children.flatMap((field) => fieldLines(field, bytes, 0, "", style));
  const dump = hexDump(bytes).map((line) => style.dim(`  ${line}`));
  return ["", heading(style, colour(arrow), `${name}${facts}`, time, "─", shown), ...fields, "", ...dump, ""];
}

const offsetWidth = 8;
const nameWidth = 28;

/** A field and what is in it. Lengths and types of what has contents are left to the bytes below. */
function fieldLines(
  field: Field,
  bytes: Uint8Array,
  depth: number,
  bullet: string,
  style: Style,
): readonly string[] {
  const indent = `${"  ".repeat(depth)}${bullet}`;
  const element = /^\[\d+\]$/.test(field.name);
  if (field.value !== "") {
    const name = element ? "" : field.name;
    return valueLines(`${indent}${name}`, fieldValue(field, bytes), field.start, style);
  }
  const children = field.children.filter(({ name }) => name !== "length" && name !== "extension_type");
  if (element) {
    // As YAML writes lists: the first field of an element follows a hyphen.
    return children.flatMap((child, i) => fieldLines(child, bytes, depth, i === 0 ? "- " : "  ", style));
  }
  return [
    `  ${style.dim(hex(field.start))}${indent}${printable(field.name)}`,
    ...children.flatMap((child) => fieldLines(child, bytes, depth + bullet.length / 2 + 1, "", style)),
  ];
}

function valueLines(name: string, value: string, start: number, style: Style): readonly string[] {
  const valueAt = Math.max(nameWidth, name.length + 2);
  return wrap(value, columns - offsetWidth - valueAt).map((line, i) =>
    i === 0
      ? `  ${style.dim(hex(start))}${name.padEnd(valueAt)}${style.bold(line)}`
      : `${" ".repeat(offsetWidth + valueAt)}${style.bold(line)}`,
  );
}

function hex(offset: number): string {
  return offset
    .toString(16)
    .padStart(4, "0")
    .padEnd(offsetWidth - 2);
}

function fieldValue({ name, value, children }: Field, bytes: Uint8Array): string {
  const content = children.at(-1);
  if (name !== "cert_data" || content === undefined) return value;
  const subject = certificateFacts(bytes.subarray(content.start, content.end))?.subject;
  return subject === undefined
    ? value
    : `${printable(subject)} (${content.end - content.start} bytes of DER)`;
}

function origin({ epoch, generation, sequence }: RecordOrigin): string {
  if (epoch === "none") return `in the clear, record ${sequence}`;
  return `${epoch} keys${generation > 0 ? ` ${generation}` : ""}, record ${sequence}`;
}

function keysText({ direction, epoch, generation }: Event<"keys">): string {
  const which = generation === 0 ? `${epoch} keys` : `${epoch} keys, update ${generation},`;
  return direction === "in"
    ? `${which} installed for reading: what comes is encrypted with them`
    : `${which} installed for writing: what we send is encrypted with them`;
}

function verificationLines(time: number, event: Event<"verification">, style: Style): readonly string[] {
  const { check, subject, outcome, detail } = event;
  const mark = outcome === "passed" ? style.green("✓") : style.red("✗");
  const who = subject === "" ? "" : ` ${printable(subject)}`;
  // The rules have names of programs: criticalExtensions.
  const what = check.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const found = detail === "" ? "" : `: ${printable(detail)}`;
  const lines = wrap(`${what}${who}${found}`, columns - 15) as [string, ...string[]];
  const [first, ...more] = lines;
  return [heading(style, mark, first, time), ...more.map((line) => `  ${line}`)];
}
