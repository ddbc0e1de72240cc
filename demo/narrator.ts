import { certificateFacts, validity } from "../src/cli/report/certificates.ts";
import type { Reporter } from "../src/cli/report/reporter.ts";
import { columns, ms, printable, type Style, wrap } from "../src/cli/report/style.ts";
import { failureLines, summary } from "../src/cli/report/text.ts";
import type { TraceEvent } from "../src/connection/trace.ts";
import { dissect, type Field } from "../src/messages/dissect.ts";
import { checkLessons, keyLessons, lessons } from "./lessons.ts";

type Event<K extends TraceEvent["kind"]> = Extract<TraceEvent, { kind: K }>;

/** Tells a connection step by step, as it happens. */
export function narrator(write: (text: string) => void, style: Style): Reporter {
  let opened = false;
  let retried = false;
  const lines = (...all: readonly string[]): void => write(`${all.join("\n")}\n`);

  const heading = (mark: string, name: string, aside: string, time: number): void => {
    const when = ms(time);
    const gap = Math.max(1, columns - 5 - name.length - aside.length - when.length);
    lines(`${mark} ${style.bold(name)} ${style.dim(`· ${aside}${" ".repeat(gap)}${when}`)}`);
  };
  const text = (words: string, colour: (one: string) => string = (one) => one): void => {
    for (const line of wrap(words, columns - 2)) lines(`  ${colour(line)}`);
  };
  const fact = (label: string, value: string): void => {
    const [first, ...more] = wrap(printable(value), columns - 22) as [string, ...string[]];
    lines(`    ${style.dim(label.padEnd(16))}  ${style.cyan(first)}`);
    for (const line of more) lines(`${" ".repeat(22)}${style.cyan(line)}`);
  };

  const message = (time: number, { direction, name, bytes, body: _body, record }: Event<"message">): void => {
    retried ||= name === "HelloRetryRequest";
    const lesson = lessons[`${retried && name === "ClientHello" ? "again" : direction} ${name}`];
    const [mark, who] =
      direction === "out" ? [style.cyan("→"), "we send"] : [style.green("←"), "server sends"];
    const how = record.epoch === "none" ? "in the clear" : "encrypted";
    lines("");
    heading(mark, name, `${who}, ${bytes.length} bytes, ${how}`, time);
    if (lesson === undefined) return;
    text(lesson.what);
    const root = dissect(name, bytes);
    for (const [path, label] of Object.entries(lesson.shown)) {
      const value = valueAt(root, path);
      if (value !== undefined) fact(label, value);
    }
    if (name === "Certificate" && direction === "in") certificates(root, bytes);
    text(lesson.why, style.dim);
  };

  const certificates = (root: Field, bytes: Uint8Array): void => {
    for (const [i, der] of certificateBytes(root, bytes).entries()) {
      const facts = certificateFacts(der);
      if (facts === undefined) continue;
      fact(i === 0 ? "subject" : "issued by", facts.subject);
      if (i > 0) continue;
      fact("for", facts.names.slice(0, 6).join(", "));
      fact("valid", validity(facts, new Date()));
      fact("issuer", facts.issuer);
    }
  };

  const check = ({ check: name, subject, outcome, detail }: Event<"verification">): void => {
    const passed = outcome === "passed";
    const words = passed ? checkLessons[name] : `fails the check of its ${name}`;
    // There are more; those that say nothing to a newcomer are passed over where they pass.
    if (words === undefined) return;
    const mark = passed ? style.green("✓") : style.red("✗");
    const found = detail === "" || name === "anchor" ? "" : `: ${detail}`;
    const [first, ...more] = wrap(printable(`${subject} ${words}${found}`), columns - 6);
    lines(`    ${mark} ${first}`, ...more.map((line) => `      ${line}`));
  };

  const keys = (time: number, { direction, epoch }: Event<"keys">): void => {
    if (epoch === "early") return;
    lines("");
    const use = direction === "in" ? "to read" : "to write";
    heading(style.yellow("◆"), `${epoch} keys`, `installed ${use}`, time);
    text(keyLessons[`${direction} ${epoch}`]);
  };

  return {
    tcp: (time, peer) =>
      heading("·", "TCP connection", `to ${peer}: bytes can flow, and anybody can read them`, time),
    starttls: (time, direction, line) => heading(direction === "out" ? "→" : "←", printable(line), "", time),
    event: (time, event) => {
      switch (event.kind) {
        case "message":
          // One ticket is as good as another.
          if (opened && event.name === "NewSessionTicket" && event.record.sequence > 0) return;
          return message(time, event);
        case "keys":
          return keys(time, event);
        case "verification":
          return check(event);
        case "alert": {
          lines("");
          const mark = event.direction === "out" ? style.cyan("→") : style.green("←");
          heading(mark, `alert ${event.name}`, event.direction === "out" ? "we send" : "server sends", time);
          if (event.name === "close_notify" && event.direction === "in")
            text("The end, said under the keys: so nobody has cut the wire, and nothing is missing.");
          return;
        }
        case "opened":
          opened = true;
          lines("");
          return heading(
            style.green("✓"),
            "the handshake is done",
            `after ${retried ? "two round trips" : "one round trip"}: now the request may go`,
            time,
          );
        case "change_cipher_spec":
        case "failed":
          return;
      }
    },
    opened: (_time, all) => lines(...summary(all, style, new Date())),
    warning: (_time, words) => text(`warning: ${words}`, style.yellow),
    failed: (_time, failure) => lines("", ...failureLines(failure, style)),
    closed: () => {},
  };
}

/** The value of a field by its path, such as `extensions.key_share.[0].group`. */
function valueAt(root: Field, path: string): string | undefined {
  let field: Field | undefined = root;
  let rest = path;
  while (field !== undefined && rest !== "") {
    const next: Field | undefined = field.children.find(
      ({ name }) => rest === name || rest.startsWith(`${name}.`),
    );
    rest = rest.slice((next?.name.length ?? 0) + 1);
    field = next;
  }
  return field?.value;
}

function certificateBytes(root: Field, bytes: Uint8Array): readonly Uint8Array[] {
  if (root.name === "cert_data") {
    const content = root.children.at(-1) ?? root;
    return [bytes.subarray(content.start, content.end)];
  }
  return root.children.flatMap((child) => certificateBytes(child, bytes));
}
