import type { TraceEvent } from "../../../src/connection/trace.ts";
import type { Transport } from "../../../src/connection/transport.ts";
import { defaultProvider } from "../../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../../src/crypto/provider.ts";
import { dissect } from "../../../src/messages/dissect.ts";
import { type Bytes, copyOf } from "../../../src/wire/bytes.ts";
import { keepingSecret } from "../keptSecret.ts";
import { observedTransport } from "../observedTransport.ts";
import type { Crossing } from "../records.ts";
import type { RunKeys, RunStep, Side } from "../run.ts";
import type { Recorded } from "../writeUp.ts";

type StepBody = RunStep extends infer S ? (S extends unknown ? Omit<S, "time" | "from"> : never) : never;

/** Bytes after which no more are kept: a timeline is for a connection's beginning. */
const maxKept = 2 ** 20;

/** What crossed, and when: milliseconds since the connection began. */
export interface TimedCrossing extends Crossing {
  readonly time: number;
}

/**
 * Writes down a connection to a server that we know no more of than its bytes: what the client says that it does, and all that
 * crosses. What the server sent is known once the client has taken it.
 */
export class LiveRecorder implements Recorded {
  readonly steps: RunStep[] = [];
  readonly places: Recorded["places"] = { client: [], server: [] };
  readonly heard: Recorded["heard"] = [];
  readonly serverSecrets = undefined;
  taken = 0;
  /** Lines of NSS's key log. They stay in the page. */
  readonly keyLog: string[] = [];
  sharedSecret: Bytes | undefined;
  readonly #started = performance.now();
  readonly #crossings: TimedCrossing[] = [];
  #kept = 0;
  /** The first crossing that is TLS; what stands before it was said in clear text. */
  #begin: number | undefined;
  readonly #offsets: Record<Side, number> = { client: 0, server: 0 };
  readonly #counts = new Map<string, number>();

  /** What the connection is to be given, so that nothing escapes. */
  readonly options: {
    readonly trace: (event: TraceEvent) => void;
    readonly keyLog: (line: string) => void;
    readonly provider: CryptoProvider;
  } = {
    trace: (event) => this.#trace(event),
    keyLog: (line) => void this.keyLog.push(line),
    provider: keepingSecret(defaultProvider, (secret) => {
      this.sharedSecret = secret;
    }),
  };

  /** The same transport, whose bytes are kept. */
  tap(transport: Transport): Transport {
    return observedTransport(transport, (from, bytes) => {
      if (this.#kept > maxKept) return;
      this.#kept += bytes.length;
      const own = copyOf(bytes);
      this.#crossings.push({ from, bytes: own, written: own, time: this.#now() });
    });
  }

  /** Whether the server has said anything since TLS began. */
  get heardServer(): boolean {
    return this.crossings.some(({ from }) => from === "server");
  }

  /** What crossed since TLS began. */
  get crossings(): readonly TimedCrossing[] {
    return this.#crossings.slice(this.#begin ?? this.#crossings.length);
  }

  #trace(event: TraceEvent): void {
    // The first is of a hello that has not left yet.
    this.#begin ??= this.#crossings.length;
    const from = "direction" in event && event.direction === "in" ? "server" : "client";
    switch (event.kind) {
      case "message":
        return this.#message(from, event);
      case "change_cipher_spec":
        return this.#push(from, { kind: "change_cipher_spec" });
      case "alert": {
        const { level, name, record } = event;
        return this.#push(from, { kind: "alert", level, name, keys: keysOf(record) });
      }
      case "keys": {
        const direction = event.direction === "in" ? "read" : "write";
        return this.#push("client", { kind: "keys", direction, keys: keysOf(event) });
      }
      case "verification": {
        const { check, subject, outcome, detail } = event;
        return this.#push("client", { kind: "verification", check, subject, outcome, detail });
      }
      case "opened":
        return this.#push("client", { kind: "opened" });
      case "failed":
    }
  }

  /** Over, by this side's doing or by the server's. */
  closed(): void {
    this.#push("client", { kind: "closed" });
  }

  #message(from: Side, { name, bytes, record }: Extract<TraceEvent, { kind: "message" }>): void {
    const id = `${from} ${name}`;
    const nth = this.#counts.get(id) ?? 0;
    this.#counts.set(id, nth + 1);
    const step = this.steps.length;
    const own = copyOf(bytes);
    const start = this.#offsets[from];
    this.#offsets[from] += own.length;
    this.places[from].push({ step, spans: [{ from: start, to: this.#offsets[from] }] });
    this.heard.push({ name, bytes: own, from, step });
    const fields = dissect(name, own);
    this.#push(from, {
      kind: "message",
      name,
      nth,
      bytes: own,
      fields,
      keys: keysOf(record),
      pieces: [],
      changes: [],
    });
    if (from === "server") this.taken = this.steps.length;
  }

  #push(from: Side, body: StepBody): void {
    this.steps.push({ time: this.#now(), from, ...body } as RunStep);
  }

  #now(): number {
    return performance.now() - this.#started;
  }
}

function keysOf({ epoch, generation }: RunKeys): RunKeys {
  return { epoch, generation };
}
