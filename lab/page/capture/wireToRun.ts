import { cipherSuiteByCode } from "../../../src/crypto/cipherSuites.ts";
import type { CryptoProvider } from "../../../src/crypto/provider.ts";
import { dissect } from "../../../src/messages/dissect.ts";
import { decodeMessage, type MessageName, messageName } from "../../../src/messages/handshake.ts";
import { alertName } from "../../../src/wire/alerts.ts";
import { type Bytes, toHex } from "../../../src/wire/bytes.ts";
import { contentTypes, handshakeTypeName, versionName } from "../../../src/wire/registry.ts";
import type { Run, RunEnd, RunKeys, RunPiece, RunRecord, RunSecret, RunStep, Side } from "../run.ts";
import { agreedIn, certificatesIn } from "./agreed.ts";
import { cutRecords } from "./cutRecords.ts";
import { type KeyLogEntries, type LoggedSecrets, secretNames } from "./keyLogText.ts";
import { MessageAssembler } from "./messageAssembler.ts";
import { RecordOpener, suitesOfHash } from "./recordOpener.ts";
import type { Wire } from "./wire.ts";

/** A run that was read, and what could not be: sentences for people. */
export interface ReadRun {
  readonly run: Run;
  readonly notes: readonly string[];
}

/**
 * Reads a connection from its bytes alone: records, what they hold where the key log opens them, and what the messages say. It
 * judges nothing. Whatever the bytes are, there is a run; what can't be read is left out, and said in the notes.
 */
export async function wireToRun(
  title: string,
  wire: Wire,
  keyLog: KeyLogEntries,
  provider: CryptoProvider,
): Promise<ReadRun> {
  const reading = new Reading(keyLog, provider);
  for (const { from, time, wire: bytes } of cutRecords(wire.chunks, reading.notes)) {
    await reading.record(from, time, bytes);
  }
  return { run: reading.finish(title, wire.closed), notes: reading.notes };
}

type Untimed = RunStep extends infer S ? (S extends unknown ? Omit<S, "time" | "from"> : never) : never;

class Reading {
  readonly notes: string[] = [];
  readonly #steps: RunStep[] = [];
  readonly #records: RunRecord[] = [];
  readonly #secrets: RunSecret[] = [];
  readonly #keyLog: KeyLogEntries;
  readonly #provider: CryptoProvider;
  readonly #openers: Readonly<Record<Side, RecordOpener>>;
  readonly #assemblers = { client: new MessageAssembler(), server: new MessageAssembler() };
  readonly #keys: Record<Side, RunKeys> = { client: clear, server: clear };
  readonly #unopened = { client: 0, server: 0 };
  readonly #counts = new Map<string, number>();
  #logged: LoggedSecrets = {};
  #failed: RunEnd | undefined;
  /** Another version was agreed upon: its messages are others. */
  #foreign = false;
  /** Which Finished were seen. */
  readonly #finished = new Set<Side>();

  constructor(keyLog: KeyLogEntries, provider: CryptoProvider) {
    this.#keyLog = keyLog;
    this.#provider = provider;
    this.#openers = {
      client: new RecordOpener("client", provider),
      server: new RecordOpener("server", provider),
    };
  }

  async record(from: Side, time: number, wire: Bytes): Promise<void> {
    if (this.#foreign) return;
    const record = await this.#openers[from].open(wire);
    const index = this.#records.push(record) - 1;
    const { content, epoch, generation } = record;
    if (content === undefined) {
      this.#unopened[from]++;
      return;
    }
    const keys = { epoch, generation };
    if (epoch !== "none") this.#noteKeys(from, time, keys);
    const add = (step: Untimed): void => void this.#steps.push({ time, from, ...step } as RunStep);
    switch (record.type) {
      case contentTypes.change_cipher_spec:
        return add({ kind: "change_cipher_spec" });
      case contentTypes.application_data:
        return add({ kind: "data", bytes: content, keys, early: epoch === "early" });
      case contentTypes.alert:
        return this.#alert(from, content, keys, add);
      case contentTypes.handshake:
        this.#assemblers[from].push(index, content);
        for (
          let next = this.#assemblers[from].next();
          next !== undefined;
          next = this.#assemblers[from].next()
        ) {
          this.#message(from, next.bytes, next.pieces, keys, add);
        }
        return;
      default:
        this.notes.push(
          `Record ${index}, of the ${from}, is of type ${record.type}, which TLS 1.3 does not have.`,
        );
    }
  }

  #noteKeys(from: Side, time: number, keys: RunKeys): void {
    const last = this.#keys[from];
    if (last.epoch === keys.epoch && last.generation === keys.generation) return;
    this.#keys[from] = keys;
    this.#steps.push({ time, from, kind: "keys", direction: "write", keys });
  }

  #alert(from: Side, content: Bytes, keys: RunKeys, add: (step: Untimed) => void): void {
    const [level, code] = content;
    // RFC 9846 §5.1/12: a record holds one alert, whole.
    if (level === undefined || code === undefined || content.length !== 2) {
      this.notes.push(`An alert of the ${from} has ${content.length} bytes, and is not read.`);
      return;
    }
    const name = alertName(code);
    add({ kind: "alert", level, name, keys });
    if (name === "close_notify" || name === "user_canceled") return;
    const direction = from === "client" ? "sent" : "received";
    this.#failed ??= {
      kind: "failed",
      code: from === "client" ? "alert_sent" : "alert_received",
      message: `The ${from} ended the connection with the alert ${name}; its bytes do not tell why.`,
      alert: { name, direction },
      rules: [],
      step: this.#steps.length - 1,
    };
  }

  #message(
    from: Side,
    bytes: Bytes,
    pieces: readonly RunPiece[],
    keys: RunKeys,
    add: (step: Untimed) => void,
  ): void {
    if (this.#foreign) return;
    const name = nameOf(bytes);
    if (name === undefined) {
      const type = handshakeTypeName(bytes[0] as number);
      this.notes.push(`The ${from} sent a handshake message of type ${type}, which TLS 1.3 does not have.`);
      return;
    }
    const place = `${from} ${name}`;
    const nth = this.#counts.get(place) ?? 0;
    this.#counts.set(place, nth + 1);
    add({ kind: "message", name, nth, bytes, fields: dissect(name, bytes), keys, pieces, changes: [] });
    if (name === "ClientHello" && from === "client" && nth === 0) this.#clientHello(bytes);
    else if (name === "ServerHello" && from === "server" && nth === 0) this.#serverHello(bytes);
    else if (name === "Finished" && !this.#finished.has(from)) this.#sawFinished(from, add);
    else if (name === "KeyUpdate") this.#keyUpdate(from, keys);
  }

  #clientHello(bytes: Bytes): void {
    const hello = readable(() => decodeMessage("ClientHello", bytes));
    if (hello === undefined) return;
    this.#logged = this.#keyLog.get(toHex(hello.random)) ?? {};
    const early = this.#logged.CLIENT_EARLY_TRAFFIC_SECRET;
    if (early !== undefined) {
      this.#addSecret(secretNames.CLIENT_EARLY_TRAFFIC_SECRET, early);
      for (const suite of suitesOfHash(hello.cipherSuites, early.length, this.#provider)) {
        this.#openers.client.add("early", suite, early);
      }
    }
    this.#addSecret(secretNames.EARLY_EXPORTER_SECRET, this.#logged.EARLY_EXPORTER_SECRET);
  }

  #serverHello(bytes: Bytes): void {
    const hello = readable(() => decodeMessage("ServerHello", bytes));
    const version = hello?.extensions.find(({ type }) => type === supportedVersions)?.data;
    if (hello !== undefined && (version === undefined || toHex(version) !== "0304")) {
      const chosen = version?.length === 2 ? Number.parseInt(toHex(version), 16) : hello.legacyVersion;
      this.notes.push(`The server chose ${versionName(chosen)}: what follows its hello is not read.`);
      this.#foreign = true;
      return;
    }
    for (const side of ["client", "server"] as const) this.#openers[side].expect("handshake");
    const suite = cipherSuiteByCode(hello?.cipherSuite ?? 0);
    if (suite === undefined) return;
    for (const [side, handshake, application] of [
      ["client", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0"],
      ["server", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"],
    ] as const) {
      for (const [epoch, label] of [
        ["handshake", handshake],
        ["application", application],
      ] as const) {
        const secret = this.#logged[label];
        if (secret === undefined) continue;
        if (!this.#openers[side].add(epoch, suite, secret)) {
          this.notes.push(`${label} of the key log does not fit ${suite.name}.`);
        }
      }
      this.#addSecret(secretNames[handshake], this.#logged[handshake]);
    }
  }

  #sawFinished(from: Side, add: (step: Untimed) => void): void {
    this.#finished.add(from);
    this.#openers[from].expect("application");
    if (from === "server") {
      for (const label of [
        "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
      ] as const) {
        this.#addSecret(secretNames[label], this.#logged[label]);
      }
    } else if (this.#finished.has("server") && this.#failed === undefined) add({ kind: "opened" });
  }

  #keyUpdate(from: Side, keys: RunKeys): void {
    if (keys.epoch !== "application") return;
    const value = this.#openers[from].update();
    if (value === undefined) return;
    const name = (generation: number): string => `${from}_application_traffic_secret_${generation}`;
    // RFC 9846 §7.2
    const how = { kind: "derive", label: "traffic upd", transcript: [], transcriptHash: undefined } as const;
    const parent = name(keys.generation);
    const step = this.#steps.length - 1;
    this.#secrets.push({ name: name(keys.generation + 1), value, how: { ...how, parent }, step });
  }

  #addSecret(name: string, value: Bytes | undefined): void {
    if (value === undefined) return;
    this.#secrets.push({ name, value, how: { kind: "input" }, step: this.#steps.length - 1 });
  }

  finish(title: string, closed: number | undefined): Run {
    this.#noteUnread();
    const last = this.#steps.at(-1);
    if (closed !== undefined && last !== undefined) {
      this.#steps.push({ time: closed, from: "client", kind: "closed" });
    }
    const opened: RunEnd = { kind: this.#finished.size === 2 ? "opened" : "unfinished" };
    return {
      title,
      steps: this.#steps,
      records: this.#records,
      secrets: this.#secrets,
      end: this.#failed ?? opened,
      agreed: agreedIn(this.#steps),
      certificates: certificatesIn(this.#steps),
    };
  }

  #noteUnread(): void {
    for (const side of ["client", "server"] as const) {
      const count = this.#unopened[side];
      if (count > 0) {
        const why =
          Object.keys(this.#logged).length === 0
            ? "there are no secrets for this connection"
            : "none of its secrets fits";
        this.notes.push(
          `${count} protected ${count === 1 ? "record" : "records"} of the ${side} stayed closed: ${why}.`,
        );
      }
      const { length } = this.#assemblers[side];
      if (length > 0)
        this.notes.push(
          `The last handshake message of the ${side} is not whole: ${length} bytes of it came.`,
        );
    }
  }
}

const clear: RunKeys = { epoch: "none", generation: 0 };
const supportedVersions = 43;

function nameOf(bytes: Bytes): MessageName | undefined {
  return readable(() => messageName(bytes));
}

/** What a strict decoder says, or undefined where it refuses: bent messages are to be shown, not judged. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
