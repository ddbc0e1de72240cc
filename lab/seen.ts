import type { SignatureSchemeName } from "../src/crypto/signatureSchemes.ts";
import type { MessageName, Received } from "../src/messages/handshake.ts";
import type { EpochName } from "../src/record/epoch.ts";
import type { AlertName } from "../src/wire/alerts.ts";
import { type Bytes, concat } from "../src/wire/bytes.ts";
import type { ClientAuthentication } from "./clientAuthentication.ts";

/** Under which keys something came. */
export interface SeenUnder {
  readonly epoch: EpochName | "none";
  /** KeyUpdates behind those keys. */
  readonly generation: number;
}

/** A record of the client's, opened. */
export interface SeenRecord extends SeenUnder {
  /** Five bytes, as they came. */
  readonly header: Bytes;
  /** The type in the header. */
  readonly outerType: number;
  /** The type inside, where it was protected; else the same. */
  readonly type: number;
  /** legacy_record_version */
  readonly version: number;
  /** The length in the header. */
  readonly length: number;
  readonly content: Bytes;
  /** Zeros behind the content. */
  readonly padding: number;
  readonly sequence: number;
}

export type SeenMessage = Received<MessageName> & SeenUnder;

export interface SeenAlert extends SeenUnder {
  readonly level: "warning" | "fatal" | `unknown_${number}`;
  readonly code: number;
  readonly name: AlertName | `unknown_${number}`;
}

/** An answer to a CertificateRequest, verified to its Finished. */
export interface SeenClient {
  readonly requestContext: Bytes;
  /** DER, its own first; empty where it had nothing to show. */
  readonly certificates: readonly Bytes[];
  readonly scheme: SignatureSchemeName | undefined;
  readonly afterHandshake: boolean;
}

/** What a client sent, all of it, as it comes. */
export class Seen {
  readonly records: SeenRecord[] = [];
  readonly messages: SeenMessage[] = [];
  readonly alerts: SeenAlert[] = [];
  readonly clients: SeenClient[] = [];
  changeCipherSpecs = 0;
  /** Records that could not be opened: the two sides do not share those keys. */
  unreadable = 0;
  /** Records of early data that was rejected. */
  skipped = 0;
  /** How the client's stream ended, if it has. */
  end: "ended" | "failed" | undefined;
  readonly #data: Bytes[] = [];
  readonly #earlyData: Bytes[] = [];
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  /** Application data, in one piece; none of it early. */
  get data(): Bytes {
    return concat(...this.#data);
  }

  /** Early data that was accepted, in one piece. */
  get earlyData(): Bytes {
    return concat(...this.#earlyData);
  }

  /** The messages of one name. */
  named<N extends MessageName>(name: N): readonly (Received<N> & SeenUnder)[] {
    return this.messages.filter((one) => one.name === name) as unknown as readonly (Received<N> &
      SeenUnder)[];
  }

  /** Resolves once it holds; looked at whenever something was seen. Never, where the client's stream ended before. */
  until(holds: () => boolean): Promise<void> {
    if (holds()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ holds, resolve }));
  }

  noteData(bytes: Bytes, early: boolean): void {
    (early ? this.#earlyData : this.#data).push(bytes);
  }

  noteClient({ request, certificates, scheme }: ClientAuthentication, afterHandshake: boolean): void {
    const requestContext = request.certificateRequestContext;
    this.clients.push({ requestContext, certificates, scheme, afterHandshake });
    this.changed();
  }

  /** Whoever added something says so. */
  changed(): void {
    const ready = this.#waiting.filter(({ holds }) => holds());
    this.#waiting = this.#waiting.filter((one) => !ready.includes(one));
    for (const { resolve } of ready) resolve();
  }
}
