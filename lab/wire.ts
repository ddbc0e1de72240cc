import type { TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import type { EpochName } from "../src/record/epoch.ts";
import type { AlertName } from "../src/wire/alerts.ts";
import type { Bytes } from "../src/wire/bytes.ts";
import type { Seen } from "./seen.ts";

/** The lab was asked for something that can't be, or met a client that it can't go on with. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** A record, bent in any way. What is left out is as it should be. */
export interface RecordSpec {
  /** The type of the content: handshake 22, alert 21, application_data 23, change_cipher_spec 20, or any other. */
  readonly type: number;
  readonly content: Bytes;
  /** Zeros behind the type; protected records only. */
  readonly padding?: number;
  /** In place of content, type and zeros: what is sealed. */
  readonly plaintext?: Bytes;
  /** The type in the header of a protected record. */
  readonly outerType?: number;
  /** legacy_record_version */
  readonly version?: number;
  /** Whether it is sealed. Default: as soon as there are keys; a change_cipher_spec never is. */
  readonly sealed?: boolean;
  /** Changes the whole record, header included, last of all. */
  readonly tamper?: (record: Bytes) => Bytes;
}

/** The next thing that came from the client. */
export type Incoming =
  | { readonly kind: "message"; readonly bytes: Bytes }
  | { readonly kind: "alert"; readonly name: AlertName | `unknown_${number}` }
  | { readonly kind: "data"; readonly bytes: Bytes }
  | { readonly kind: "end" };

/** What a server speaks through: records over a transport, or bare messages. */
export interface LabWire {
  /** What the client sent until now. */
  readonly seen: Seen;
  /** Handshake bytes; when they leave is the wire's affair, until {@link flush}. */
  handshake(bytes: Bytes): Promise<void>;
  flush(): Promise<void>;
  record(spec: RecordSpec): Promise<void>;
  /** Bytes for the transport, as they are. */
  raw(bytes: Bytes): Promise<void>;
  alert(level: number, code: number): Promise<void>;
  install(direction: "read" | "write", epoch: EpochName, secret: TrafficSecret): Promise<void>;
  /** What the keys come from that are read with now. */
  readonly readSecret: TrafficSecret | undefined;
  /**
   * Early data that is rejected is passed over, so many bytes of it: until a record opens, or a handshake message comes
   * in the clear (RFC 9846 §4.3.10).
   */
  skipEarlyData(limit: number): void;
  /** The keys after a KeyUpdate. */
  advance(direction: "read" | "write"): Promise<void>;
  /** Waits for what comes next, and notes it. */
  receive(): Promise<Incoming>;
  /** Ends our direction of the transport, without a word. */
  end(): Promise<void>;
}
