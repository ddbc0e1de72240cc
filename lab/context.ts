import type { CipherSuite } from "../src/crypto/cipherSuites.ts";
import type { GroupName } from "../src/crypto/groups.ts";
import type { CryptoProvider, Hash } from "../src/crypto/provider.ts";
import type { ApplicationStage } from "../src/keyschedule/applicationStage.ts";
import { startEarlyStage } from "../src/keyschedule/earlyStage.ts";
import type { Exporter } from "../src/keyschedule/exporter.ts";
import type { HandshakeStage } from "../src/keyschedule/handshakeStage.ts";
import type { TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import { messageHash } from "../src/keyschedule/transcript.ts";
import type { ClientHello } from "../src/messages/clientHello.ts";
import {
  type Body,
  decodeExtension,
  type ExtensionHost,
  type ExtensionRow,
} from "../src/messages/extensions/extension.ts";
import { type Bytes, concat } from "../src/wire/bytes.ts";
import type { LabOptions } from "./options.ts";
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
}

/** Where a handshake stands: what bends may look at. Everything in it is public here, secrets too. */
export class LabContext {
  readonly options: LabOptions;
  readonly hellos: ReceivedHello[] = [];
  #choice: Choice | undefined;
  #messages: Bytes[] = [];
  #handshakeStage: HandshakeStage | undefined;
  #handshake: { readonly client: TrafficSecret; readonly server: TrafficSecret } | undefined;
  #application: Readonly<ApplicationSecrets> | undefined;
  #applicationStage: ApplicationStage | undefined;
  /** For tickets; there once the client's Finished has come. */
  resumptionSecret: Bytes | undefined;

  constructor(options: LabOptions) {
    this.options = options;
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

  // The key schedule (RFC 9846 §7.1)

  useSharedSecret(secret: Bytes): void {
    this.#handshakeStage = startEarlyStage(this.hash).handshake(this.choice.suite, secret);
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
    if (this.#applicationStage === undefined || this.resumptionSecret !== undefined) return;
    this.resumptionSecret = this.#applicationStage.resumption(this.transcriptHash());
  }
}

interface ApplicationSecrets {
  readonly client: TrafficSecret;
  readonly server: TrafficSecret;
  readonly exporter: Exporter;
}
