import type { CryptoProvider } from "../crypto/provider.ts";
import type { HandshakeEpoch } from "../handshake/channel.ts";
import { finishedVerifyData, type TrafficSecret } from "../keyschedule/trafficSecret.ts";
import { type EncodedMessage, encodeMessage, headerLength } from "../messages/handshake.ts";
import { updateNotRequested, updateRequested } from "../messages/keyUpdate.ts";
import { type PaddingPolicy, RecordWriter } from "../record/writer.ts";
import type { AlertName } from "../wire/alerts.ts";
import { type Bytes, concat } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { contentTypes } from "../wire/registry.ts";
import { alertLevel, encodeAlert } from "./alert.ts";
import { ApplicationSecret } from "./applicationSecret.ts";
import type { EarlyData, EarlyDataOwner } from "./earlyData.ts";
import { Outbound } from "./outbound.ts";
import { startEpoch } from "./startEpoch.ts";
import type { Tracer } from "./tracer.ts";

export interface SenderOwner {
  readonly provider: CryptoProvider;
  /** Undefined where nobody watches. */
  readonly tracer: Tracer | undefined;
  readonly padding: PaddingPolicy | undefined;
  /** Takes bytes for the transport; `written` is called once their memory may be used again. */
  transmit(bytes: Uint8Array, written: () => void): void;
  /** All that was sent has been handed on, close_notify last. */
  ended(): void;
  failed(error: unknown): void;
}

/** Records kept back for the KeyUpdate that must still be sealed, and for an alert. */
const reservedRecords = 4;

/**
 * Our side of a connection: what leaves, in which order, under which keys. Application data waits unsealed; a KeyUpdate
 * that we owe, and an alert, go before it.
 */
export class Sender {
  readonly #owner: SenderOwner;
  readonly #tracer: Tracer | undefined;
  readonly #writer: RecordWriter;
  readonly #outbound = new Outbound();
  readonly #secret = new ApplicationSecret();
  #early: EarlyData | undefined;
  #helloSent = false;
  #owesChangeCipherSpec = false;
  #isOpen = false;
  #owesKeyUpdate = false;
  #authentications: { readonly messages: readonly EncodedMessage[]; readonly transcriptHash: Bytes }[] = [];
  #awaitsKeyUpdate = false;
  #pumping = false;
  #ended = false;
  #halted = false;

  constructor(owner: SenderOwner) {
    this.#owner = owner;
    this.#tracer = owner.tracer;
    this.#writer = new RecordWriter(
      {
        write: (bytes, written) => owner.transmit(bytes, written),
        drained: () => {
          try {
            this.#early?.pump();
          } catch (error) {
            return owner.failed(error);
          }
          this.#pump();
        },
        failed: (error) => owner.failed(error),
      },
      owner.padding,
    );
  }

  get helloSent(): boolean {
    return this.#helloSent;
  }

  /** Whether close_notify was said. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether something that was handed on has not been taken yet. */
  get waits(): boolean {
    return !this.#writer.idle;
  }

  // The handshake

  handshake(messages: readonly EncodedMessage[]): void {
    const [first] = messages as readonly [EncodedMessage];
    if (!this.#helloSent) {
      this.#helloSent = true;
      this.#owesChangeCipherSpec = hasSessionId(first.bytes);
    } else {
      this.#writer.endInitial();
      this.#changeCipherSpec();
    }
    // The application's first bytes leave with our Finished.
    if (messages.at(-1)?.name === "Finished") this.#writer.cork();
    const content = messages.length === 1 ? first.bytes : concat(...messages.map(({ bytes }) => bytes));
    const record = this.#writer.write(contentTypes.handshake, content);
    for (const message of messages) this.#tracer?.sent(message, record);
  }

  /** RFC 9846 §E.4: one, where the hello has a session id, before the second flight. */
  #changeCipherSpec(): void {
    if (!this.#owesChangeCipherSpec) return;
    this.#owesChangeCipherSpec = false;
    this.#writer.write(contentTypes.change_cipher_spec, new Uint8Array([1]));
    this.#tracer?.emit({ kind: "change_cipher_spec", direction: "out" });
  }

  install(epoch: HandshakeEpoch, secret: TrafficSecret): void {
    if (epoch === "application") this.#secret.start(secret);
    this.#writer.install(startEpoch(this.#owner, "out", epoch, { secret, generation: 0 }));
  }

  /** RFC 9846 §2.3: behind the first hello, before the server has answered. */
  startEarlyData(early: EarlyData, secret: TrafficSecret, maxBytes: number): void {
    // §E.4: early data comes after it.
    this.#changeCipherSpec();
    this.#writer.install(startEpoch(this.#owner, "out", "early", { secret, generation: 0 }));
    this.#early = early;
    const owner: EarlyDataOwner = {
      room: () => this.#writer.room && this.#writer.recordsLeft > reservedRecords,
      send: (bytes) => void this.#writer.write(contentTypes.application_data, bytes),
      failed: (cause) =>
        this.#owner.failed(localError("internal_error", "the source of early data failed", cause)),
    };
    early.start(owner, maxBytes);
  }

  endEarlyData(how: "taken" | "refused" | "retried"): void {
    this.#early?.stop();
    this.#early = undefined;
    // RFC 9846 §4.2.4: the second hello is in the clear again.
    if (how === "retried") this.#writer.forgetKeys();
  }

  /** From now on application data may leave; what waits does. */
  open(): void {
    this.#isOpen = true;
    this.#pump();
  }

  /** What was written until now leaves, with our Finished in front. */
  release(): void {
    this.#writer.uncork();
  }

  // What the application wants

  /** `sealed` is called once the bytes are sealed and their memory may be used again. */
  write(bytes: Uint8Array, sealed: () => void): void {
    if (this.#ended) return;
    if (bytes.length === 0) return sealed();
    this.#outbound.push({ kind: "data", bytes, sealed });
    this.#pump();
  }

  end(): void {
    if (this.#ended) return;
    this.#outbound.push({ kind: "close" });
    this.#pump();
  }

  updateKeys(): void {
    this.#outbound.push({ kind: "key_update" });
    this.#pump();
  }

  // What the server wants

  /** RFC 9846 §4.7.3: it has moved its keys on, so we may ask again; and it may have asked for the same. */
  keyUpdateReceived(requested: boolean): void {
    this.#awaitsKeyUpdate = false;
    if (!requested) return;
    this.#owesKeyUpdate = true;
    this.#pump();
  }

  /**
   * An answer of the client's to a request for its certificate, which leaves as soon as there is room.
   *
   * @param messages all but Finished
   * @param transcriptHash what Finished is made of
   */
  authentication(messages: readonly EncodedMessage[], transcriptHash: Bytes): void {
    this.#authentications.push({ messages, transcriptHash });
    this.#pump();
  }

  // How it ends

  alert(name: AlertName): void {
    // RFC 9846 §E.4: an alert may be all that there is of the second flight.
    if (this.#writer.protects) this.#changeCipherSpec();
    const record = this.#writer.write(contentTypes.alert, encodeAlert(name));
    this.#tracer?.emitSafely({ kind: "alert", direction: "out", level: alertLevel(name), name, record });
  }

  /** Says close_notify, and throws away what waits. */
  endNow(): void {
    // RFC 9846 §6.1/6
    this.alert("close_notify");
    this.#ended = true;
    this.#outbound.clear();
    void this.#writer.finish().then(() => this.#owner.ended());
  }

  /** Nothing of the application's leaves any more; an alert may. */
  halt(): void {
    this.#halted = true;
    this.#early?.stop();
    this.#outbound.clear();
  }

  /** Answers once all that was sealed has been handed on. */
  finish(): Promise<void> {
    return this.#writer.finish();
  }

  /** Nothing leaves any more, and the keys are forgotten. */
  stop(): void {
    this.#writer.stop();
  }

  wipe(): void {
    this.#secret.wipe();
  }

  /** Seals what waits, as long as there is room on the way out. */
  #pump(): void {
    if (this.#pumping || !this.#isOpen) return;
    this.#pumping = true;
    try {
      while (!this.#halted && !this.#ended && this.#writer.room) {
        // RFC 9846 §4.7.3/5: the answer goes before the next application data. §5.5/1: so does a change of worn out keys.
        if (this.#owesKeyUpdate || this.#writer.recordsLeft <= reservedRecords) {
          this.#keyUpdate(updateNotRequested);
        }
        const authentication = this.#authentications.shift();
        if (authentication !== undefined) {
          this.#authenticate(authentication.messages, authentication.transcriptHash);
          continue;
        }
        const step = this.#outbound.next();
        if (step === undefined) break;
        if (step.kind === "data") {
          this.#writer.write(contentTypes.application_data, step.bytes);
          for (const sealed of step.sealed) sealed();
        } else if (step.kind === "key_update") {
          // RFC 9846 §4.7.3/6: no second request before the server's KeyUpdate.
          this.#keyUpdate(this.#awaitsKeyUpdate ? updateNotRequested : updateRequested);
          this.#awaitsKeyUpdate = true;
        } else this.endNow();
      }
    } catch (error) {
      this.#owner.failed(error);
    } finally {
      this.#pumping = false;
    }
  }

  /** RFC 9846 §4.7.2/5: with nothing in between; §4.5: Finished by the secret that is in force when it leaves. */
  #authenticate(messages: readonly EncodedMessage[], transcriptHash: Bytes): void {
    const verifyData = finishedVerifyData(this.#secret.secret, transcriptHash);
    const answer = [...messages, encodeMessage("Finished", { verifyData })];
    const record = this.#writer.write(contentTypes.handshake, concat(...answer.map(({ bytes }) => bytes)));
    for (const message of answer) this.#tracer?.sent(message, record);
  }

  #keyUpdate(request: number): void {
    const message = encodeMessage("KeyUpdate", { requestUpdate: request });
    // RFC 9846 §4.7.3/7: under the keys that it retires.
    const record = this.#writer.write(contentTypes.handshake, message.bytes);
    this.#tracer?.sent(message, record);
    this.#owesKeyUpdate = false;
    this.#writer.install(startEpoch(this.#owner, "out", "application", this.#secret.next()));
  }
}

/** RFC 9846 §4.2.2: the length of legacy_session_id follows the version and the random. */
function hasSessionId(clientHello: Bytes): boolean {
  return (clientHello[headerLength + 2 + 32] as number) > 0;
}
