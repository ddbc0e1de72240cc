import type { CryptoProvider } from "../crypto/provider.ts";
import type { HandshakeChannel, HandshakeEpoch } from "../handshake/channel.ts";
import { type CompletedHandshake, clientHandshake } from "../handshake/client/handshake.ts";
import type { ClientParameters } from "../handshake/client/parameters.ts";
import type { TrafficSecret } from "../keyschedule/trafficSecret.ts";
import { type EncodedMessage, encodeMessage, headerLength, messageName } from "../messages/handshake.ts";
import { updateNotRequested, updateRequested } from "../messages/keyUpdate.ts";
import { type EpochName, openEpoch } from "../record/epoch.ts";
import { type RecordOrigin, RecordReader } from "../record/reader.ts";
import { type PaddingPolicy, RecordWriter } from "../record/writer.ts";
import type { AlertName } from "../wire/alerts.ts";
import { type Bytes, concat, noBytes } from "../wire/bytes.ts";
import { localError, peerError, TlsError } from "../wire/error.ts";
import { contentTypes } from "../wire/registry.ts";
import { alertLevel, decodeAlert, encodeAlert, explainAlert } from "./alert.ts";
import { ApplicationSecrets } from "./applicationSecrets.ts";
import { Inbox } from "./inbox.ts";
import { MessageBuffer } from "./messageBuffer.ts";
import { Outbound } from "./outbound.ts";
import { PendingWork } from "./pendingWork.ts";
import { checkTicket, readKeyUpdateRequest, readPostHandshake } from "./postHandshake.ts";
import { ReadFlow } from "./readFlow.ts";
import type { Trace } from "./trace.ts";
import { Tracer } from "./tracer.ts";
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

/** Limits of our own. KeyUpdates count in a row, where no application data came between. */
export const maxKeyUpdates = 32;
export const maxUserCanceled = 4;
/** Records kept back for the KeyUpdate that must still be sealed, and for an alert. */
const reservedRecords = 4;

/**
 * One connection, from the first hello to the last close_notify. It reads by itself: whatever a handshake, a verifier or
 * an application is doing, an alert, the end or an abort is seen at once.
 */
export class Connection {
  readonly #transport: Transport;
  readonly #receiver: ConnectionReceiver;
  readonly #provider: CryptoProvider;
  readonly #tracer: Tracer;
  readonly #reader: RecordReader;
  readonly #writer: RecordWriter;
  readonly #flow: ReadFlow;
  readonly #messages = new MessageBuffer();
  readonly #inbox: Inbox;
  readonly #work = new PendingWork();
  readonly #outbound = new Outbound();
  readonly #secrets = new ApplicationSecrets();
  readonly #stopTimer: () => void;
  readonly #forgetSignal: () => void;
  /** Data that came before our own Finished had left. */
  #early: Uint8Array[] = [];
  #helloSent = false;
  #owesChangeCipherSpec = false;
  #opened = false;
  #completed: CompletedHandshake | undefined;
  #owesKeyUpdate = false;
  #awaitsKeyUpdate = false;
  #keyUpdatesInARow = 0;
  #userCanceled = 0;
  #pumping = false;
  #inboundEnded = false;
  /** Whether nobody wants to hear any more. */
  #abandoned = false;
  #outboundEnded = false;
  /** Whether all that we sent has been handed on, close_notify last. */
  #outboundFlushed = false;
  #fault: ReturnType<typeof setTimeout> | undefined;
  #error: TlsError | undefined;
  #closed = false;

  constructor(transport: Transport, settings: ConnectionSettings, receiver: ConnectionReceiver) {
    const { parameters, padding, trace } = settings;
    this.#transport = transport;
    this.#receiver = receiver;
    this.#provider = parameters.provider;
    this.#tracer = new Tracer(trace);
    this.#reader = new RecordReader({
      record: (type, content, origin) => this.#record(type, content, origin),
      failed: (error) => this.#failInTurn(error),
    });
    this.#writer = new RecordWriter(
      {
        write: (bytes, written) => this.#transmit(bytes, written),
        drained: () => this.#pump(),
        failed: (error) => this.fail(error),
      },
      padding,
    );
    this.#flow = new ReadFlow(transport, () => this.#reader.buffered);
    this.#inbox = new Inbox({
      taken: (message, record) => {
        this.#flow.taken(message.bytes.length);
        this.#tracer.received(message, record);
      },
    });
    this.#stopTimer = this.#limitHandshake(settings.handshakeTimeout);
    this.#forgetSignal = this.#heed(settings.signal);
    transport.start({
      received: (bytes) => {
        this.#reader.receive(bytes);
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
    if (!this.#opened || this.#outboundEnded) {
      throw localError("closed", "the keys of an open connection only can be updated");
    }
    this.#outbound.push({ kind: "key_update" });
    this.#pump();
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
      if (this.#outboundEnded) this.#closeIfDone();
      else this.#endOutbound();
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
    this.#outbound.clear();
    this.#sendFailure(error);
    this.#tracer.emitSafely({ kind: "failed", error });
    this.#settle();
    this.#work.fail(error);
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
      send: (...messages) => this.#send(messages),
      install: (direction, epoch, secret) => this.#install(direction, epoch, secret),
      during: (work) => this.#work.run(work),
    };
    try {
      const completed = await clientHandshake(channel, {
        ...parameters,
        verificationStep: watched
          ? (step) => this.#tracer.emit({ kind: "verification", ...step })
          : undefined,
      });
      if (this.#error === undefined) this.#open(completed);
    } catch (error) {
      this.fail(error);
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
    // The application's first bytes leave with our Finished.
    if (messages.at(-1)?.name === "Finished") this.#writer.cork();
    const content = messages.length === 1 ? first.bytes : concat(...messages.map(({ bytes }) => bytes));
    const record = this.#writer.write(contentTypes.handshake, content);
    for (const message of messages) this.#tracer.sent(message, record);
  }

  /** RFC 9846 §E.4: one, where the hello has a session id, before the second flight. */
  #sendChangeCipherSpec(): void {
    if (!this.#owesChangeCipherSpec) return;
    this.#owesChangeCipherSpec = false;
    this.#writer.write(contentTypes.change_cipher_spec, new Uint8Array([1]));
    this.#tracer.emit({ kind: "change_cipher_spec", direction: "out" });
  }

  #install(direction: "read" | "write", epoch: HandshakeEpoch, secret: TrafficSecret): void {
    if (this.#error !== undefined) return;
    // RFC 9846 §5.1/6
    if (direction === "read" && (this.#messages.length > 0 || !this.#inbox.isEmpty)) {
      throw peerError("key_change_inside_record", `before the ${epoch} keys`);
    }
    if (epoch === "application") this.#secrets.start(direction, secret);
    this.#installEpoch(direction, epoch, 0, secret);
  }

  #installEpoch(
    direction: "read" | "write",
    name: EpochName,
    generation: number,
    secret: TrafficSecret,
  ): void {
    const epoch = openEpoch(this.#provider, name, generation, secret);
    if (!epoch.sync) {
      epoch.key.catch((error) =>
        this.fail(localError("internal_error", "a key could not be imported", error)),
      );
    }
    const side = direction === "read" ? "in" : "out";
    this.#tracer.emit({ kind: "keys", direction: side, epoch: name, generation });
    if (direction === "read") this.#reader.install(epoch);
    else this.#writer.install(epoch);
  }

  #open(completed: CompletedHandshake): void {
    this.#opened = true;
    this.#completed = completed;
    this.#stopTimer();
    this.#tracer.emit({ kind: "opened" });
    this.#receiver.opened(completed);
    // Whoever is told may end it.
    for (let bytes = this.#early.shift(); bytes !== undefined; bytes = this.#early.shift()) {
      this.#flow.taken(bytes.length);
      this.#receiver.data(bytes);
    }
    if (this.#inboundEnded && !this.#abandoned && this.#error === undefined) this.#receiver.ended();
    this.#pump();
    this.#writer.uncork();
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
    this.#messages.push(content);
    for (let bytes = this.#messages.next(); bytes !== undefined; bytes = this.#messages.next()) {
      if (this.#secrets.has("read")) {
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
    if (!this.#helloSent) {
      throw peerError("unexpected_change_cipher_spec", "our ClientHello has not been sent yet");
    }
    this.#tracer.emit({ kind: "change_cipher_spec", direction: "in" });
  }

  #alert(content: Uint8Array, record: RecordOrigin): void {
    const { level, name } = decodeAlert(content);
    this.#tracer.emit({ kind: "alert", direction: "in", level, name, record });
    if (name === "user_canceled") {
      // RFC 9846 §6.1/4: close_notify follows.
      if (++this.#userCanceled > maxUserCanceled) {
        throw peerError("too_many_warnings", `more than ${maxUserCanceled}`);
      }
      return;
    }
    if (name === "close_notify" && this.#secrets.has("read")) return this.#endInbound();
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
    if (!this.#opened) return;
    this.#receiver.ended();
    this.#closeIfDone();
  }

  // RFC 9846 §4.7

  #postHandshake(bytes: Bytes, record: RecordOrigin): void {
    const message = readPostHandshake(bytes);
    this.#tracer.received(message, record);
    if (message.name === "NewSessionTicket") checkTicket(message.body);
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
    this.#awaitsKeyUpdate = false;
    this.#installNext("read");
    if (!requested) return;
    this.#owesKeyUpdate = true;
    this.#pump();
  }

  #sendKeyUpdate(request: number): void {
    const message = encodeMessage("KeyUpdate", { requestUpdate: request });
    // RFC 9846 §4.7.3/7: under the keys that it retires.
    const record = this.#writer.write(contentTypes.handshake, message.bytes);
    this.#tracer.sent(message, record);
    this.#owesKeyUpdate = false;
    this.#installNext("write");
  }

  #installNext(direction: "read" | "write"): void {
    const { secret, generation } = this.#secrets.next(direction);
    this.#installEpoch(direction, "application", generation, secret);
  }

  // What the application sends

  /** Seals what waits, as long as there is room on the way out. */
  #pump(): void {
    if (this.#pumping || !this.#opened) return;
    this.#pumping = true;
    try {
      while (this.#error === undefined && !this.#outboundEnded && this.#writer.room) {
        // RFC 9846 §4.7.3/5: the answer goes before the next application data. §5.5/1: so does a change of worn out keys.
        if (this.#owesKeyUpdate || this.#writer.recordsLeft <= reservedRecords) {
          this.#sendKeyUpdate(updateNotRequested);
        }
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

  #transmit(bytes: Uint8Array, written: () => void): void {
    try {
      this.#transport.write(bytes, written);
    } catch (error) {
      this.#transportFailed(error);
    }
  }

  // How it ends

  #sendAlert(name: AlertName): void {
    const record = this.#writer.write(contentTypes.alert, encodeAlert(name));
    this.#tracer.emitSafely({ kind: "alert", direction: "out", level: alertLevel(name), name, record });
  }

  #sendFailure(error: TlsError): void {
    const broken = error.code === "transport_failed" || error.code === "connect_failed";
    if (broken || this.#outboundEnded) return this.#abort(error);
    // RFC 9846 §6/3
    if (error.alert?.direction === "received") {
      this.#writer.stop();
      return this.#transport.close();
    }
    if (error.alert !== undefined) this.#tellWhy(error.alert.name as AlertName);
    void this.#writer.finish().then(
      () => {
        this.#writer.stop();
        this.#transport.close();
      },
      () => this.#abort(error),
    );
  }

  #tellWhy(alert: AlertName): void {
    // A server that has heard nothing yet need not be told that there is nothing to come.
    if (alert === "user_canceled" && !this.#helloSent) return;
    try {
      // RFC 9846 §6.1/3: close_notify follows user_canceled; once open, it alone is enough.
      if (alert !== "user_canceled" || !this.#opened) this.#sendAlert(alert);
      if (alert === "user_canceled") this.#sendAlert("close_notify");
    } catch {
      // The keys can seal no more, or the provider is broken: the error that brought us here is the one to tell.
    }
  }

  #abort(error: TlsError): void {
    this.#writer.stop();
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
    if (this.#inboundEnded && this.#outboundEnded) return;
    if (cause instanceof TlsError) return this.#failInTurn(cause);
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#failInTurn(localError("transport_failed", `the transport failed: ${why}`, cause));
  }

  #closeIfDone(): void {
    if (!this.#inboundEnded || !this.#outboundFlushed || this.#closed) return;
    this.#settle();
    this.#writer.stop();
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
    clearTimeout(this.#fault);
    this.#forgetSignal();
    this.#secrets.wipe();
    this.#completed?.exporter.secret.fill(0);
    this.#completed?.resumptionSecret.fill(0);
    this.#completed = undefined;
    this.#early = [];
  }

  /** Answers how to stop the clock. */
  #limitHandshake(milliseconds: number): () => void {
    if (milliseconds === 0) return () => {};
    const late = () => this.fail(localError("timeout", `the handshake took longer than ${milliseconds} ms`));
    const timer = setTimeout(late, milliseconds);
    return () => clearTimeout(timer);
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

/** RFC 9846 §4.2.2: the length of legacy_session_id follows the version and the random. */
function hasSessionId(clientHello: Bytes): boolean {
  return (clientHello[headerLength + 2 + 32] as number) > 0;
}
