import type { Field } from "../../src/messages/dissect.ts";
import type { MessageName } from "../../src/messages/handshake.ts";
import type { EpochName } from "../../src/record/epoch.ts";
import type { VerificationStep } from "../../src/trust/verifier.ts";
import type { AlertName } from "../../src/wire/alerts.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import type { ChainName } from "./certificates.ts";

/**
 * A connection that has happened, as data: what the page draws, whoever made it (the lab in the page, a server behind the relay,
 * a trace of the command, a capture). Nothing in it is scripted: all of it was seen.
 */
export interface Run {
  /** What it is called on its tab. */
  readonly title: string;
  /** Everything that happened, in its order. */
  readonly steps: readonly RunStep[];
  /** Every record of both sides, as it crossed the wire, in the order in which it left. Empty where they were not seen. */
  readonly records: readonly RunRecord[];
  /** Secrets of the key schedule, each with what it was made of. Those that were not seen are not there. */
  readonly secrets: readonly RunSecret[];
  readonly end: RunEnd;
  /** What was agreed, as rows for people: name and value. */
  readonly agreed: readonly { readonly name: string; readonly value: string }[];
  /** The chain that the server showed, DER, its own first. */
  readonly certificates: readonly Bytes[];
  /** The paths from the server's certificate that were tried, in their order, to the one that held. Left out where none was looked for. */
  readonly paths?: readonly RunPath[];
}

/** One path from the server's certificate upwards. */
export interface RunPath {
  /** DER, the server's own first; the trusted root last, where it ends at one. */
  readonly certificates: readonly Bytes[];
  /** Their subjects, as RFC 4514 writes them. */
  readonly subjects: readonly string[];
  /** Whether it ends at a root that the client trusts. */
  readonly trustedEnd: boolean;
  readonly outcome: "held" | "refused";
  /** The rule of docs/certificates.md that was broken; undefined where it held. */
  readonly rule: string | undefined;
  /** In words; empty where it held. */
  readonly why: string;
}

export type Side = "client" | "server";

/** Under which keys something was sent. `generation` counts KeyUpdates. */
export interface RunKeys {
  readonly epoch: EpochName | "none";
  readonly generation: number;
}

export interface RunRecord extends RunKeys {
  readonly from: Side;
  /** As on the wire: header, and fragment or ciphertext. */
  readonly wire: Bytes;
  /** What it said once opened, without padding and inner type; undefined where it could not be opened. */
  readonly content: Bytes | undefined;
  /** The type inside: 20 to 23. */
  readonly type: number;
  readonly padding: number;
  readonly sequence: number;
}

export type RunStep = {
  /** Milliseconds since the connection began. */
  readonly time: number;
  /** Which of the two did it, or sent it. */
  readonly from: Side;
} & (
  | {
      readonly kind: "message";
      readonly name: MessageName;
      /** Which one of that name on that side: 0 for the first. With side and name it names the message in addresses. */
      readonly nth: number;
      /** The whole message, its header included, as it went out. */
      readonly bytes: Bytes;
      readonly fields: Field;
      readonly keys: RunKeys;
      /** Where its bytes stand: pieces of records' contents, in order. Empty where records were not seen. */
      readonly pieces: readonly RunPiece[];
      /** What was done to it on purpose, in words; empty where nothing was. */
      readonly changes: readonly string[];
    }
  /** A message that was made and, on purpose, not sent. */
  | { readonly kind: "left out"; readonly name: MessageName; readonly bytes: Bytes; readonly fields: Field }
  | { readonly kind: "change_cipher_spec" }
  | {
      readonly kind: "alert";
      readonly level: number;
      readonly name: AlertName | `unknown_${number}`;
      readonly keys: RunKeys;
    }
  | { readonly kind: "data"; readonly bytes: Bytes; readonly keys: RunKeys; readonly early: boolean }
  /** The side in `from` begins to read or write with other keys. */
  | { readonly kind: "keys"; readonly direction: "read" | "write"; readonly keys: RunKeys }
  | ({ readonly kind: "verification" } & VerificationStep)
  | { readonly kind: "opened" }
  | { readonly kind: "closed" }
);

/** `content.subarray(from, to)` of `records[record]`. */
export interface RunPiece {
  readonly record: number;
  readonly from: number;
  readonly to: number;
}

/** A secret of RFC 9846 §7.1, made anew in the page from what it says it is made of. */
export interface RunSecret {
  /** As §7.1 spells it: `Early Secret`, `client_handshake_traffic_secret` … */
  readonly name: string;
  readonly value: Bytes;
  readonly how:
    | { readonly kind: "extract"; readonly salt: string; readonly inputKeyMaterial: string }
    | {
        readonly kind: "derive";
        readonly parent: string;
        readonly label: string;
        /** The messages that the transcript hash covers: from the first to this one; empty where it is of nothing. */
        readonly transcript: readonly string[];
        readonly transcriptHash: Bytes | undefined;
      }
    | { readonly kind: "input" };
  /** The step after which it is there: an index of `steps`. */
  readonly step: number;
}

export type RunEnd =
  | { readonly kind: "opened" }
  | {
      readonly kind: "failed";
      /** TlsError's code, as a program gets it. */
      readonly code: string;
      readonly message: string;
      readonly alert: { readonly name: string; readonly direction: "sent" | "received" } | undefined;
      /** Rules of RFC 9846 that were broken, as docs/rfc9846.md numbers them. */
      readonly rules: readonly string[];
      /** The step at which the client stopped: an index of `steps`. */
      readonly step: number;
    }
  /** Cut off, or seen only in part. */
  | { readonly kind: "unfinished" };

/**
 * What is done to a message of the server beneath the encryption (the transcript and the keys of the server go along with it), or
 * to the script as a whole. A list of changes, with a scenario, is all that a run depends on.
 */
export type Change =
  /** Bytes from `offset` on are replaced. */
  | { readonly kind: "bytes"; readonly message: MessageAt; readonly offset: number; readonly bytes: Bytes }
  /** Bits from `offset` on are turned over, those that are set here: it makes a difference whatever stood there. */
  | { readonly kind: "flip"; readonly message: MessageAt; readonly offset: number; readonly bytes: Bytes }
  | { readonly kind: "drop" | "double"; readonly message: MessageAt }
  | { readonly kind: "swap"; readonly message: MessageAt; readonly with: MessageAt }
  /** Only so many bytes of it go out. */
  | { readonly kind: "truncate"; readonly message: MessageAt; readonly length: number }
  /** Something else comes in the midst of it, in front of this byte: where the message is long enough, it is cut over two records. */
  | { readonly kind: "insert"; readonly message: MessageAt; readonly offset: number; readonly what: Inserted }
  /** More handshake bytes stand behind it in the same record, outside of the transcript. */
  | { readonly kind: "append"; readonly message: MessageAt; readonly bytes: Bytes }
  /** The server shows other certificates. */
  | { readonly kind: "certificates"; readonly chain: ChainName }
  /** Somebody on the way changes bytes of the server's record of this number, the first being 0: above the encryption. */
  | { readonly kind: "record"; readonly record: number; readonly offset: number; readonly bytes: Bytes }
  /** The server's stream ends after so many of its records. */
  | { readonly kind: "cut"; readonly records: number }
  /** Somebody has used the client's ticket before it did, and the server takes each ticket once (RFC 9846 §8.1). */
  | { readonly kind: "ticket"; readonly state: "used" };

export type Inserted =
  | "change_cipher_spec"
  | "application_data"
  | "user_canceled"
  | "close_notify"
  | "KeyUpdate";

/** A message of the server, counted among those of its name that go out, once the changes before this one are made. */
export interface MessageAt {
  readonly name: MessageName;
  readonly nth: number;
}
