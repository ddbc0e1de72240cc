import type { CryptoProvider } from "../crypto/provider.ts";
import type { Abortable, HandshakeChannel, HandshakeEpoch } from "../handshake/channel.ts";
import { readExtensions } from "../handshake/client/extensions.ts";
import { type CompletedHandshake, clientHandshake } from "../handshake/client/handshake.ts";
import type { ClientParameters } from "../handshake/client/parameters.ts";
import { nextTrafficSecret, type TrafficSecret } from "../keyschedule/trafficSecret.ts";
import {
  decodeMessage,
  type EncodedMessage,
  encodeMessage,
  headerLength,
  type MessageName,
  messageName,
  type Received,
} from "../messages/handshake.ts";
import { updateNotRequested, updateRequested } from "../messages/keyUpdate.ts";
import { type EpochName, openEpoch } from "../record/epoch.ts";
import { type RecordOrigin, RecordReader } from "../record/reader.ts";
import { type PaddingPolicy, RecordWriter } from "../record/writer.ts";
import { type AlertName, alertCodes, alertName } from "../wire/alerts.ts";
import { type Bytes, concat } from "../wire/bytes.ts";
import { localError, peerError, TlsError } from "../wire/error.ts";
import { contentTypes } from "../wire/registry.ts";
import { MessageBuffer } from "./messageBuffer.ts";
import { Outbound } from "./outbound.ts";
import type { Trace, UntimedEvent } from "./trace.ts";
import type { Transport } from "./transport.ts";

/** What a connection tells the face that stands on it. */
export interface ConnectionReceiver {
  /** The server is trusted: application data may flow. */
  opened(handshake: CompletedHandshake): void;
  /** Application data, in memory that nobody else will change. */
  data(bytes: Uint8Array): void;
  /** The server's close_notify: no more data will come, and none is missing. */
  ended(): void;
  /** Called once at most: the connection failed, and `error` is why. */
  failed(error: TlsError): void;
  /** Called once, last: both directions are done, or the connection failed. */
  closed(): void;
}

export interface ConnectionSettings {
  readonly parameters: ClientParameters;
  readonly handshakeTimeout: number;
  readonly padding: PaddingPolicy | undefined;
  readonly trace: Trace | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Limits of our own. In a row, where nothing useful came between. */
export const maxKeyUpdates = 32;
export const maxUserCanceled = 4;
/** Bytes that may wait while a verifier or a signer works, before reading stops. */
const maxWaiting = 512 * 1024;
/** Records kept back for the KeyUpdate that must still be sealed, and for an alert. */
const reservedRecords = 4;

interface RawMessage {
  readonly bytes: Bytes;
  readonly record: RecordOrigin;
}

interface Waiter {
  readonly expected: readonly MessageName[];
  readonly resolve: (message: Received) => void;
  readonly reject: (error: TlsError) => void;
}

/**
 * One connection, from the first hello to the last close_notify. It reads by itself: whatever a handshake, a verifier or
 * an application is doing, an alert, the end or an abort is seen at once.
 */
export class Connection {
  readonly #transport: Transport;
  readonly #receiver: ConnectionReceiver;
  readonly #provider: CryptoProvider;
  readonly #trace: Trace | undefined;
  readonly #started = performance.now();
  readonly #reader: RecordReader;
  readonly #writer: RecordWriter;
  readonly #messages = new MessageBuffer();
  readonly #outbound = new Outbound();
  readonly #working = new Set<(error: TlsError) => void>();
  readonly #removeAbortListener: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #inbox: RawMessage[] = [];
  #waiter: Waiter | undefined;
  #early: Uint8Array[] = [];
  #waiting = 0;
  #opened = false;
  #error: TlsError | undefined;
  #readSecret: TrafficSecret | undefined;
  #writeSecret: TrafficSecret | undefined;
  #readGeneration = 0;
  #writeGeneration = 0;
  #keyUpdatesInARow = 0;
  #userCanceled = 0;
  #owesKeyUpdate = false;
  #awaitsKeyUpdate = false;
  #inboundEnded = false;
  /** Whether nobody wants to hear any more. */
  #abandoned = false;
  #outboundEnded = false;
  /** Whether all that we sent has been handed on, close_notify last. */
  #outboundFlushed = false;
  #closed = false;
  #pumping = false;
  #appPaused = false;
  #flooded = false;
  #helloSent = false;
  #owesChangeCipherSpec = false;

  constructor(transport: Transport, settings: ConnectionSettings, receiver: ConnectionReceiver) {
    const { parameters, padding, trace, signal } = settings;
    this.#transport = transport;
    this.#receiver = receiver;
    this.#provider = parameters.provider;
    this.#trace = trace;
    const failed = (error: unknown) => this.fail(error);
    this.#reader = new RecordReader({
      record: (type, content, origin) => this.#record(type, content, origin),
      failed,
    });
    this.#writer = new RecordWriter(
      {
        write: (bytes, written) => {
          try {
            this.#transport.write(bytes, written);
          } catch (error) {
            this.#transportFailed(error);
          }
        },
        drained: () => this.#pump(),
        failed,
      },
      padding,
    );
    const aborted = () => this.fail(localError("aborted", "the connection was aborted", signal?.reason));
    signal?.addEventListener("abort", aborted, { once: true });
    this.#removeAbortListener = () => signal?.removeEventListener("abort", aborted);
    if (settings.handshakeTimeout > 0) {
      const { handshakeTimeout } = settings;
      this.#timer = setTimeout(
        () => this.fail(localError("timeout", `the handshake took longer than ${handshakeTimeout} ms`)),
        handshakeTimeout,
      );
    }
    transport.start({
      received: (bytes) => {
        this.#reader.receive(bytes);
        this.#floodIfFull();
      },
      // What came before the end, or before the fault, comes first: it may hold the alert that explains it.
      ended: () => this.#reader.finish(() => this.#transportEnded()),
      failed: (cause) => this.#reader.finish(() => this.#transportFailed(cause)),
    });
    // Not before whoever makes the connection has it in hand.
    if (signal?.aborted) queueMicrotask(aborted);
    else void this.#handshake(parameters);
  }

  get error(): TlsError | undefined {
    return this.#error;
  }

  /** `sealed` is called once the bytes are sealed and their memory may be used again; never where the connection fails. */
  write(bytes: Uint8Array, sealed: () => void): void {
    if (this.#error !== undefined || this.#outboundEnded) return;
    if (bytes.length === 0) return sealed();
    this.#outbound.push({ kind: "data", bytes, sealed });
    this.#pump();
  }

  /** Says close_notify once all that was written is sealed; reading goes on. */
  end(): void {
    if (this.#error !== undefined || this.#outboundEnded) return;
    this.#outbound.push({ kind: "close" });
    this.#pump();
  }

  /**
   * Moves our sending keys on, and asks the server to move its own: what was written before is under the old keys, what
   * comes after under the new ones (RFC 9846 §4.7.3).
   * @throws TlsError `closed` before the connection is open, or after its end
   */
  updateKeys(): void {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#opened || this.#outboundEnded)
      throw localError("closed", "the keys of an open connection only can be updated");
    this.#outbound.push({ kind: "key_update" });
    this.#pump();
  }

  /** Moves to the end at once: close_notify, without waiting for what is queued or for the server. */
  close(): void {
    if (this.#error !== undefined || this.#closed) return;
    if (!this.#opened)
      return this.fail(localError("aborted", "the connection was closed before the handshake was done"));
    this.#outbound.clear();
    this.end();
    this.#abandoned = true;
    this.#inboundEnded = true;
    this.#early = [];
    this.#reader.stop();
    this.#closeIfDone();
  }

  /** Stops and goes on with delivering data: the application's backpressure. */
  pause(): void {
    if (this.#appPaused) return;
    this.#appPaused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#appPaused) return;
    this.#appPaused = false;
    if (!this.#flooded) this.#transport.resume();
  }

  /** Ends the connection with an error of ours or of the peer's; an alert tells the peer, where there is one. */
  fail(cause: unknown): void {
    if (this.#error !== undefined || this.#closed) return;
    const error =
      cause instanceof TlsError
        ? cause
        : localError("internal_error", "a callback or the library failed", cause);
    this.#error = error;
    this.#abandoned = true;
    this.#reader.stop();
    this.#outbound.clear();
    this.#sendFailure(error);
    this.#emitSafely({ kind: "failed", error });
    this.#settle();
    for (const reject of this.#working) reject(error);
    this.#waiter?.reject(error);
    this.#waiter = undefined;
    this.#receiver.failed(error);
    this.#close();
  }

  // What the handshake sees

  async #handshake(parameters: ClientParameters): Promise<void> {
    const trace = this.#trace;
    const channel: HandshakeChannel = {
      next: (...expected) => this.#next(...expected),
      send: (...messages) => this.#send(messages),
      install: (direction, epoch, secret) => this.#install(direction, epoch, secret),
      during: (work) => this.#during(work),
    };
    try {
      const completed = await clientHandshake(channel, {
        ...parameters,
        verificationStep: trace && ((step) => this.#emit({ kind: "verification", ...step })),
      });
      if (this.#error !== undefined) return;
      this.#open(completed);
    } catch (error) {
      this.fail(error);
    }
  }

  #open(completed: CompletedHandshake): void {
    this.#opened = true;
    this.#stopTimer();
    this.#emit({ kind: "opened" });
    this.#receiver.opened(completed);
    // Whoever is told may end it.
    for (let bytes = this.#early.shift(); bytes !== undefined; bytes = this.#early.shift()) {
      this.#waiting -= bytes.length;
      this.#receiver.data(bytes);
    }
    this.#unflood();
    if (this.#inboundEnded && !this.#abandoned) this.#receiver.ended();
    this.#pump();
    this.#writer.uncork();
  }

  #next<const N extends MessageName>(...expected: readonly [N, ...N[]]): Promise<Received<N>> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.#waiter = { expected, resolve: resolve as (message: Received) => void, reject };
      this.#answerWaiter();
    });
  }

  #answerWaiter(): void {
    const waiter = this.#waiter;
    const message = waiter && this.#inbox.shift();
    if (waiter === undefined || message === undefined) return;
    this.#waiter = undefined;
    this.#waiting -= message.bytes.length;
    this.#unflood();
    try {
      const name = messageName(message.bytes);
      // RFC 9846 §4/2
      if (!waiter.expected.includes(name)) {
        throw peerError("unexpected_handshake_message", {
          expected: waiter.expected.join(" or "),
          got: name,
        });
      }
      const received = { name, body: decodeMessage(name, message.bytes), bytes: message.bytes } as Received;
      this.#traceMessage("in", received, message.record);
      waiter.resolve(received);
    } catch (error) {
      this.fail(error);
      waiter.reject(this.#error as TlsError);
    }
  }

  #send(messages: readonly EncodedMessage[]): void {
    if (this.#error !== undefined) return;
    const [first] = messages as readonly [EncodedMessage];
    if (!this.#helloSent) {
      this.#helloSent = true;
      this.#owesChangeCipherSpec = hasSessionId(first.bytes);
    } else {
      this.#writer.endInitial();
      this.#sendChangeCipherSpec();
    }
    const content = messages.length === 1 ? first.bytes : concat(...messages.map(({ bytes }) => bytes));
    // The application's first bytes leave with our Finished.
    if (messages.at(-1)?.name === "Finished") this.#writer.cork();
    const record = this.#writer.write(contentTypes.handshake, content);
    for (const message of messages) this.#traceSent(message, record);
  }

  /** RFC 9846 §E.4: one, where the hello has a session id, before the second flight. */
  #sendChangeCipherSpec(): void {
    if (!this.#owesChangeCipherSpec) return;
    this.#owesChangeCipherSpec = false;
    this.#writer.write(contentTypes.change_cipher_spec, new Uint8Array([1]));
    this.#emit({ kind: "change_cipher_spec", direction: "out" });
  }

  #install(direction: "read" | "write", epoch: HandshakeEpoch, secret: TrafficSecret): void {
    if (this.#error !== undefined) return;
    if (direction === "read") {
      // RFC 9846 §5.1/6
      if (this.#messages.length > 0 || this.#inbox.length > 0) {
        throw peerError("key_change_inside_record", `before the ${epoch} keys`);
      }
      if (epoch === "application") this.#readSecret = copyOf(secret);
    } else if (epoch === "application") this.#writeSecret = copyOf(secret);
    this.#installEpoch(direction, epoch, 0, secret);
  }

  #installEpoch(
    direction: "read" | "write",
    name: EpochName,
    generation: number,
    secret: TrafficSecret,
  ): void {
    const epoch = openEpoch(this.#provider, name, generation, secret);
    if (!epoch.sync)
      epoch.key.catch((error) =>
        this.fail(localError("internal_error", "a key could not be imported", error)),
      );
    this.#emit({ kind: "keys", direction: direction === "read" ? "in" : "out", epoch: name, generation });
    if (direction === "read") this.#reader.install(epoch);
    else this.#writer.install(epoch);
  }

  #during<R>(work: (abortable: Abortable) => R | PromiseLike<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      let controller: AbortController | undefined;
      const abortable: Abortable = {
        get signal() {
          controller ??= new AbortController();
          return controller.signal;
        },
      };
      const stop = (error: TlsError): void => {
        reject(error);
        controller?.abort(error);
      };
      this.#working.add(stop);
      const settled = (): boolean => this.#working.delete(stop);
      run(work, abortable).then(
        (answer) => {
          settled();
          resolve(answer);
        },
        (error: unknown) => {
          settled();
          reject(error);
        },
      );
    });
  }

  // What the records bring

  #record(type: number, content: Uint8Array, origin: RecordOrigin): void {
    this.#unflood();
    if (type === contentTypes.handshake) return this.#handshakeBytes(content, origin);
    // RFC 9846 §5.1/4
    if (this.#messages.length > 0) {
      throw peerError("interleaved_handshake_message", `${this.#messages.length} bytes of one had come`);
    }
    if (type === contentTypes.alert) this.#alert(content, origin);
    else if (type === contentTypes.change_cipher_spec) this.#changeCipherSpec();
    else this.#applicationData(content, origin);
  }

  #handshakeBytes(content: Uint8Array, origin: RecordOrigin): void {
    this.#messages.push(content);
    for (let bytes = this.#messages.next(); bytes !== undefined; bytes = this.#messages.next()) {
      if (this.#readSecret !== undefined) {
        this.#postHandshake(bytes, origin);
        if (this.#error !== undefined) return;
        continue;
      }
      const name = messageName(bytes);
      this.#inbox.push({ bytes, record: origin });
      this.#wait(bytes.length);
      // RFC 9846 §5.1/6: what follows is under keys that the handshake has yet to derive.
      if (name === "ServerHello" || name === "Finished") {
        this.#reader.hold();
        break;
      }
    }
    this.#answerWaiter();
  }

  #applicationData(content: Uint8Array, origin: RecordOrigin): void {
    if (origin.epoch !== "application") {
      throw peerError("unexpected_application_data", "the server's Finished has not come yet");
    }
    if (content.length === 0) return;
    this.#keyUpdatesInARow = 0;
    if (this.#opened) return this.#receiver.data(content);
    // RFC 9846 §4.5.3/3: it may come before our own Finished has left.
    this.#early.push(content);
    this.#wait(content.length);
  }

  #changeCipherSpec(): void {
    // RFC 9846 §5/4
    if (!this.#helloSent)
      throw peerError("unexpected_change_cipher_spec", "our ClientHello has not been sent yet");
    this.#emit({ kind: "change_cipher_spec", direction: "in" });
  }

  #alert(content: Uint8Array, record: RecordOrigin): void {
    // RFC 9846 §5.1/11
    if (content.length !== 2)
      throw peerError("not_one_alert", { expected: "2 bytes", got: `${content.length}` });
    const [level, code] = content as unknown as [number, number];
    const name = alertName(code);
    this.#emit({ kind: "alert", direction: "in", level, name, record });
    if (name === "user_canceled") {
      // RFC 9846 §6.1/4: close_notify follows.
      if (++this.#userCanceled > maxUserCanceled)
        throw peerError("too_many_warnings", `more than ${maxUserCanceled}`);
      return;
    }
    if (name === "close_notify" && this.#readSecret !== undefined) return this.#endInbound();
    // RFC 9846 §6/8, §6/9: every other alert is an error, whatever its level says.
    throw new TlsError("alert_received", explain(name, this.#opened), {
      alert: { name, direction: "received" },
    });
  }

  #endInbound(): void {
    this.#inboundEnded = true;
    this.#reader.stop();
    // What still comes is thrown away (RFC 9846 §6.1/1), so nothing need hold it up.
    this.#appPaused = false;
    this.#flooded = false;
    this.#transport.resume();
    if (!this.#opened) return;
    this.#receiver.ended();
    this.#closeIfDone();
  }

  // RFC 9846 §4.7

  #postHandshake(bytes: Bytes, record: RecordOrigin): void {
    const name = messageName(bytes);
    if (name !== "NewSessionTicket" && name !== "KeyUpdate") {
      throw peerError("unexpected_handshake_message", {
        expected: "NewSessionTicket or KeyUpdate",
        got: name,
      });
    }
    const received = { name, body: decodeMessage(name, bytes), bytes } as Received<
      "NewSessionTicket" | "KeyUpdate"
    >;
    this.#traceMessage("in", received, record);
    if (received.name === "KeyUpdate") this.#keyUpdateReceived(received.body.requestUpdate);
    else checkTicket(received);
  }

  #keyUpdateReceived(request: number): void {
    // RFC 9846 §4.7.3/4
    if (request !== updateNotRequested && request !== updateRequested) {
      throw peerError("bad_key_update_request", { expected: "0 or 1", got: `${request}` });
    }
    // RFC 9846 §5.1/6
    if (this.#messages.length > 0) throw peerError("key_change_inside_record", "after a KeyUpdate");
    if (++this.#keyUpdatesInARow > maxKeyUpdates) {
      throw peerError(
        "too_many_key_updates",
        `more than ${maxKeyUpdates} without application data between them`,
      );
    }
    this.#awaitsKeyUpdate = false;
    this.#readSecret = nextTrafficSecret(this.#readSecret as TrafficSecret);
    this.#installEpoch("read", "application", ++this.#readGeneration, this.#readSecret);
    if (request === updateRequested) {
      this.#owesKeyUpdate = true;
      this.#pump();
    }
  }

  #sendKeyUpdate(request: number): void {
    const message = encodeMessage("KeyUpdate", { requestUpdate: request });
    // RFC 9846 §4.7.3/7: under the keys that it retires.
    const record = this.#writer.write(contentTypes.handshake, message.bytes);
    this.#traceSent(message, record);
    this.#owesKeyUpdate = false;
    this.#writeSecret = nextTrafficSecret(this.#writeSecret as TrafficSecret);
    this.#installEpoch("write", "application", ++this.#writeGeneration, this.#writeSecret);
  }

  // What the application sends

  /** Seals what waits, as long as there is room on the way out. */
  #pump(): void {
    if (this.#pumping || !this.#opened) return;
    this.#pumping = true;
    try {
      while (this.#error === undefined && !this.#outboundEnded && this.#writer.room) {
        // RFC 9846 §4.7.3/5: the answer goes before the next application data. §5.5/1: so does a change of worn out keys.
        if (this.#owesKeyUpdate || this.#writer.recordsLeft <= reservedRecords)
          this.#sendKeyUpdate(updateNotRequested);
        const step = this.#outbound.next();
        if (step === undefined) break;
        if (step.kind === "data") {
          this.#writer.write(contentTypes.application_data, step.bytes);
          for (const sealed of step.sealed) sealed();
        } else if (step.kind === "key_update") {
          // RFC 9846 §4.7.3/6: no second request before the server's KeyUpdate.
          this.#sendKeyUpdate(this.#awaitsKeyUpdate ? updateNotRequested : updateRequested);
          this.#awaitsKeyUpdate = true;
        } else this.#endOutbound();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#pumping = false;
    }
  }

  #endOutbound(): void {
    // RFC 9846 §6.1/6
    this.#sendAlert("close_notify");
    this.#outboundEnded = true;
    this.#outbound.clear();
    void this.#writer.finish().then(() => {
      if (this.#error !== undefined) return;
      this.#outboundFlushed = true;
      this.#transport.end();
      this.#closeIfDone();
    });
  }

  // How it ends

  #sendAlert(name: AlertName): void {
    const level = name === "close_notify" || name === "user_canceled" ? 1 : 2;
    const record = this.#writer.write(contentTypes.alert, new Uint8Array([level, alertCodes[name]]));
    this.#emitSafely({ kind: "alert", direction: "out", level, name, record });
  }

  #sendFailure(error: TlsError): void {
    const alert = error.alert;
    const broken = error.code === "transport_failed" || error.code === "connect_failed";
    if (broken || this.#outboundEnded) return this.#transport.abort(error);
    if (alert?.direction === "received") {
      // RFC 9846 §6/3
      this.#writer.stop();
      return this.#transport.close();
    }
    try {
      if (alert?.direction === "sent") {
        const canceled = alert.name === "user_canceled";
        // RFC 9846 §6.1/3: close_notify follows user_canceled; once open, it alone is enough.
        if (!canceled || !this.#opened) this.#sendAlert(alert.name as AlertName);
        if (canceled) this.#sendAlert("close_notify");
      }
    } catch {
      // The keys can seal no more, or the provider is broken: the error that brought us here is the one to tell.
    }
    void this.#writer.finish().then(
      () => this.#transport.close(),
      () => this.#transport.abort(error),
    );
  }

  #transportEnded(): void {
    if (this.#inboundEnded || this.#error !== undefined) return;
    // RFC 9846 §6.1/7
    this.fail(
      localError(
        "truncated",
        this.#opened
          ? "the server's bytes ended without close_notify, so some may be missing"
          : "the server closed the connection before the handshake was done",
      ),
    );
  }

  #transportFailed(cause: unknown): void {
    if (this.#inboundEnded && this.#outboundEnded) return;
    if (cause instanceof TlsError) return this.fail(cause);
    const why = cause instanceof Error ? cause.message : String(cause);
    this.fail(localError("transport_failed", `the transport failed: ${why}`, cause));
  }

  #closeIfDone(): void {
    if (!this.#inboundEnded || !this.#outboundFlushed || this.#closed) return;
    this.#settle();
    this.#transport.close();
    this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#receiver.closed();
  }

  /** Nothing waits any longer; secrets are overwritten (RFC 9846 §6/5). */
  #settle(): void {
    this.#stopTimer();
    this.#removeAbortListener();
    this.#readSecret?.secret.fill(0);
    this.#writeSecret?.secret.fill(0);
    this.#inbox = [];
    this.#early = [];
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  // What waits is bounded

  #wait(length: number): void {
    this.#waiting += length;
    this.#floodIfFull();
  }

  /** Messages and data that nobody took yet, and records that can't be opened yet. */
  get #full(): boolean {
    return this.#waiting + this.#reader.buffered > maxWaiting;
  }

  #floodIfFull(): void {
    if (this.#flooded || this.#inboundEnded || !this.#full) return;
    this.#flooded = true;
    this.#transport.pause();
  }

  #unflood(): void {
    if (!this.#flooded || this.#full) return;
    this.#flooded = false;
    if (!this.#appPaused) this.#transport.resume();
  }

  // Who watches

  #emit(event: UntimedEvent): void {
    this.#trace?.({ ...event, time: performance.now() - this.#started } as Parameters<Trace>[0]);
  }

  #emitSafely(event: UntimedEvent): void {
    try {
      this.#emit(event);
    } catch {
      // It fails already.
    }
  }

  #traceMessage(direction: "in" | "out", message: Received, record: RecordOrigin): void {
    if (this.#trace === undefined) return;
    this.#emit({ kind: "message", direction, ...message, record } as UntimedEvent);
  }

  #traceSent({ name, bytes }: EncodedMessage, record: RecordOrigin): void {
    if (this.#trace === undefined) return;
    this.#traceMessage("out", { name, body: decodeMessage(name, bytes), bytes } as Received, record);
  }
}

/** Resumption is not supported yet, so a ticket is checked and then dropped (RFC 9846 §4.7.1/2). */
function checkTicket({ body }: Received<"NewSessionTicket">): void {
  readExtensions("NewSessionTicket", body.extensions, new Set());
  // RFC 9846 §4.7.1/10
  if (body.ticketLifetime > 604_800) {
    throw peerError("ticket_lifetime_too_long", {
      expected: "604800 seconds at most",
      got: `${body.ticketLifetime}`,
    });
  }
}

async function run<R>(work: (abortable: Abortable) => R | PromiseLike<R>, abortable: Abortable): Promise<R> {
  return work(abortable);
}

/** RFC 9846 §4.2.2: the length of legacy_session_id follows the version and the random. */
function hasSessionId(clientHello: Bytes): boolean {
  return (clientHello[headerLength + 2 + 32] as number) > 0;
}

function copyOf(secret: TrafficSecret): TrafficSecret {
  return { ...secret, secret: secret.secret.slice() };
}

const explanations: Partial<Record<string, string>> = {
  protocol_version: "the server refused TLS 1.3: it seems to speak older versions only",
  handshake_failure:
    "the server found nothing in common with what was offered (it may speak older versions of TLS only)",
  unrecognized_name: "the server does not know the name asked for",
  no_application_protocol: "the server speaks none of the application protocols offered",
  certificate_required: "the server demands a client certificate",
  close_notify: "the server closed the connection before the handshake was done",
};

function explain(name: string, opened: boolean): string {
  const words = explanations[name];
  return `the server sent the alert ${name}${!opened && words !== undefined ? `: ${words}` : ""}`;
}
