import type { Bytes } from "../wire/bytes.ts";
import { peerError } from "../wire/error.ts";
import { Reader } from "../wire/reader.ts";
import { handshakeTypes } from "../wire/registry.ts";
import { Writer } from "../wire/writer.ts";
import { Certificate } from "./certificate.ts";
import { CertificateRequest } from "./certificateRequest.ts";
import { CertificateVerify } from "./certificateVerify.ts";
import { ClientHello } from "./clientHello.ts";
import type { Codec, Decoded, Shape } from "./codec.ts";
import { empty } from "./codec.ts";
import { EncryptedExtensions } from "./encryptedExtensions.ts";
import { Finished } from "./finished.ts";
import { KeyUpdate } from "./keyUpdate.ts";
import { NewSessionTicket } from "./newSessionTicket.ts";
import { isHelloRetryRequest, ServerHello } from "./serverHello.ts";

/**
 * Every handshake message (RFC 9846 §4), by name. ServerHello and HelloRetryRequest share a code point and are told
 * apart by their random (§4.2.3/5, §4.2.3/6), so messages go by name everywhere above this file.
 */
const table = {
  ClientHello: { type: handshakeTypes.client_hello, codec: ClientHello },
  ServerHello: { type: handshakeTypes.server_hello, codec: ServerHello },
  HelloRetryRequest: { type: handshakeTypes.server_hello, codec: ServerHello },
  NewSessionTicket: { type: handshakeTypes.new_session_ticket, codec: NewSessionTicket },
  EndOfEarlyData: { type: handshakeTypes.end_of_early_data, codec: empty },
  EncryptedExtensions: { type: handshakeTypes.encrypted_extensions, codec: EncryptedExtensions },
  Certificate: { type: handshakeTypes.certificate, codec: Certificate },
  CertificateRequest: { type: handshakeTypes.certificate_request, codec: CertificateRequest },
  CertificateVerify: { type: handshakeTypes.certificate_verify, codec: CertificateVerify },
  Finished: { type: handshakeTypes.finished, codec: Finished },
  KeyUpdate: { type: handshakeTypes.key_update, codec: KeyUpdate },
} as const;

export type MessageName = keyof typeof table;
export type MessageBody<N extends MessageName> = Decoded<(typeof table)[N]["codec"]>;

/** A whole message: its type, three bytes of length, its body. These bytes enter the transcript. */
export interface EncodedMessage<N extends MessageName = MessageName> {
  readonly name: N;
  readonly bytes: Bytes;
}

/** Narrowed by `name`. */
export type Received<N extends MessageName = MessageName> = {
  [K in N]: { readonly name: K; readonly body: MessageBody<K>; readonly bytes: Bytes };
}[N];

export const headerLength = 4;

export function encodeMessage<N extends MessageName>(name: N, body: MessageBody<N>): EncodedMessage<N> {
  const { type, codec } = table[name];
  const writer = new Writer(512);
  writer.uint(1, type);
  writer.vector(3, (contents) => (codec as Codec<MessageBody<N>>).encode(contents, body));
  return { name, bytes: writer.finish() };
}

/** What the body of a message is made of. */
export function messageShape(name: MessageName): Shape {
  return table[name].codec.shape;
}

const nameByType = new Map<number, MessageName>(
  (Object.entries(table) as [MessageName, { type: number }][])
    .filter(([name]) => name !== "HelloRetryRequest")
    .map(([name, { type }]) => [type, name]),
);

/** The name of a whole message. @throws TlsError `unknown_handshake_type` (unexpected_message). */
export function messageName(bytes: Bytes): MessageName {
  const type = bytes[0] as number;
  const name = nameByType.get(type);
  if (name === undefined) throw peerError("unknown_handshake_type", `type ${type}`);
  return name === "ServerHello" && isHelloRetryRequest(bytes.subarray(headerLength))
    ? "HelloRetryRequest"
    : name;
}

/** Decodes a whole message that {@link messageName} has named. @throws TlsError decode_error, or `duplicate_extension`. */
export function decodeMessage<N extends MessageName>(name: N, bytes: Bytes): MessageBody<N> {
  const reader = new Reader(bytes, headerLength);
  const body = table[name].codec.decode(reader) as MessageBody<N>;
  reader.end();
  return body;
}
