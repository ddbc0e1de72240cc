import type { HandshakeChannel, HandshakeEpoch } from "../handshake/channel.ts";
import { type CompletedHandshake, clientHandshake } from "../handshake/client/handshake.ts";
import type { ClientParameters } from "../handshake/client/parameters.ts";
import type { Exporter } from "../keyschedule/exporter.ts";
import type { TrafficSecret } from "../keyschedule/trafficSecret.ts";
import type { Transcript } from "../keyschedule/transcript.ts";
import { type EncodedMessage, messageName } from "../messages/handshake.ts";
import { type RecordOrigin, RecordReader } from "../record/reader.ts";
import type { PaddingPolicy } from "../record/writer.ts";
import type { VerificationStep } from "../trust/verifier.ts";
import type { AlertName } from "../wire/alerts.ts";
import { type Bytes, noBytes } from "../wire/bytes.ts";
import { localError, peerError, TlsError } from "../wire/error.ts";
import { contentTypes } from "../wire/registry.ts";
import { decodeAlert, explainAlert } from "./alert.ts";
import { ApplicationSecret, type Generation } from "./applicationSecret.ts";
import { EarlyData, type EarlyDataReport, type EarlyDataSource } from "./earlyData.ts";
import { GuardedTransport } from "./guardedTransport.ts";
import { IdleClock } from "./idleClock.ts";
import { Inbox } from "./inbox.ts";
import { MessageBuffer } from "./messageBuffer.ts";
import { PendingWork } from "./pendingWork.ts";
import { readKeyUpdateRequest, readPostHandshake } from "./postHandshake.ts";
import { PostHandshakeAuthentication } from "./postHandshakeAuthentication.ts";
import { ReadFlow } from "./readFlow.ts";
import { Sender } from "./sender.ts";
import { startEpoch } from "./startEpoch.ts";
import { Tickets } from "./tickets.ts";
import type { Trace } from "./trace.ts";
import { Tracer } from "./tracer.ts";
import type { Transport } from "./transport.ts";

/** What a connection tells the face that stands on it. */
export interface ConnectionReceiver {
  /** The server is trusted: application data may flow. */
  opened(handshake: CompletedHandshake, earlyData: EarlyDataReport | undefined): void;
  /** Application data, in memory that nobody else will change. */
  data(bytes: Uint8Array): void;
  /** The server's close_notify: no more data will come, and none is missing. */
  ended(): void;
  /** Called once at most: the connection failed, and `error` is why. */
  failed(error: TlsError): void;
  /** Called once, last: both directions are done, or the connection failed. */
  closed(): void;
  /** Bytes have come or left, whatever they mean. */
  moved?(): void;
}

export interface ConnectionSettings {
  readonly parameters: ClientParameters;
  readonly handshakeTimeout: number;
  /** 0 for none. */
  readonly idleTimeout: number;
  readonly padding: PaddingPolicy | undefined;
  readonly trace: Trace | undefined;
  readonly signal: AbortSignal | undefined;
  /** What to send before the server has answered, where a session allows it. */
  readonly earlyData: EarlyDataSource | undefined;
}

/** Limits of our own. KeyUpdates count in a row, where no application data came between. */
export const maxKeyUpdates = 32;
export const maxUserCanceled = 4;
/**
 * One connection, from the first hello to the last close_notify. It reads by itself: whatever a handshake, a verifier or
 * an application is doing, an alert, the end or an abort is seen at once.
 */
export class Connection {
  readonly #transport: GuardedTransport;
  readonly #receiver: ConnectionReceiver;
  readonly #tracer: Tracer | undefined;
  readonly #reader: RecordReader;
  readonly #sender: Sender;
  readonly #flow: ReadFlow;
  readonly #messages = new MessageBuffer();
  readonly #inbox: Inbox;
  readonly #work = new PendingWork();
  readonly #readSecret = new ApplicationSecret();
  readonly #tickets: Tickets;
  readonly #parameters: ClientParameters;
  /** There where the server may ask for a certificate once the handshake is done. */
  #authentication: PostHandshakeAuthentication | undefined;
  readonly #earlyData: EarlyData | undefined;
  #earlyExporter: Exporter | undefined;
  readonly #stopTimer: () => void;
  readonly #handshakeTimeout: number;
  readonly #idleTimeout: number;
  #idle: IdleClock | undefined;
  readonly #forgetSignal: () => void;
  /** Data that came before our own Finished had left. */
  #early: Uint8Array[] = [];
  #opened = false;
  #completed: CompletedHandshake | undefined;
  #keyUpdatesInARow = 0;
  #userCanceled = 0;
  #inboundEnded = false;
  /** Whether nobody wants to hear any more. */
  #abandoned = false;
  /** Whether all that we sent has been handed on, close_notify last. */
  #outboundFlushed = false;
  #fault: ReturnType<typeof setTimeout> | undefined;
  #error: TlsError | undefined;
  #closed = false;

  constructor(transport: Transport, settings: ConnectionSettings, receiver: ConnectionReceiver) {
    const { parameters, padding, trace } = settings;
    this.#transport = new GuardedTransport(transport);
    this.#receiver = receiver;
    this.#parameters = parameters;
    this.#tracer = trace && new Tracer(trace);
    this.#reader = new RecordReader({
      record: (type, content, origin) => this.#record(type, content, origin),
      failed: (error) => this.#failInTurn(error),
    });
    this.#sender = new Sender({
      provider: parameters.provider,
      tracer: this.#tracer,
      padding,
      transmit: (bytes, written) => this.#transmit(bytes, written),
      ended: () => this.#outboundDone(),
      failed: (error) => this.fail(error),
    });
    this.#tickets = new Tickets(parameters);
    this.#earlyData = settings.earlyData === undefined ? undefined : new EarlyData(settings.earlyData);
    this.#flow = new ReadFlow(this.#transport, () => this.#reader.buffered);
    this.#inbox = new Inbox({
      taken: (message, record) => {
        this.#flow.taken(message.bytes.length);
        this.#tracer?.received(message, record);
      },
    });
    this.#handshakeTimeout = settings.handshakeTimeout;
    this.#stopTimer = this.#limit("the handshake");
    this.#idleTimeout = settings.idleTimeout;
    this.#forgetSignal = this.#heed(settings.signal);
    this.#transport.start({
      received: (bytes, given) => {
        // A message or a chunk may be empty, and moves nothing.
        if (bytes.length === 0) return;
        this.#moved();
        this.#reader.receive(bytes, given);
        this.#flow.stopIfFull();
      },
      // What came before the end, or before the fault, comes first: it may hold the alert that explains it.
      ended: () => this.#reader.finish(() => this.#transportEnded()),
      failed: (cause) => this.#reader.finish(() => this.#transportFailed(cause)),
    });
    if (!settings.signal?.aborted) void this.#handshake(parameters, trace !== undefined);
  }

  get error(): TlsError | undefined {
    return this.#error;
  }

  /** `sealed` is called once the bytes are sealed and their memory may be used again; never where the connection fails. */
  write(bytes: Uint8Array, sealed: () => void): void {
    if (this.#error === undefined) this.#sender.write(bytes, sealed);
  }

  /** Says close_notify once all that was written is sealed; reading goes on. */
  end(): void {
    if (this.#error === undefined) this.#sender.end();
  }

  /**
   * Moves our sending keys on, and asks the server to move its own: what was written before is under the old keys, what
   * comes after under the new ones (RFC 9846 §4.7.3).
   * @throws TlsError `closed` before the connection is open, or after its end
   */
  updateKeys(): void {
    this.checkKeyUpdate();
    this.#sender.updateKeys();
  }

  /** For faces whose own queue has to be empty first. @throws as {@link updateKeys} does */
  checkKeyUpdate(): void {
    if (this.#error !== undefined) throw this.#error;
    if (!this.#opened || this.#sender.ended) {
      throw localError("closed", "the keys of an open connection only can be updated");
    }
  }

  /**
   * Keying material for the application (RFC 9846 §7.5). No context is the same as an empty one.
   * @throws TlsError `closed` before the connection is open and after its end, or what it failed with
   * @throws RangeError where the label has over 249 bytes, or more is asked for than 255 hashes
   */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Bytes {
    if (this.#error !== undefined) throw this.#error;
    if (this.#completed === undefined) {
      throw localError("closed", "keying material can be exported from an open connection only");
    }
    return this.#completed.exporter.export(label, context ?? noBytes, length);
  }

  /**
   * The same, of the early secret (RFC 9846 §7.5/2): from when early data may be sent until the end. Both sides know it
   * before the server has answered, so it is worth less than the other.
   * @throws TlsError `closed` where no early data was offered, and after the end, or what the connection failed with
   */
  exportEarlyKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Bytes {
    if (this.#error !== undefined) throw this.#error;
    if (this.#earlyExporter === undefined) {
      throw localError("closed", "early keying material can be exported where early data is offered only");
    }
    return this.#earlyExporter.export(label, context ?? noBytes, length);
  }

  /** Moves to the end at once: close_notify, without waiting for what is queued or for the server. */
  close(): void {
    if (this.#error !== undefined || this.#closed) return;
    if (!this.#opened) {
      return this.fail(localError("aborted", "the connection was closed before the handshake was done"));
    }
    this.#abandoned = true;
    this.#inboundEnded = true;
    this.#early = [];
    this.#reader.stop();
    try {
      if (this.#sender.ended) this.#closeIfDone();
      else this.#sender.endNow();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Stops and goes on with delivering data: the application's backpressure. */
  pause(): void {
    this.#flow.pause();
  }

  resume(): void {
    this.#flow.resume();
  }

  /** Ends the connection with an error of ours or of the peer's; an alert tells the peer, where there is one. */
  fail(cause: unknown): void {
    if (this.#error !== undefined || this.#closed) return;
    const error =
      cause instanceof TlsError
        ? cause
        : localError("internal_error", "a callback or the library failed", cause);
    this.#error = error;
    this.#reader.stop();
    this.#sender.halt();
    this.#sendFailure(error);
    this.#tracer?.emitSafely({ kind: "failed", error });
    this.#settle();
    this.#work.fail(() => error);
    this.#inbox.fail(error);
    this.#receiver.failed(error);
    this.#close();
  }

  /**
   * What ends the reading. The handshake may have to look at what came before it, which takes microtasks; if it then still
   * waits for a verifier or a signer, it waits no longer. So it does not matter how the bytes were cut into reads.
   */
  #failInTurn(cause: unknown): void {
    if (this.#fault !== undefined) return;
    if (this.#opened || this.#inbox.isWaiting) return this.fail(cause);
    this.#fault = setTimeout(() => this.fail(cause), 0);
  }

  // What the handshake sees

  async #handshake(parameters: ClientParameters, watched: boolean): Promise<void> {
    const channel: HandshakeChannel = {
      next: (...expected) => this.#inbox.next(...expected),
      send: (...messages) => {
        if (this.#error === undefined) this.#sender.handshake(messages);
      },
      install: (direction, epoch, secret) => this.#install(direction, epoch, secret),
      startEarlyData: (secret, exporter, maxBytes) => this.#startEarlyData(secret, exporter, maxBytes),
      endEarlyData: (how) => this.#sender.endEarlyData(how),
      during: (work) => this.#work.during(work),
    };
    try {
      const watch = watched
        ? (step: VerificationStep) => this.#tracer?.emit({ kind: "verification", ...step })
        : undefined;
      const completed = await clientHandshake(channel, parameters, watch);
      if (this.#error === undefined) this.#open(completed);
    } catch (error) {
      this.fail(error);
    }
  }

  #install(direction: "read" | "write", epoch: HandshakeEpoch, secret: TrafficSecret): void {
    if (this.#error !== undefined) return;
    if (direction === "write") return this.#sender.install(epoch, secret);
    // RFC 9846 §5.1/6
    if (this.#messages.length > 0 || !this.#inbox.isEmpty) {
      throw peerError("key_change_inside_record", `before the ${epoch} keys`);
    }
    if (epoch === "application") this.#readSecret.start(secret);
    this.#startReading(epoch, { secret, generation: 0 });
  }

  #startEarlyData(secret: TrafficSecret, exporter: Exporter, maxBytes: number): void {
    if (this.#error !== undefined || this.#earlyData === undefined) return;
    this.#earlyExporter = exporter;
    this.#sender.startEarlyData(this.#earlyData, secret, maxBytes);
  }

  #startReading(epoch: HandshakeEpoch, generation: Generation): void {
    const means = {
      provider: this.#parameters.provider,
      tracer: this.#tracer,
      failed: (error: unknown) => this.fail(error),
    };
    this.#reader.install(startEpoch(means, "in", epoch, generation));
  }

  #open(completed: CompletedHandshake): void {
    this.#opened = true;
    this.#completed = completed;
    this.#tickets.opened(completed);
    if (completed.transcript !== undefined) this.#awaitRequests(completed, completed.transcript);
    this.#stopTimer();
    this.#limitIdleness();
    this.#tracer?.emit({ kind: "opened" });
    this.#sender.open();
    this.#receiver.opened(completed, this.#earlyData?.report(completed.earlyData));
    // Whoever is told may end it.
    for (let bytes = this.#early.shift(); bytes !== undefined; bytes = this.#early.shift()) {
      this.#flow.taken(bytes.length);
      this.#receiver.data(bytes);
    }
    if (this.#inboundEnded && !this.#abandoned && this.#error === undefined) this.#receiver.ended();
    this.#sender.release();
  }

  // What the records bring

  #record(type: number, content: Uint8Array, origin: RecordOrigin): void {
    this.#flow.goOnIfRoom();
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
    // What was opened lies in memory of its own; what came in the clear lies in the transport's.
    this.#messages.push(content, origin.epoch !== "none");
    for (let bytes = this.#messages.next(); bytes !== undefined; bytes = this.#messages.next()) {
      if (this.#readSecret.isThere) {
        this.#postHandshake(bytes, origin);
        if (this.#error !== undefined) return;
        continue;
      }
      // RFC 9846 §5.1/6: what follows is under keys that the handshake has yet to derive.
      const name = messageName(bytes);
      const changesKeys = name === "ServerHello" || name === "Finished";
      if (changesKeys) this.#reader.hold();
      this.#flow.wait(bytes.length);
      this.#inbox.push(bytes, origin);
      if (changesKeys) return;
    }
  }

  #applicationData(content: Uint8Array, origin: RecordOrigin): void {
    if (origin.epoch !== "application") {
      throw peerError("unexpected_application_data", "the server's Finished has not come yet");
    }
    if (content.length === 0) return;
    this.#keyUpdatesInARow = 0;
    if (this.#opened) return this.#receiver.data(content);
    // RFC 9846 §4.5.3/3
    this.#early.push(content);
    this.#flow.wait(content.length);
  }

  #changeCipherSpec(): void {
    // RFC 9846 §5/4
    if (!this.#sender.helloSent) {
      throw peerError("unexpected_change_cipher_spec", "our ClientHello has not been sent yet");
    }
    this.#tracer?.emit({ kind: "change_cipher_spec", direction: "in" });
  }

  #alert(content: Uint8Array, record: RecordOrigin): void {
    const { level, name } = decodeAlert(content);
    this.#tracer?.emit({ kind: "alert", direction: "in", level, name, record });
    if (name === "user_canceled") {
      // RFC 9846 §6.1/4: close_notify follows.
      if (++this.#userCanceled > maxUserCanceled) {
        throw peerError("too_many_warnings", `more than ${maxUserCanceled}`);
      }
      return;
    }
    if (name === "close_notify" && this.#readSecret.isThere) return this.#endInbound();
    // RFC 9846 §6/8, §6/9: every other alert is an error, whatever its level says.
    throw new TlsError("alert_received", explainAlert(name, this.#opened), {
      alert: { name, direction: "received" },
    });
  }

  #endInbound(): void {
    this.#inboundEnded = true;
    this.#reader.stop();
    // RFC 9846 §6.1/1
    this.#flow.open();
    if (!this.#opened || this.#error !== undefined) return;
    this.#receiver.ended();
    this.#closeIfDone();
  }

  // RFC 9846 §4.7

  #awaitRequests({ certificateRequested }: CompletedHandshake, transcript: Transcript): void {
    const means = {
      parameters: this.#parameters,
      transcript,
      channel: this.#work,
      limit: () => this.#limit("the answer to a CertificateRequest"),
      answered: (messages: readonly EncodedMessage[], transcriptHash: Bytes) => {
        if (this.#error === undefined) this.#sender.authentication(messages, transcriptHash);
      },
      failed: (error: unknown) => {
        if (!this.#sender.ended) this.fail(error);
      },
    };
    this.#authentication = new PostHandshakeAuthentication(means, certificateRequested);
  }

  #postHandshake(bytes: Bytes, record: RecordOrigin): void {
    const message = readPostHandshake(bytes, this.#authentication !== undefined);
    this.#tracer?.received(message, record);
    if (message.name === "NewSessionTicket") this.#tickets.received(message.body);
    else if (message.name === "CertificateRequest") this.#authentication?.requested(message);
    else this.#keyUpdateReceived(readKeyUpdateRequest(message.body));
  }

  #keyUpdateReceived(requested: boolean): void {
    // RFC 9846 §5.1/6
    if (this.#messages.length > 0) throw peerError("key_change_inside_record", "after a KeyUpdate");
    if (++this.#keyUpdatesInARow > maxKeyUpdates) {
      throw peerError(
        "too_many_key_updates",
        `more than ${maxKeyUpdates} without application data between them`,
      );
    }
    this.#startReading("application", this.#readSecret.next());
    this.#sender.keyUpdateReceived(requested);
  }

  // How it ends

  #outboundDone(): void {
    if (this.#error !== undefined) return;
    this.#outboundFlushed = true;
    // What still signs could not send its answer.
    this.#work.fail(() => localError("closed", "the connection is closed, and nobody waits for this"));
    this.#transport.end();
    this.#closeIfDone();
  }

  #transmit(bytes: Uint8Array, written: () => void): void {
    this.#transport.write(bytes, () => {
      this.#moved();
      written();
    });
  }

  #sendFailure(error: TlsError): void {
    const broken =
      error.code === "transport_failed" ||
      error.code === "connect_failed" ||
      // What was not taken in all that time will not be taken now.
      (error.code === "timeout" && this.#sender.waits);
    if (broken || this.#sender.ended) return this.#abort(error);
    // RFC 9846 §6/3
    if (error.alert?.direction === "received") {
      this.#sender.stop();
      return this.#transport.close();
    }
    if (error.alert !== undefined) this.#tellWhy(error.alert.name as AlertName);
    void this.#sender.finish().then(
      () => {
        this.#sender.stop();
        this.#transport.close();
      },
      () => this.#abort(error),
    );
  }

  #tellWhy(alert: AlertName): void {
    // A server that has heard nothing yet need not be told that there is nothing to come.
    if (alert === "user_canceled" && !this.#sender.helloSent) return;
    try {
      // RFC 9846 §6.1/3: close_notify follows user_canceled; once open, it alone is enough.
      if (alert !== "user_canceled" || !this.#opened) this.#sender.alert(alert);
      if (alert === "user_canceled") this.#sender.alert("close_notify");
    } catch {
      // The keys can seal no more, or the provider is broken: the error that brought us here is the one to tell.
    }
  }

  #abort(error: TlsError): void {
    this.#sender.stop();
    this.#transport.abort(error);
  }

  #transportEnded(): void {
    if (this.#inboundEnded || this.#error !== undefined) return;
    // RFC 9846 §6.1/7
    this.#failInTurn(
      localError(
        "truncated",
        this.#opened
          ? "the server's bytes ended without close_notify, so some may be missing"
          : "the server closed the connection before the handshake was done",
      ),
    );
  }

  #transportFailed(cause: unknown): void {
    if (this.#inboundEnded && this.#sender.ended) return;
    if (cause instanceof TlsError) return this.#failInTurn(cause);
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#failInTurn(localError("transport_failed", `the transport failed: ${why}`, cause));
  }

  #closeIfDone(): void {
    if (!this.#inboundEnded || !this.#outboundFlushed || this.#closed) return;
    this.#settle();
    this.#sender.stop();
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
    this.#idle?.stop();
    this.#idle = undefined;
    clearTimeout(this.#fault);
    this.#forgetSignal();
    this.#readSecret.wipe();
    this.#sender.wipe();
    if (!this.#opened) this.#earlyData?.abandon();
    this.#earlyExporter?.secret.fill(0);
    this.#earlyExporter = undefined;
    this.#completed?.exporter.secret.fill(0);
    this.#completed?.resumptionSecret.fill(0);
    this.#completed = undefined;
    this.#early = [];
  }

  /** Answers how to stop the clock. */
  #limit(what: string): () => void {
    const milliseconds = this.#handshakeTimeout;
    if (milliseconds === 0) return () => {};
    const late = () => this.fail(localError("timeout", `${what} took longer than ${milliseconds} ms`));
    const timer = setTimeout(late, milliseconds);
    return () => clearTimeout(timer);
  }

  #limitIdleness(): void {
    const milliseconds = this.#idleTimeout;
    if (milliseconds === 0) return;
    const late = () => this.fail(localError("timeout", `nothing came or left for ${milliseconds} ms`));
    this.#idle = new IdleClock(milliseconds, late);
  }

  #moved(): void {
    this.#idle?.moved();
    this.#receiver.moved?.();
  }

  /** Answers how to stop listening. */
  #heed(signal: AbortSignal | undefined): () => void {
    const aborted = () => this.fail(localError("aborted", "the connection was aborted", signal?.reason));
    // Not before whoever makes the connection has it in hand.
    if (signal?.aborted) queueMicrotask(aborted);
    else signal?.addEventListener("abort", aborted, { once: true });
    return () => signal?.removeEventListener("abort", aborted);
  }
}
