import type { TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import {
  decodeMessage,
  encodeMessage,
  type MessageBody,
  type MessageName,
  messageName,
} from "../src/messages/handshake.ts";
import { updateNotRequested, updateRequested } from "../src/messages/keyUpdate.ts";
import type { EpochName } from "../src/record/epoch.ts";
import { type Bytes, toHex } from "../src/wire/bytes.ts";
import { TlsError } from "../src/wire/error.ts";
import { contentTypes } from "../src/wire/registry.ts";
import {
  checkClientFinished,
  PostHandshakeAuthentication,
  readClientCertificate,
  verifyClient,
} from "./clientAuthentication.ts";
import { LabContext } from "./context.ts";
import { choose, chooseAgain, honest } from "./honest.ts";
import { honestScript } from "./honestScript.ts";
import type { LabOptions, ServerMessage } from "./options.ts";
import { alert, data, end, flush, keyUpdate, type Script, type Step } from "./script.ts";
import type { Seen } from "./seen.ts";
import { rememberTicket } from "./tickets.ts";
import { type Incoming, LabError, type LabWire } from "./wire.ts";

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
      this.#choose();
      const straight = honestScript(this.context, (name) => this.message(name));
      const { script } = this.#options.bends ?? {};
      const edits = script === undefined ? [] : typeof script === "function" ? [script] : script;
      await this.#run(edits.reduce((edited, edit) => edit(edited), straight));
      return this.#stopped ?? "opened";
    } catch (error) {
      this.failure = error;
      // So that nobody waits for what will not come.
      await this.#wire.end().catch(() => {});
      return "failed";
    }
  }

  #choose(): void {
    const { context } = this;
    const choice = choose(context);
    context.choice = choice;
    const { psk, earlyData, earlyDataLimit = Number.POSITIVE_INFINITY } = choice;
    if (psk?.psk.kind === "resumption") context.tickets.noteAccepted(psk.psk.identity);
    if (earlyData === "rejected") this.#wire.skipEarlyData(earlyDataLimit);
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

  /** A message as an honest server would say it, bends and all: for scripts, and for {@link perform}. */
  message<N extends ServerMessage>(name: N): Step {
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
        this.#remember(bytes);
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
        const secret = this.#secret(step.direction, step.epoch);
        return wire.install(step.direction, step.epoch, step.secret?.(context, secret) ?? secret);
      }
      case "advance":
        return wire.advance(step.direction);
      case "receive":
        return this.#receive(step.message);
      case "receive early data":
        return this.#receiveEarlyData(step.length);
      case "flush":
        return wire.flush();
      case "end":
        return wire.end();
      case "wait":
        await wire.flush();
        await (typeof step.until === "function" ? step.until(context) : step.until);
    }
  }

  #secret(direction: "read" | "write", epoch: EpochName): TrafficSecret {
    const { context } = this;
    if (epoch === "early") {
      if (direction === "write") throw new LabError("a server has no early data to write");
      return context.earlySecrets.client;
    }
    const secrets = epoch === "handshake" ? context.handshakeSecrets : context.applicationSecrets;
    return direction === "read" ? secrets.client : secrets.server;
  }

  /** What went out and will be answered, or come back: as it was sent. */
  #remember(bytes: Bytes): void {
    const { context } = this;
    try {
      const name = messageName(bytes);
      if (name === "NewSessionTicket") rememberTicket(context, decodeMessage(name, bytes));
      else if (name === "CertificateRequest") {
        const body = decodeMessage(name, bytes);
        context.requests.set(toHex(body.certificateRequestContext), { body, bytes });
      }
    } catch (error) {
      // Bent beyond reading: no client can make anything of it.
      if (!(error instanceof TlsError)) throw error;
    }
  }

  /** The client's next message, which has to be this one; an alert or the end stops the script. */
  async #receive(expected: MessageName): Promise<void> {
    // §4.5.2: only who has shown a certificate has something to sign with.
    if (expected === "CertificateVerify" && (this.context.client?.certificates.length ?? 0) === 0) return;
    await this.#wire.flush();
    for (;;) {
      const incoming = await this.#next();
      if (incoming === undefined) return;
      if (incoming.kind === "data") {
        if (expected !== "EndOfEarlyData") throw new LabError(`application data where ${expected} was due`);
        this.#checkEarlyData();
        continue;
      }
      const { bytes } = incoming;
      const name = messageName(bytes);
      if (name !== expected) throw new LabError(`expected ${expected}, got ${name}`);
      return this.#take(name, bytes);
    }
  }

  async #receiveEarlyData(length: number): Promise<void> {
    await this.#wire.flush();
    while (this.seen.earlyData.length < length) {
      const incoming = await this.#next();
      if (incoming === undefined) return;
      if (incoming.kind === "message")
        throw new LabError(`${messageName(incoming.bytes)} in place of early data`);
      this.#checkEarlyData();
    }
  }

  async #next(): Promise<Extract<Incoming, { kind: "message" | "data" }> | undefined> {
    const incoming = await this.#wire.receive();
    if (incoming.kind === "message" || incoming.kind === "data") return incoming;
    this.#stopped = incoming.kind === "end" ? "ended" : "alert";
    return undefined;
  }

  /** RFC 9846 §4.7.1 */
  #checkEarlyData(): void {
    const { length } = this.seen.earlyData;
    const limit = this.context.choice.earlyDataLimit ?? 0;
    if (length > limit) throw new LabError(`${length} bytes of early data, where ${limit} were allowed`);
  }

  async #take(name: MessageName, bytes: Bytes): Promise<void> {
    const { context } = this;
    if (name === "ClientHello") {
      context.hellos.push({ body: decodeMessage("ClientHello", bytes), bytes });
      // Before it enters the transcript: binders cover what stands in front of them.
      if (context.retried) context.choice = chooseAgain(context);
    } else if (name === "EndOfEarlyData") context.earlyDataEnded = true;
    else if (name === "Certificate") {
      const body = decodeMessage("Certificate", bytes);
      const key = toHex(body.certificateRequestContext);
      const request = context.requests.get(key);
      if (request !== undefined) {
        context.requests.delete(key);
        context.client = readClientCertificate(request.body, body);
      } else if (body.certificateList.length > 0) throw new LabError("a Certificate that nobody asked for");
    } else if (name === "CertificateVerify" && context.client !== undefined) {
      context.client = await verifyClient(context, context.client, bytes, context.transcriptHash());
    } else if (name === "Finished") {
      checkClientFinished(context.handshakeSecrets.client, context.transcriptHash(), bytes);
    }
    context.addToTranscript(bytes);
    if (name === "Finished") {
      context.finish();
      if (context.client !== undefined) this.seen.noteClient(context.client, false);
    }
  }

  /** Reads to the end, so that whatever the client still says is seen. */
  async #rest(): Promise<void> {
    const answers = new PostHandshakeAuthentication(this.context, this.seen);
    try {
      for (;;) {
        const incoming = await this.#wire.receive();
        if (incoming.kind === "end") return;
        // RFC 9846 §4.7.2: nothing comes between the messages of one answer.
        if (answers.underWay && incoming.kind !== "message") {
          throw new LabError(`${incoming.kind} within the client's authentication`);
        }
        await this.#hear(incoming, answers);
      }
    } catch (error) {
      this.failure ??= error;
      await this.#wire.end().catch(() => {});
    }
  }

  async #hear(
    incoming: Exclude<Incoming, { kind: "end" }>,
    answers: PostHandshakeAuthentication,
  ): Promise<void> {
    const { echo = false, answerClose = true, answerKeyUpdate = true } = this.#options;
    if (incoming.kind === "message") {
      const { bytes } = incoming;
      const name = messageName(bytes);
      if (await answers.take(name, bytes, this.#wire.readSecret)) return;
      if (name !== "KeyUpdate") return;
      const { requestUpdate } = decodeMessage("KeyUpdate", bytes);
      await this.#wire.advance("read");
      if (requestUpdate === updateRequested && answerKeyUpdate) {
        await this.perform(...keyUpdate(updateNotRequested));
      }
    } else if (incoming.kind === "data") {
      if (echo) await this.perform(data(incoming.bytes));
    } else if (incoming.name === "close_notify" && answerClose) {
      await this.perform(alert("close_notify"), end);
    }
  }
}
