import { finishedVerifyData } from "../src/keyschedule/trafficSecret.ts";
import {
  decodeMessage,
  encodeMessage,
  type MessageBody,
  type MessageName,
  messageName,
} from "../src/messages/handshake.ts";
import { updateNotRequested, updateRequested } from "../src/messages/keyUpdate.ts";
import type { Bytes } from "../src/wire/bytes.ts";
import { equal } from "../src/wire/bytes.ts";
import { contentTypes } from "../src/wire/registry.ts";
import { LabContext } from "./context.ts";
import { choose, honest } from "./honest.ts";
import type { LabOptions, ServerMessage } from "./options.ts";
import {
  alert,
  changeCipherSpec,
  data,
  end,
  flush,
  keys,
  keyUpdate,
  receive,
  type Script,
  type Step,
} from "./script.ts";
import type { Seen } from "./seen.ts";
import { LabError, type LabWire } from "./wire.ts";

/**
 * How the handshake went, as the server sees it: its script ran to the end, the client sent an alert or ended its stream
 * before that, or the lab could not go on (and `failure` says why).
 */
export type LabOutcome = "opened" | "alert" | "ended" | "failed";

/** A TLS 1.3 server that does whatever its script says: an honest one's, unless it is bent. */
export class LabServer {
  readonly context: LabContext;
  readonly seen: Seen;
  /** How the handshake went; never rejects. */
  readonly outcome: Promise<LabOutcome>;
  /** Resolves once the client's stream has ended and all of it was seen; never rejects. */
  readonly done: Promise<void>;
  /** Why the lab could not go on. */
  failure: unknown;
  readonly #wire: LabWire;
  readonly #options: LabOptions;
  #turn: Promise<void> = Promise.resolve();
  #stopped: LabOutcome | undefined;

  constructor(wire: LabWire, options: LabOptions) {
    this.#wire = wire;
    this.#options = options;
    this.seen = wire.seen;
    this.context = new LabContext(options);
    this.outcome = this.#serve();
    this.done = this.outcome.then(() => this.#rest());
  }

  /** Steps out of the script, at any time; one call's steps stay together. */
  async perform(...steps: Script): Promise<void> {
    const mine = this.#turn.then(async () => {
      for (const step of [...steps, flush]) await this.#do(step);
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #serve(): Promise<LabOutcome> {
    try {
      await this.#run(this.#options.first ?? []);
      await this.#receive("ClientHello");
      if (this.#stopped !== undefined) return this.#stopped;
      this.context.choice = choose(this.context);
      const { script } = this.#options.bends ?? {};
      const edits = script === undefined ? [] : typeof script === "function" ? [script] : script;
      await this.#run(edits.reduce((edited, edit) => edit(edited), this.#honestScript()));
      return this.#stopped ?? "opened";
    } catch (error) {
      this.failure = error;
      // So that nobody waits for what will not come.
      await this.#wire.end().catch(() => {});
      return "failed";
    }
  }

  async #run(script: Script): Promise<void> {
    for (const step of script) {
      if (this.#stopped !== undefined) return;
      // Others may have a word while this one waits.
      if (step.kind === "receive" || step.kind === "wait") await this.#do(step);
      else {
        const mine = this.#turn.then(() => this.#do(step));
        this.#turn = mine.catch(() => {});
        await mine;
      }
    }
    await this.#wire.flush();
  }

  #honestScript(): Script {
    const { retry } = this.context.choice;
    const { requestCertificate = false, tickets = 0 } = this.#options;
    const compatible = this.context.hello.body.legacySessionId.length > 0 ? [changeCipherSpec()] : [];
    return [
      ...(retry === undefined
        ? []
        : [this.#message("HelloRetryRequest"), ...compatible, receive("ClientHello")]),
      this.#message("ServerHello"),
      ...(retry === undefined ? compatible : []),
      keys("write", "handshake"),
      keys("read", "handshake"),
      this.#message("EncryptedExtensions"),
      ...(requestCertificate === false ? [] : [this.#message("CertificateRequest")]),
      this.#message("Certificate"),
      this.#message("CertificateVerify"),
      this.#message("Finished"),
      keys("write", "application"),
      ...(requestCertificate === false ? [] : [receive("Certificate")]),
      receive("Finished"),
      keys("read", "application"),
      ...Array.from({ length: tickets }, () => this.#message("NewSessionTicket")),
    ];
  }

  #message<N extends ServerMessage>(name: N): Step {
    return {
      name,
      kind: "message",
      transcript: name !== "NewSessionTicket",
      make: async (context) => {
        const { bends } = this.#options;
        const body = (await honest[name](context)) as MessageBody<N>;
        const bent = (await bends?.messages?.[name]?.(body, context)) ?? body;
        const bytes =
          bent instanceof Uint8Array
            ? (bent as Bytes)
            : encodeMessage<MessageName>(name, bent as MessageBody<MessageName>).bytes;
        // RFC 9846 §4.1: from here on a hash stands for the first hello.
        if (name === "HelloRetryRequest") context.restartTranscript();
        return bends?.bytes?.[name]?.(bytes, context) ?? bytes;
      },
    };
  }

  async #do(step: Step): Promise<void> {
    const wire = this.#wire;
    const { context } = this;
    switch (step.kind) {
      case "message": {
        const bytes = await step.make(context);
        if (step.transcript) context.addToTranscript(bytes);
        if (step.cut === undefined) return wire.handshake(bytes);
        for (const part of step.cut(bytes)) {
          if (part instanceof Uint8Array)
            await wire.record({ type: contentTypes.handshake, content: part as Bytes });
          else await this.#do(part);
        }
        return;
      }
      case "record":
        return wire.record(typeof step.spec === "function" ? step.spec(context) : step.spec);
      case "raw":
        return wire.raw(step.bytes);
      case "alert":
        return wire.alert(step.level, step.code);
      case "keys": {
        const secrets = step.epoch === "handshake" ? context.handshakeSecrets : context.applicationSecrets;
        const secret = step.direction === "read" ? secrets.client : secrets.server;
        return wire.install(step.direction, step.epoch, step.secret?.(context, secret) ?? secret);
      }
      case "advance":
        return wire.advance(step.direction);
      case "receive":
        return this.#receive(step.message);
      case "flush":
        return wire.flush();
      case "end":
        return wire.end();
      case "wait":
        await wire.flush();
        await (typeof step.until === "function" ? step.until(context) : step.until);
    }
  }

  /** The client's next message, which has to be this one; an alert or the end stops the script. */
  async #receive(expected: MessageName): Promise<void> {
    await this.#wire.flush();
    for (;;) {
      const incoming = await this.#wire.receive();
      if (incoming.kind === "end") {
        this.#stopped = "ended";
        return;
      }
      if (incoming.kind === "alert") {
        this.#stopped = "alert";
        return;
      }
      if (incoming.kind === "data") throw new LabError(`application data where ${expected} was due`);
      const { bytes } = incoming;
      const name = messageName(bytes);
      if (name !== expected) throw new LabError(`expected ${expected}, got ${name}`);
      if (name === "ClientHello") {
        this.context.hellos.push({ body: decodeMessage("ClientHello", bytes), bytes });
      } else if (name === "Finished") this.#checkFinished(bytes);
      this.context.addToTranscript(bytes);
      if (name === "Finished") this.context.finish();
      return;
    }
  }

  #checkFinished(bytes: Bytes): void {
    const { client } = this.context.handshakeSecrets;
    const expected = finishedVerifyData(client, this.context.transcriptHash());
    if (!equal(decodeMessage("Finished", bytes).verifyData, expected)) {
      throw new LabError("the client's Finished does not match what the two have seen");
    }
  }

  /** Reads to the end, so that whatever the client still says is seen. */
  async #rest(): Promise<void> {
    const { echo = false, answerClose = true, answerKeyUpdate = true } = this.#options;
    for (;;) {
      const incoming = await this.#wire.receive();
      if (incoming.kind === "end") return;
      if (incoming.kind === "message" && messageName(incoming.bytes) === "KeyUpdate") {
        const { requestUpdate } = decodeMessage("KeyUpdate", incoming.bytes);
        await this.#wire.advance("read");
        if (requestUpdate === updateRequested && answerKeyUpdate) {
          await this.perform(...keyUpdate(updateNotRequested));
        }
      } else if (incoming.kind === "data" && echo) await this.perform(data(incoming.bytes));
      else if (incoming.kind === "alert" && incoming.name === "close_notify" && answerClose) {
        await this.perform(alert("close_notify"), end);
      }
    }
  }
}
