import { dissect } from "../../../src/messages/dissect.ts";
import { type MessageName, messageName } from "../../../src/messages/handshake.ts";
import { type AlertName, alertCodes } from "../../../src/wire/alerts.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import type { Run, RunEnd, RunKeys, RunStep, Side } from "../run.ts";
import { certificatesIn } from "./agreed.ts";
import { CaptureError } from "./captureError.ts";
import { type JsonLine, lineOf } from "./jsonLine.ts";

/** Characters. */
export const maxTraceLength = 64 * 1024 * 1024;

/**
 * What `tls13 connect --json` wrote, as runs: one, or with `--reconnect` several. A trace has the messages whole, but neither
 * records nor application data nor secrets. Kinds and keys of newer versions are passed over.
 *
 * @throws CaptureError `trace_malformed` with the number of the line, `trace_too_large`, `trace_empty`
 */
export function traceToRuns(text: string): readonly Run[] {
  if (text.length > maxTraceLength) {
    throw new CaptureError("trace_too_large", `${text.length} characters, at most ${maxTraceLength}.`);
  }
  const runs: TraceReading[] = [];
  let began: number | undefined;
  text.split("\n").forEach((raw, index) => {
    if (raw.trim() === "") return;
    const line = lineOf(raw, index + 1);
    if (line.kind === "tcp") began = line.time;
    // A connection begins with its ClientHello; whatever the second one after a retry answers is part of it.
    const last = runs.at(-1);
    const isStart = last === undefined || last.isOver || line.kind === "tcp";
    if (isStart && !starting.has(line.kind)) return;
    if (isStart && line.kind !== "tcp") {
      runs.push(new TraceReading(runs.length + 1, began ?? line.time));
      began = undefined;
    }
    if (line.kind === "tcp") {
      if (last !== undefined) last.isOver = true;
    } else runs.at(-1)?.take(line);
  });
  if (runs.length === 0) throw new CaptureError("trace_empty", "No line of it is a message or an error.");
  return runs.map((reading) => reading.finish());
}

/** With one of these a connection begins: what comes before is not of TLS. */
const starting: ReadonlySet<string> = new Set(["tcp", "message", "error"]);

type Untimed = RunStep extends infer S ? (S extends unknown ? Omit<S, "time" | "from"> : never) : never;

class TraceReading {
  isOver = false;
  readonly #nth: number;
  readonly #began: number;
  readonly #steps: RunStep[] = [];
  readonly #counts = new Map<string, number>();
  #agreed: Run["agreed"] = [];
  #certificates: readonly Bytes[] | undefined;
  #serverName: string | undefined;
  #end: RunEnd = { kind: "unfinished" };

  constructor(nth: number, began: number) {
    this.#nth = nth;
    this.#began = began;
  }

  take(line: JsonLine): void {
    const add = (from: Side, step: Untimed): void => {
      this.#steps.push({ time: Math.max(0, line.time - this.#began), from, ...step } as RunStep);
    };
    switch (line.kind) {
      case "message":
        return this.#message(line, add);
      case "change_cipher_spec":
        return add(sender(line), { kind: "change_cipher_spec" });
      case "keys": {
        const direction = line.oneOf("direction", ["in", "out"]) === "in" ? "read" : "write";
        return add("client", { kind: "keys", direction, keys: keysIn(line) });
      }
      case "alert": {
        const keys = keysIn(line.object("record"));
        return add(sender(line), { kind: "alert", level: line.number("level"), name: alertIn(line), keys });
      }
      case "verification": {
        const outcome = line.oneOf("outcome", ["passed", "failed"]);
        const [check, subject, detail] = [line.text("check"), line.text("subject"), line.text("detail")];
        return add("client", { kind: "verification", check, subject, outcome, detail });
      }
      case "connected":
        add("client", { kind: "opened" });
        return this.#connected(line);
      case "error":
        return this.#error(line);
      case "closed":
        add("client", { kind: "closed" });
        this.isOver = true;
    }
  }

  #message(line: JsonLine, add: (from: Side, step: Untimed) => void): void {
    const from = sender(line);
    const bytes = line.bytes("bytes");
    const name = nameOf(bytes);
    // The bytes decide: what a trace says of them is for people.
    if (name === undefined || name !== line.text("name"))
      throw line.refuse("bytes are not of the message that is named");
    const place = `${from} ${name}`;
    const nth = this.#counts.get(place) ?? 0;
    this.#counts.set(place, nth + 1);
    const keys = keysIn(line.object("record"));
    add(from, {
      kind: "message",
      name,
      nth,
      bytes,
      fields: dissect(name, bytes),
      keys,
      pieces: [],
      changes: [],
    });
  }

  #connected(line: JsonLine): void {
    this.#serverName = line.text("serverName");
    const yes = (key: string): string | undefined => (line.get(key) === true ? "yes" : undefined);
    const rows: readonly (readonly [string, unknown])[] = [
      ["Server name", line.get("serverName")],
      ["Version", line.get("version")],
      ["Cipher suite", line.get("cipherSuite")],
      ["Group", line.get("group")],
      ["Asked for a second hello", yes("retried")],
      ["Resumed", yes("resumed")],
      ["Application protocol", line.get("alpn")],
      ["Signature", line.get("signatureScheme")],
      ["Vouched for by", line.get("vouchedBy")],
    ];
    this.#agreed = rows.flatMap(([name, value]) => (typeof value === "string" ? [{ name, value }] : []));
    this.#certificates = line.list("certificates").map((one) => one.bytes("der"));
    this.#end = { kind: "opened" };
  }

  #error(line: JsonLine): void {
    const given = line.get("alert");
    const alert = given === null || given === undefined ? undefined : line.object("alert");
    this.#end = {
      kind: "failed",
      code: line.text("code"),
      message: line.text("message"),
      alert: alert && { name: alert.text("name"), direction: alert.oneOf("direction", ["sent", "received"]) },
      rules: line.texts("rules"),
      step: Math.max(0, this.#steps.length - 1),
    };
    this.isOver = true;
  }

  finish(): Run {
    const which = this.#nth === 1 ? "" : `, connection ${this.#nth}`;
    return {
      title: `${this.#serverName ?? "A trace"}${which}`,
      steps: this.#steps,
      records: [],
      secrets: [],
      end: this.#end,
      agreed: this.#agreed,
      certificates: this.#certificates ?? certificatesIn(this.#steps),
    };
  }
}

function sender(line: JsonLine): Side {
  return line.oneOf("direction", ["in", "out"]) === "in" ? "server" : "client";
}

function keysIn(line: JsonLine): RunKeys {
  const epoch = line.oneOf("epoch", ["none", "early", "handshake", "application"]);
  return { epoch, generation: line.number("generation") };
}

function alertIn(line: JsonLine): AlertName | `unknown_${number}` {
  const name = line.text("name");
  if (Object.hasOwn(alertCodes, name)) return name as AlertName;
  if (/^unknown_\d{1,3}$/.test(name)) return name as `unknown_${number}`;
  throw line.refuse("name is that of no alert");
}

function nameOf(bytes: Bytes): MessageName | undefined {
  try {
    return messageName(bytes);
  } catch {
    return undefined;
  }
}
