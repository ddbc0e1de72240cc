import { decodeMessage, type MessageName, messageName, type Received } from "../messages/handshake.ts";
import type { RecordOrigin } from "../record/reader.ts";
import type { Bytes } from "../wire/bytes.ts";
import { peerError, type TlsError } from "../wire/error.ts";

interface Waiter {
  readonly expected: readonly MessageName[];
  readonly resolve: (message: Received) => void;
  readonly reject: (error: unknown) => void;
}

export interface InboxOwner {
  /** A message left the inbox for the handshake. May throw: the handshake then gets that. */
  taken(message: Received, record: RecordOrigin): void;
}

/** Whole messages on their way to the handshake, which asks for one at a time. */
export class Inbox {
  readonly #owner: InboxOwner;
  #messages: { readonly bytes: Bytes; readonly record: RecordOrigin }[] = [];
  #waiter: Waiter | undefined;
  #error: TlsError | undefined;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Whether the handshake has seen all that came, and asks for more. */
  get isWaiting(): boolean {
    return this.#waiter !== undefined;
  }

  push(bytes: Bytes, record: RecordOrigin): void {
    this.#messages.push({ bytes, record });
    this.#answer();
  }

  /** The next message, which must have one of these names. */
  next<const N extends MessageName>(...expected: readonly [N, ...N[]]): Promise<Received<N>> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.#waiter = { expected, resolve: resolve as (message: Received) => void, reject };
      this.#answer();
    });
  }

  fail(error: TlsError): void {
    this.#error = error;
    this.#messages = [];
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  #answer(): void {
    const waiter = this.#waiter;
    const message = waiter && this.#messages.shift();
    if (waiter === undefined || message === undefined) return;
    this.#waiter = undefined;
    try {
      const { bytes, record } = message;
      const name = messageName(bytes);
      // RFC 9846 §4/2
      if (!waiter.expected.includes(name)) {
        throw peerError("unexpected_handshake_message", {
          expected: waiter.expected.join(" or "),
          got: name,
        });
      }
      const received = { name, body: decodeMessage(name, bytes), bytes } as Received;
      this.#owner.taken(received, record);
      waiter.resolve(received);
    } catch (error) {
      waiter.reject(error);
    }
  }
}
