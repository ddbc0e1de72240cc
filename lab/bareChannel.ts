import type { Abortable, HandshakeChannel } from "../src/handshake/channel.ts";
import type { TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import {
  decodeMessage,
  type EncodedMessage,
  type MessageName,
  messageName,
  type Received,
} from "../src/messages/handshake.ts";
import type { EpochName } from "../src/record/epoch.ts";
import { alertName } from "../src/wire/alerts.ts";
import { type Bytes, copyOf } from "../src/wire/bytes.ts";
import { peerError, TlsError } from "../src/wire/error.ts";
import { Seen, type SeenMessage } from "./seen.ts";
import { type Incoming, LabError, type LabWire } from "./wire.ts";

type BareEpoch = EpochName | "none";

/** Those that a server writes in, in their order. */
const epochs: readonly BareEpoch[] = ["none", "handshake", "application"];

/** A secret that one side was given, as a transport such as QUIC would take it. */
export interface InstalledSecret {
  readonly direction: "read" | "write";
  readonly epoch: EpochName;
  readonly secret: Bytes;
}

interface Waiter {
  readonly expected: readonly MessageName[];
  readonly resolve: (message: Received) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A handshake over bare messages: each belongs to an epoch, and there is no record in sight. It is what QUIC's CRYPTO
 * streams look like to a handshake (RFC 9001 §4). `client` is the channel of a client, `server` the wire of the lab.
 */
export class BareChannel {
  readonly client: HandshakeChannel;
  readonly server: LabWire;
  /** What the client was asked to install, in order. */
  readonly clientSecrets: InstalledSecret[] = [];
  readonly serverSecrets: InstalledSecret[] = [];
  readonly #seen = new Seen();
  #error: TlsError | undefined;
  #toClient: { readonly epoch: BareEpoch; readonly bytes: Bytes }[] = [];
  #toServer: Incoming[] = [];
  #clientReads: BareEpoch = "none";
  #clientWrites: BareEpoch = "none";
  #serverWrites: BareEpoch = "none";
  #waiter: Waiter | undefined;
  #serverWaits: (() => void) | undefined;
  readonly #working = new Set<(error: TlsError) => void>();

  constructor() {
    this.client = {
      next: (...expected) => this.#next(expected) as never,
      send: (...messages) => this.#send(messages),
      install: (direction, epoch, secret) => this.#install(direction, epoch, secret),
      startEarlyData: (secret) => this.#startEarlyData(secret),
      // There is nothing to stop: early data is not the handshake's.
      endEarlyData: () => {},
      during: (work) => this.#during(work),
    };
    const noRecords = async (): Promise<never> => {
      throw new LabError("there are no records here");
    };
    this.server = {
      seen: this.#seen,
      handshake: async (bytes) => {
        // RFC 9001 §4.1.3: nor may anything follow under keys that were replaced. Nobody would read it.
        if (epochs.indexOf(this.#serverWrites) < epochs.indexOf(this.#clientReads)) {
          this.fail(peerError("key_change_inside_record", `after the ${this.#clientReads} keys`));
        }
        this.#toClient.push({ epoch: this.#serverWrites, bytes });
        this.#answer();
      },
      flush: async () => {},
      record: noRecords,
      raw: noRecords,
      alert: async (_level, code) => {
        const name = alertName(code);
        this.fail(
          new TlsError("alert_received", `the server sent the alert ${name}`, {
            alert: { name, direction: "received" },
          }),
        );
      },
      readSecret: undefined,
      skipEarlyData: () => {},
      install: async (direction, epoch, secret) => {
        this.serverSecrets.push({ direction, epoch, secret: copyOf(secret.secret) });
        if (direction === "write") this.#serverWrites = epoch;
      },
      advance: noRecords,
      receive: () => this.#receive(),
      end: async () => this.fail(new TlsError("truncated", "the server ended its stream")),
    };
  }

  /** Ends the client's waiting, whatever it waits for. */
  fail(error: TlsError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#waiter?.reject(error);
    this.#waiter = undefined;
    for (const stop of this.#working) stop(error);
    this.close();
  }

  /** Nothing more comes from the client. */
  close(): void {
    this.#toServer.push({ kind: "end" });
    this.#serverWaits?.();
  }

  #next(expected: readonly MessageName[]): Promise<Received> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.#waiter = { expected, resolve, reject };
      this.#answer();
    });
  }

  #answer(): void {
    const waiter = this.#waiter;
    const [first] = this.#toClient;
    // What is of another epoch waits for its keys.
    if (waiter === undefined || first === undefined || first.epoch !== this.#clientReads) return;
    this.#toClient.shift();
    this.#waiter = undefined;
    try {
      const name = messageName(first.bytes);
      if (!waiter.expected.includes(name)) {
        throw peerError("unexpected_handshake_message", {
          expected: waiter.expected.join(" or "),
          got: name,
        });
      }
      waiter.resolve({ name, body: decodeMessage(name, first.bytes), bytes: first.bytes } as Received);
    } catch (error) {
      waiter.reject(error);
    }
  }

  #send(messages: readonly EncodedMessage[]): void {
    if (this.#error !== undefined) return;
    for (const { name, bytes } of messages) {
      const body = decodeMessage(name, bytes);
      this.#seen.messages.push({
        name,
        body,
        bytes,
        epoch: this.#clientWrites,
        generation: 0,
      } as SeenMessage);
      this.#toServer.push({ kind: "message", bytes });
    }
    this.#seen.changed();
    this.#serverWaits?.();
  }

  #install(direction: "read" | "write", epoch: EpochName, secret: TrafficSecret): void {
    if (this.#error !== undefined) return;
    this.clientSecrets.push({ direction, epoch, secret: copyOf(secret.secret) });
    if (direction === "write") {
      this.#clientWrites = epoch;
      return;
    }
    // RFC 9001 §4.1.3: nothing of the old epoch may be left.
    if (this.#toClient.some((one) => one.epoch === this.#clientReads)) {
      throw peerError("key_change_inside_record", `before the ${epoch} keys`);
    }
    this.#clientReads = epoch;
    this.#answer();
  }

  #startEarlyData({ secret }: TrafficSecret): void {
    if (this.#error !== undefined) return;
    this.clientSecrets.push({ direction: "write", epoch: "early", secret: copyOf(secret) });
    this.#clientWrites = "early";
  }

  #during<R>(work: (abortable: Abortable) => R | PromiseLike<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      const controller = new AbortController();
      const stop = (error: TlsError): void => {
        reject(error);
        controller.abort(error);
      };
      this.#working.add(stop);
      const answer = async (): Promise<R> => work(controller);
      answer()
        .finally(() => this.#working.delete(stop))
        .then(resolve, reject);
    });
  }

  async #receive(): Promise<Incoming> {
    for (;;) {
      const incoming = this.#toServer.shift();
      if (incoming !== undefined) {
        if (incoming.kind === "end") this.#seen.end = "ended";
        this.#seen.changed();
        return incoming;
      }
      await new Promise<void>((resolve) => {
        this.#serverWaits = resolve;
      });
      this.#serverWaits = undefined;
    }
  }
}
