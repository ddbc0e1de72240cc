import { type CipherSuite, cipherSuite } from "../src/crypto/cipherSuites.ts";
import type { GroupName } from "../src/crypto/groups.ts";
import type { CryptoProvider, Hash } from "../src/crypto/provider.ts";
import type { ApplicationStage } from "../src/keyschedule/applicationStage.ts";
import { startEarlyStage } from "../src/keyschedule/earlyStage.ts";
import type { Exporter } from "../src/keyschedule/exporter.ts";
import type { HandshakeStage } from "../src/keyschedule/handshakeStage.ts";
import { startPskStage } from "../src/keyschedule/pskStage.ts";
import { finishedVerifyData, type TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import { messageHash } from "../src/keyschedule/transcript.ts";
import type { ClientHello } from "../src/messages/clientHello.ts";
import {
  type Body,
  decodeExtension,
  type ExtensionHost,
  type ExtensionRow,
} from "../src/messages/extensions/extension.ts";
import { extensionTable } from "../src/messages/extensions/table.ts";
import { encodeMessage } from "../src/messages/handshake.ts";
import { type Bytes, concat, toLatin1 } from "../src/wire/bytes.ts";
import type { ClientAuthentication, SentRequest } from "./clientAuthentication.ts";
import type { LabOptions } from "./options.ts";
import type { SelectedPsk } from "./pskOffer.ts";
import { TicketStore } from "./tickets.ts";
import { LabError } from "./wire.ts";

export interface ReceivedHello {
  readonly body: ClientHello;
  readonly bytes: Bytes;
}

/** What server and client agreed on. */
export interface Choice {
  readonly suite: CipherSuite;
  readonly group: GroupName;
  /** Whether the client has to send another share first, or was told to bring a cookie. */
  readonly retry: { readonly group: GroupName | undefined; readonly cookie: Bytes | undefined } | undefined;
  /** Undefined: a full handshake. */
  readonly psk: SelectedPsk | undefined;
  /** Bytes of early data that may come; undefined where the lab does not know the PSK. */
  readonly earlyDataLimit: number | undefined;
  /** What becomes of the client's early data; none where it offers none. */
  readonly earlyData: "none" | "accepted" | "rejected";
}

/** Where a handshake stands: what bends may look at. Everything in it is public here, secrets too. */
export class LabContext {
  readonly options: LabOptions;
  readonly hellos: ReceivedHello[] = [];
  readonly tickets: TicketStore;
  /** The CertificateRequests that went out and are not answered yet, by their contexts in hex. */
  readonly requests = new Map<string, SentRequest>();
  /** What the client answered to a request in the handshake. */
  client: ClientAuthentication | undefined;
  /** Whether EndOfEarlyData has come. */
  earlyDataEnded = false;
  #choice: Choice | undefined;
  #messages: Bytes[] = [];
  #handshakeStage: HandshakeStage | undefined;
  #handshake: { readonly client: TrafficSecret; readonly server: TrafficSecret } | undefined;
  #application: Readonly<ApplicationSecrets> | undefined;
  #applicationStage: ApplicationStage | undefined;
  #handshakeTranscript: readonly Bytes[] | undefined;
  #early: EarlySecrets | undefined;
  /** For tickets; there once the client's Finished has come. */
  resumptionSecret: Bytes | undefined;

  constructor(options: LabOptions) {
    this.options = options;
    this.tickets = options.ticketStore ?? new TicketStore();
  }

  get provider(): CryptoProvider {
    return this.options.provider;
  }

  /** The client's latest hello. */
  get hello(): ReceivedHello {
    const hello = this.hellos.at(-1);
    if (hello === undefined) throw new LabError("no ClientHello has come yet");
    return hello;
  }

  /** Whether the latest hello answers a retry. */
  get retried(): boolean {
    return this.hellos.length > 1;
  }

  get hasChosen(): boolean {
    return this.#choice !== undefined;
  }

  get choice(): Choice {
    if (this.#choice === undefined) throw new LabError("nothing is chosen before the first ClientHello");
    return this.#choice;
  }

  set choice(choice: Choice) {
    this.#choice = choice;
  }

  get hash(): Hash {
    return this.provider.hashes[this.choice.suite.hash];
  }

  /** An extension of the client's latest hello, decoded. */
  offered<R extends ExtensionRow>(row: R, hello = this.hello): Body<R, "ClientHello"> | undefined {
    const found = hello.body.extensions.find(({ type }) => type === row.type);
    if (found === undefined) return undefined;
    return decodeExtension(row as never, "ClientHello" as ExtensionHost as never, found.data) as Body<
      R,
      "ClientHello"
    >;
  }

  get offersEarlyData(): boolean {
    return this.hello.body.extensions.some(({ type }) => type === extensionTable.earlyData.type);
  }

  /** The name in the latest hello. */
  get serverName(): string | undefined {
    const [first] = this.offered(extensionTable.serverName) ?? [];
    return first === undefined ? undefined : toLatin1(first.name);
  }

  /** The application protocol that an honest server takes. */
  get alpn(): string | undefined {
    const { alpn } = this.options;
    const offered = this.offered(extensionTable.applicationLayerProtocolNegotiation) ?? [];
    return alpn !== undefined && offered.map(toLatin1).includes(alpn) ? alpn : undefined;
  }

  // The transcript (RFC 9846 §4.1)

  addToTranscript(message: Bytes): void {
    this.#messages.push(message);
  }

  /** Once a retry is sent, a hash stands for the first hello. */
  restartTranscript(): void {
    const [first] = this.#messages as [Bytes];
    this.#messages = [messageHash(this.hash, first)];
  }

  get transcript(): readonly Bytes[] {
    return this.#messages;
  }

  transcriptHash(): Bytes {
    return this.hash.digest(concat(...this.#messages));
  }

  /** Whether the client's Finished has come. */
  get finished(): boolean {
    return this.#handshakeTranscript !== undefined;
  }

  /** From the first hello to the client's Finished. */
  get handshakeTranscript(): readonly Bytes[] {
    if (this.#handshakeTranscript === undefined) throw new LabError("the handshake is not done yet");
    return this.#handshakeTranscript;
  }

  // The key schedule (RFC 9846 §7.1)

  useSharedSecret(secret: Bytes): void {
    const { suite, psk } = this.choice;
    const stage =
      psk === undefined ? startEarlyStage(this.hash) : startPskStage(this.hash, psk.psk.key, psk.psk.kind);
    this.#handshakeStage = stage.handshake(suite, secret);
  }

  /** Of the selected PSK, over the first hello. */
  get earlySecrets(): EarlySecrets {
    const { suite, psk } = this.choice;
    const [first] = this.hellos;
    if (psk === undefined || first === undefined) throw new LabError("no PSK is selected");
    if (this.#early === undefined) {
      // §4.3.10: under the suite of the session, whichever was chosen now.
      const sealedWith = psk.psk.kind === "resumption" ? cipherSuite(psk.psk.suite) : suite;
      const helloHash = this.hash.digest(first.bytes);
      const stage = startPskStage(this.hash, psk.psk.key, psk.psk.kind);
      this.#early = {
        client: stage.clientEarlyTraffic(sealedWith, helloHash),
        exporter: stage.earlyExporter(helloHash),
      };
      stage.wipe();
    }
    return this.#early;
  }

  /** Derived when they are first asked for, from the transcript as it then stands: after ServerHello. */
  get handshakeSecrets(): { readonly client: TrafficSecret; readonly server: TrafficSecret } {
    if (this.#handshakeStage === undefined) throw new LabError("no ServerHello was made yet");
    if (this.#handshake === undefined) {
      const helloHash = this.transcriptHash();
      const stage = this.#handshakeStage;
      this.#handshake = { client: stage.client(helloHash), server: stage.server(helloHash) };
    }
    return this.#handshake;
  }

  /** The same after the server's Finished. */
  get applicationSecrets(): ApplicationSecrets {
    if (this.#application === undefined) {
      if (this.#handshakeStage === undefined) throw new LabError("no ServerHello was made yet");
      const finishedHash = this.transcriptHash();
      const stage = this.#handshakeStage.application();
      this.#applicationStage = stage;
      this.#application = {
        client: stage.client(finishedHash),
        server: stage.server(finishedHash),
        exporter: stage.exporter(finishedHash),
      };
    }
    return this.#application;
  }

  /** Ends the key schedule: all that the client sent is in the transcript. */
  finish(): void {
    this.#handshakeTranscript ??= [...this.#messages];
    if (this.#applicationStage === undefined || this.resumptionSecret !== undefined) return;
    this.resumptionSecret = this.#applicationStage.resumption(this.transcriptHash());
  }

  /**
   * The resumption secret, before the client's Finished too: where nobody asked for a certificate, all that the client has
   * still to say is known (RFC 9846 §4.7.1/8).
   */
  ticketSecret(): Bytes | undefined {
    if (this.resumptionSecret !== undefined) return this.resumptionSecret;
    if (this.#applicationStage === undefined || this.finished) return undefined;
    if (this.requests.size > 0 || this.client !== undefined) return undefined;
    const { earlyData } = this.choice;
    const owed =
      earlyData === "accepted" && !this.earlyDataEnded ? [encodeMessage("EndOfEarlyData", {}).bytes] : [];
    const signed = this.hash.digest(concat(...this.#messages, ...owed));
    const verifyData = finishedVerifyData(this.handshakeSecrets.client, signed);
    const finished = encodeMessage("Finished", { verifyData }).bytes;
    this.resumptionSecret = this.#applicationStage.resumption(
      this.hash.digest(concat(...this.#messages, ...owed, finished)),
    );
    return this.resumptionSecret;
  }
}

export interface EarlySecrets {
  readonly client: TrafficSecret;
  readonly exporter: Exporter;
}

interface ApplicationSecrets {
  readonly client: TrafficSecret;
  readonly server: TrafficSecret;
  readonly exporter: Exporter;
}
