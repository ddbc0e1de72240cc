import { headerLength } from "../messages/handshake.ts";
import type { Bytes } from "../wire/bytes.ts";
import { peerError } from "../wire/error.ts";
import { handshakeTypeName, handshakeTypes } from "../wire/registry.ts";

/** Limits of our own: no server needs more, and what is longer is refused by its header. */
export const maxMessageLength = 64 * 1024;
export const maxCertificateMessageLength = 256 * 1024;

/** Puts handshake messages together from records: a message may span records, and a record hold several (RFC 9846 §5.1). */
export class MessageBuffer {
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** Bytes of messages that are not taken out yet. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** `isOurs`: whether the content lies in memory that nobody else will change, and need not be copied. */
  push(content: Uint8Array, isOurs: boolean): void {
    const waiting = this.length;
    if (waiting === 0) {
      this.#bytes = isOurs
        ? new Uint8Array(content.buffer as ArrayBuffer, content.byteOffset, content.length)
        : new Uint8Array(content);
      this.#start = 0;
      this.#end = content.length;
      return;
    }
    if (this.#end + content.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (waiting + content.length));
      larger.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = larger;
      this.#start = 0;
      this.#end = waiting;
    }
    this.#bytes.set(content, this.#end);
    this.#end += content.length;
  }

  /** The next whole message, its header included. @throws TlsError `handshake_message_too_long` */
  next(): Bytes | undefined {
    if (this.length < headerLength) return undefined;
    const at = this.#start;
    const type = this.#bytes[at] as number;
    const length =
      ((this.#bytes[at + 1] as number) << 16) |
      ((this.#bytes[at + 2] as number) << 8) |
      (this.#bytes[at + 3] as number);
    const limit = type === handshakeTypes.certificate ? maxCertificateMessageLength : maxMessageLength;
    if (length > limit) {
      throw peerError(
        "handshake_message_too_long",
        `${handshakeTypeName(type)} of ${length} bytes, at most ${limit} are taken`,
      );
    }
    if (this.length < headerLength + length) return undefined;
    // What a message lies in is never written again: more bytes go behind it, or into another buffer.
    const message = this.#bytes.subarray(this.#start, this.#start + headerLength + length);
    this.#start += message.length;
    return message;
  }
}
