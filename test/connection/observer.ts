import {
  Connection,
  type ConnectionReceiver,
  type ConnectionSettings,
} from "../../src/connection/connection.ts";
import { type ClientOptions, checkOptions } from "../../src/connection/options.ts";
import type { TraceEvent } from "../../src/connection/trace.ts";
import type { Transport } from "../../src/connection/transport.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { CompletedHandshake } from "../../src/handshake/client/handshake.ts";
import type { ClientParameters } from "../../src/handshake/client/parameters.ts";
import type { ServerVerifier } from "../../src/trust/verifier.ts";
import { type Bytes, concat, copyOf } from "../../src/wire/bytes.ts";
import type { TlsError } from "../../src/wire/error.ts";
import { Watch } from "./watch.ts";

export type Told = "opened" | "data" | "ended" | "failed" | "closed";

/** A face that only looks: what a connection told it, in order, and promises of what it will tell. */
export class Observer extends Watch implements ConnectionReceiver {
  readonly told: Told[] = [];
  readonly secrets = new Map<string, string>();
  readonly trace: TraceEvent[] = [];
  readonly opening: Promise<CompletedHandshake>;
  readonly ending: Promise<void>;
  readonly closing: Promise<void>;
  handshake: CompletedHandshake | undefined;
  error: TlsError | undefined;
  /** Called after each thing told; what it throws the connection gets. */
  onTold: ((told: Told) => void) | undefined;
  readonly #chunks: { readonly lent: Uint8Array; readonly copy: Bytes }[] = [];
  #open!: (handshake: CompletedHandshake) => void;
  #failOpening!: (error: TlsError) => void;
  #end!: () => void;
  #close!: () => void;

  constructor() {
    super();
    this.opening = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#failOpening = reject;
    });
    this.opening.catch(() => {});
    this.ending = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.closing = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** All application data until now, in one piece. */
  get content(): Bytes {
    if (this.#chunks.some(({ lent, copy }) => copy.some((byte, i) => lent[i] !== byte))) {
      throw new Error("data that was handed out has changed");
    }
    return concat(...this.#chunks.map(({ copy }) => copy));
  }

  opened(handshake: CompletedHandshake): void {
    this.handshake = handshake;
    this.#open(handshake);
    this.#tell("opened");
  }

  data(bytes: Uint8Array): void {
    this.#chunks.push({ lent: bytes, copy: copyOf(bytes) });
    this.#tell("data");
  }

  ended(): void {
    this.#end();
    this.#tell("ended");
  }

  failed(error: TlsError): void {
    this.error = error;
    this.#failOpening(error);
    this.#tell("failed");
  }

  closed(): void {
    this.#close();
    this.#tell("closed");
  }

  #tell(told: Told): void {
    this.told.push(told);
    this.changed();
    this.onTold?.(told);
  }
}

export interface Wishes extends Partial<ConnectionSettings> {
  readonly provider: CryptoProvider;
  readonly verifier: ServerVerifier;
  readonly options?: Partial<ClientOptions>;
  /** What differs from the parameters that the options give. */
  readonly with?: Partial<ClientParameters>;
}

/** A connection whose key log and trace the observer keeps. */
export function connectOver(
  transport: Transport,
  { provider, verifier, options: wanted, with: changed, ...settings }: Wishes,
): { readonly connection: Connection; readonly observer: Observer } {
  const observer = new Observer();
  const options = checkOptions({ serverName: "server.example", verifier, provider, ...wanted }, provider);
  const parameters: ClientParameters = {
    ...options.parameters,
    keyLog: (line) => {
      const [label, random, secret] = line.split(" ") as [string, string, string];
      observer.secrets.set(label, secret);
      observer.secrets.set("random", random);
    },
    ...changed,
  };
  const connection = new Connection(
    transport,
    {
      handshakeTimeout: 0,
      idleTimeout: 0,
      padding: undefined,
      trace: (event) => observer.trace.push(event),
      signal: undefined,
      earlyData: undefined,
      ...settings,
      parameters,
    },
    observer,
  );
  return { connection, observer };
}
