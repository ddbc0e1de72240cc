import { encodeMessage } from "../../src/messages/handshake.ts";
import { type Bytes, concat } from "../../src/wire/bytes.ts";
import type { TlsErrorCode } from "../../src/wire/error.ts";
import { contentTypes, handshakeTypes } from "../../src/wire/registry.ts";
import { plainRecord, type Sealer } from "../../test/record/keys.ts";

/** What a peer sends more of than anybody needs. */
export interface Flood {
  readonly what: string;
  /** Where: in the clear, in place of ServerHello; in the handshake, in place of EncryptedExtensions; or once it is open. */
  readonly when: "before" | "handshake" | "open";
  /** So much of it, sealed with the keys that are due there. */
  readonly make: (sealer: Sealer, length: number) => Bytes;
  /** What it has to be refused with; undefined where it may be taken, however much it is. */
  readonly code?: TlsErrorCode;
  /** Bytes that reach a transport's reader at once. Default: 64 KiB. */
  readonly chunk?: number;
}

const {
  application_data: applicationData,
  handshake,
  alert,
  change_cipher_spec: changeCipherSpec,
} = contentTypes;

/** Records one after the other, until there are so many bytes of them. */
function repeat(length: number, next: (index: number) => Bytes): Bytes {
  const records: Bytes[] = [];
  for (let index = 0, bytes = 0; bytes < length; index++) {
    const record = next(index);
    records.push(record);
    bytes += record.length;
  }
  return joined(records);
}

const ticketOf = (index: number, size: number): Bytes =>
  encodeMessage("NewSessionTicket", {
    ticketLifetime: 7200,
    ticketAgeAdd: index,
    ticketNonce: new Uint8Array([index >> 8, index & 0xff]),
    ticket: new Uint8Array(size).fill(index),
    extensions: [],
  }).bytes;

const requestOf = (index: number): Bytes =>
  encodeMessage("CertificateRequest", {
    certificateRequestContext: new Uint8Array([index >> 8, index & 0xff]),
    extensions: [{ type: 13, data: new Uint8Array([0, 2, 4, 3]) }],
  }).bytes;

/** The beginning of a message that says it is longer. */
const beginningOf = (type: number, said: number, sent: number): Bytes =>
  concat(new Uint8Array([type, (said >> 16) & 0xff, (said >> 8) & 0xff, said & 0xff]), new Uint8Array(sent));

/** In records of so many bytes. */
function cut(bytes: Bytes, size: number, record: (content: Bytes) => Bytes): Bytes {
  const records: Bytes[] = [];
  for (let start = 0; start < bytes.length; start += size)
    records.push(record(bytes.slice(start, start + size)));
  return joined(records);
}

/** Of more pieces than a call can have arguments. */
function joined(pieces: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  return whole;
}

const keyUpdate = (request: number): Bytes => encodeMessage("KeyUpdate", { requestUpdate: request }).bytes;

const full = 16_384;

export const floods: readonly Flood[] = [
  {
    what: "records of 16 KiB, as a measure",
    when: "open",
    make: (sealer, length) => repeat(length, () => sealer.record(applicationData, new Uint8Array(full))),
  },
  {
    what: "records of one byte",
    when: "open",
    make: (sealer, length) => repeat(length, () => sealer.record(applicationData, new Uint8Array(1))),
  },
  {
    what: "records of one byte and 16 KiB of padding",
    when: "open",
    make: (sealer, length) =>
      repeat(length, () => sealer.record(applicationData, new Uint8Array(1), full - 1)),
  },
  {
    what: "records that arrive byte by byte",
    when: "open",
    make: (sealer, length) => repeat(length / 16, () => sealer.record(applicationData, new Uint8Array(full))),
    chunk: 1,
  },
  {
    what: "empty records",
    when: "open",
    make: (sealer, length) => repeat(length, () => sealer.record(applicationData, new Uint8Array(0))),
    code: "too_many_empty_records",
  },
  {
    what: "tickets of 32 bytes",
    when: "open",
    make: (sealer, length) => repeat(length, (index) => sealer.record(handshake, ticketOf(index, 32))),
  },
  {
    what: "tickets of 60 KiB",
    when: "open",
    make: (sealer, length) =>
      repeat(length, (index) =>
        cut(ticketOf(index, 60_000), full, (content) => sealer.record(handshake, content)),
      ),
  },
  {
    what: "KeyUpdates",
    when: "open",
    make: (sealer, length) =>
      repeat(length, () => {
        const record = sealer.record(handshake, keyUpdate(1));
        sealer.update();
        return record;
      }),
    code: "too_many_key_updates",
  },
  {
    what: "KeyUpdates that ask for one, each behind a byte of data",
    when: "open",
    make: (sealer, length) =>
      repeat(length, () => {
        const records = concat(
          sealer.record(applicationData, new Uint8Array(1)),
          sealer.record(handshake, keyUpdate(1)),
        );
        sealer.update();
        return records;
      }),
  },
  {
    what: "warnings",
    when: "open",
    make: (sealer, length) => repeat(length, () => sealer.record(alert, new Uint8Array([1, 90]))),
    code: "too_many_warnings",
  },
  {
    what: "requests for a certificate",
    when: "open",
    make: (sealer, length) => repeat(length, (index) => sealer.record(handshake, requestOf(index))),
    code: "too_many_certificate_requests",
  },
  {
    what: "a ticket that never ends, in records of one byte",
    when: "open",
    make: (sealer) =>
      cut(beginningOf(handshakeTypes.new_session_ticket, 65_536, 65_535), 1, (content) =>
        sealer.record(handshake, content),
      ),
  },
  {
    what: "a message of 16 MiB",
    when: "open",
    make: (sealer, length) =>
      cut(beginningOf(handshakeTypes.new_session_ticket, 0xffffff, length), full, (content) =>
        sealer.record(handshake, content),
      ),
    code: "handshake_message_too_long",
  },
  {
    what: "ChangeCipherSpecs",
    when: "handshake",
    make: (_, length) => repeat(length, () => plainRecord(changeCipherSpec, new Uint8Array([1]))),
    code: "too_many_change_cipher_specs",
  },
  {
    what: "a Certificate of 16 MiB",
    when: "handshake",
    make: (sealer, length) =>
      cut(beginningOf(handshakeTypes.certificate, 0xffffff, length), full, (content) =>
        sealer.record(handshake, content),
      ),
    code: "handshake_message_too_long",
  },
  {
    what: "a Certificate of 256 KiB that never ends, in records of 16 bytes",
    when: "handshake",
    make: (sealer) =>
      cut(beginningOf(handshakeTypes.certificate, 262_144, 262_143), 16, (content) =>
        sealer.record(handshake, content),
      ),
  },
  {
    what: "a ServerHello of 64 KiB that never ends",
    when: "before",
    make: () =>
      cut(beginningOf(handshakeTypes.server_hello, 65_536, 65_535), full, (content) =>
        plainRecord(handshake, content),
      ),
  },
  {
    what: "a ServerHello of 16 MiB",
    when: "before",
    make: (_, length) =>
      cut(beginningOf(handshakeTypes.server_hello, 0xffffff, length), full, (content) =>
        plainRecord(handshake, content),
      ),
    code: "handshake_message_too_long",
  },
];
