import type { TraceEvent } from "../../src/connection/trace.ts";
import type { TrafficSecret } from "../../src/keyschedule/trafficSecret.ts";
import { dissect } from "../../src/messages/dissect.ts";
import { alertName } from "../../src/wire/alerts.ts";
import { type Bytes, copyOf, equal } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import type { LabWire, RecordSpec } from "../wire.ts";
import type { MadeMessage, OnMade } from "./plan.ts";
import type { SideSecret } from "./records.ts";
import type { RunKeys, RunStep, Side } from "./run.ts";

type StepBody = RunStep extends infer S ? (S extends unknown ? Omit<S, "time" | "from"> : never) : never;
type MessageStep = Extract<RunStep, { kind: "message" }>;

const noKeys: RunKeys = { epoch: "none", generation: 0 };

/** Which handshake bytes of its side are a message's: offsets among all that it sent. */
interface Place {
  readonly step: number;
  readonly spans: { readonly from: number; readonly to: number }[];
}

/** Writes down what both sides do, in the order in which they do it. */
export class Recorder {
  readonly steps: RunStep[] = [];
  /** Where the messages of each side stand among its handshake bytes. */
  readonly places: Readonly<Record<Side, Place[]>> = { client: [], server: [] };
  /** What the client's messages were, and those that it took from the server, in order. */
  readonly heard: {
    readonly name: string;
    readonly bytes: Bytes;
    readonly from: Side;
    readonly step: number;
  }[] = [];
  /** Secrets that the server wrote with, in order. */
  readonly serverSecrets: SideSecret[] = [];
  /** How many of the server's messages the client has taken, as an index of `steps` behind the last one. */
  #taken = 0;
  #stopped = false;
  readonly #started = performance.now();
  readonly #offsets: Record<Side, number> = { client: 0, server: 0 };
  readonly #counts = new Map<string, number>();
  readonly #owners = new Map<Bytes, { readonly message: MadeMessage; readonly length: number }>();
  readonly #placeOf = new Map<MadeMessage, Place>();
  #serverKeys: RunKeys = noKeys;
  #clientKeys: RunKeys = noKeys;
  readonly #earlyData: Bytes;
  readonly #silent: () => boolean;

  /**
   * @param earlyData what the client says as soon as it has keys for it
   * @param silent whether what the server sends now goes nowhere
   */
  constructor(earlyData: Bytes, silent: () => boolean) {
    this.#earlyData = earlyData;
    this.#silent = silent;
  }

  /** Nothing that happens from now on belongs to the run. */
  stop(): void {
    this.#stopped = true;
  }

  /** The index of the step after the last one that the client took from the server. */
  get taken(): number {
    return this.#taken;
  }

  // The client

  readonly trace = (event: TraceEvent): void => {
    switch (event.kind) {
      case "message":
        if (event.direction === "in") this.#take(event.name, event.bytes);
        else this.#clientMessage(event.name, event.bytes, event.record);
        return;
      case "change_cipher_spec":
        if (event.direction === "out") this.#push("client", { kind: "change_cipher_spec" });
        return;
      case "keys": {
        const direction = event.direction === "in" ? "read" : "write";
        const keys = { epoch: event.epoch, generation: event.generation };
        if (direction === "write") this.#clientKeys = keys;
        this.#push("client", { kind: "keys", direction, keys });
        if (keys.epoch === "early") this.clientSays(this.#earlyData);
        return;
      }
      case "alert": {
        if (event.direction === "in") return;
        const { level, name, record } = event;
        this.#push("client", { kind: "alert", level, name, keys: keysOf(record) });
        return;
      }
      case "verification": {
        const { check, subject, outcome, detail } = event;
        this.#push("client", { kind: "verification", check, subject, outcome, detail });
        return;
      }
      case "opened":
        this.#push("client", { kind: "opened" });
        return;
      case "failed":
    }
  };

  clientSays(bytes: Bytes): void {
    const keys = this.#clientKeys;
    this.#push("client", { kind: "data", bytes, keys, early: keys.epoch === "early" });
  }

  clientClosed(): void {
    this.#push("client", { kind: "closed" });
  }

  #clientMessage(name: MessageStep["name"], bytes: Bytes, origin: RunKeys): void {
    const step = this.#message("client", { name, bytes, changes: [] }, keysOf(origin));
    if (step === undefined) return;
    this.places.client.push({ step, spans: [this.#span("client", bytes.length)] });
    this.heard.push({ name, bytes: copyOf(bytes), from: "client", step });
  }

  #take(name: string, bytes: Bytes): void {
    if (this.#stopped) return;
    const coming = this.steps.findIndex((step, index) => index >= this.#taken && isOf(step, name, bytes));
    // Somebody on the way has changed it: it is the next one of its name.
    const changed = this.steps.findIndex(
      (step, index) => index >= this.#taken && isOf(step, name, undefined),
    );
    const index = coming >= 0 ? coming : changed;
    if (index >= 0) this.#taken = index + 1;
    this.heard.push({ name, bytes: copyOf(bytes), from: "server", step: Math.max(0, this.#taken - 1) });
  }

  // The server

  /** A message is made, and is going to leave in these pieces. */
  readonly made: OnMade = (message, pieces) => {
    if (message.dropped) {
      const { name, bytes } = message;
      this.#push("server", { kind: "left out", name, bytes: copyOf(bytes), fields: dissect(name, bytes) });
    }
    for (const { piece, length } of pieces) this.#owners.set(piece, { message, length });
  };

  /** The server's wire, watched. */
  watch(wire: LabWire): LabWire {
    const install = (direction: "read" | "write", keys: RunKeys, secret: TrafficSecret | undefined): void => {
      if (direction === "write") {
        this.#serverKeys = keys;
        if (secret !== undefined) this.serverSecrets.push({ ...keys, secret });
      }
      this.#push("server", { kind: "keys", direction, keys });
    };
    const copy = (secret: TrafficSecret): TrafficSecret => ({ ...secret, secret: copyOf(secret.secret) });
    let readGeneration = 0;
    return {
      seen: wire.seen,
      handshake: (bytes) => {
        this.#leaves(bytes);
        return wire.handshake(bytes);
      },
      flush: () => wire.flush(),
      record: (spec) => {
        this.#record(spec);
        return wire.record(spec);
      },
      raw: (bytes) => wire.raw(bytes),
      alert: (level, code) => {
        this.#push("server", { kind: "alert", level, name: alertName(code), keys: this.#serverKeys });
        return wire.alert(level, code);
      },
      get readSecret() {
        return wire.readSecret;
      },
      skipEarlyData: (limit) => wire.skipEarlyData(limit),
      install: (direction, epoch, secret) => {
        install(direction, { epoch, generation: 0 }, copy(secret));
        return wire.install(direction, epoch, secret);
      },
      advance: (direction) => {
        const generation = direction === "read" ? ++readGeneration : this.#serverKeys.generation + 1;
        install(direction, { epoch: "application", generation }, undefined);
        return wire.advance(direction);
      },
      receive: () => wire.receive(),
      end: () => wire.end(),
    };
  }

  #record({ type, content, sealed }: RecordSpec): void {
    const keys = sealed === false ? noKeys : this.#serverKeys;
    if (type === contentTypes.handshake) this.#leaves(content);
    else if (type === contentTypes.change_cipher_spec) this.#push("server", { kind: "change_cipher_spec" });
    else if (type === contentTypes.application_data) {
      this.#push("server", { kind: "data", bytes: copyOf(content), keys, early: false });
    }
  }

  /** Handshake bytes go out: a message, or a piece of one. */
  #leaves(piece: Bytes): void {
    const span = this.#span("server", piece.length);
    const owner = this.#owners.get(piece);
    if (owner === undefined || piece.length === 0) return;
    const { message, length } = owner;
    const place = this.#placeOf.get(message) ?? this.#begin(message);
    place?.spans.push({ from: span.from, to: span.from + length });
  }

  #begin(message: MadeMessage): Place | undefined {
    const step = this.#message("server", message, this.#serverKeys);
    if (step === undefined) return undefined;
    const place: Place = { step, spans: [] };
    this.places.server.push(place);
    this.#placeOf.set(message, place);
    return place;
  }

  // Both

  #message(
    from: Side,
    { name, bytes, changes }: Pick<MadeMessage, "name" | "bytes" | "changes">,
    keys: RunKeys,
  ): number | undefined {
    const id = `${from} ${name}`;
    const nth = this.#counts.get(id) ?? 0;
    const own = copyOf(bytes);
    const fields = dissect(name, own);
    const step = this.#push(from, {
      kind: "message",
      name,
      nth,
      bytes: own,
      fields,
      keys,
      pieces: [],
      changes,
    });
    if (step !== undefined) this.#counts.set(id, nth + 1);
    return step;
  }

  #span(side: Side, length: number): { readonly from: number; readonly to: number } {
    const from = this.#offsets[side];
    this.#offsets[side] += length;
    return { from, to: from + length };
  }

  #push(from: Side, body: StepBody): number | undefined {
    if (this.#stopped || (from === "server" && this.#silent())) return undefined;
    this.steps.push({ time: performance.now() - this.#started, from, ...body } as RunStep);
    return this.steps.length - 1;
  }
}

function isOf(step: RunStep, name: string, bytes: Bytes | undefined): boolean {
  if (step.kind !== "message" || step.from !== "server") return false;
  return bytes === undefined ? step.name === name : equal(step.bytes, bytes);
}

function keysOf({ epoch, generation }: RunKeys): RunKeys {
  return { epoch, generation };
}
