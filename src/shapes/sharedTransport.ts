import type { Transport, TransportReceiver } from "../connection/transport.ts";

/** How long a connection that is given up may take to say its last, until the stream below is cut off. */
const lingerMilliseconds = 1000;

/** A transport that belongs to a program in clear text first, and from one byte to the next to a TLS connection. */
export class SharedTransport implements Transport {
  readonly #below: Transport;
  readonly #outboundDone: () => void;
  #receiver: TransportReceiver | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param outboundDone called once nothing more will be written, whoever it belongs to by then */
  constructor(below: Transport, outboundDone: () => void) {
    this.#below = below;
    this.#outboundDone = outboundDone;
  }

  /** What comes from now on is for whoever starts it last. */
  start(receiver: TransportReceiver): void {
    const isStarted = this.#receiver !== undefined;
    this.#receiver = receiver;
    if (isStarted) return this.resume();
    this.#below.start({
      received: (bytes, given) => this.#receiver?.received(bytes, given),
      ended: () => this.#receiver?.ended(),
      failed: (cause) => this.#receiver?.failed(cause),
    });
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.#below.write(bytes, written);
  }

  pause(): void {
    this.#below.pause();
  }

  resume(): void {
    this.#below.resume();
  }

  end(): void {
    this.#below.end();
    this.#outboundDone();
  }

  close(): void {
    this.#below.close();
  }

  abort(cause: unknown): void {
    clearTimeout(this.#timer);
    this.#below.abort(cause);
  }

  /** Of a connection that is given up: a peer that takes nothing does not keep it. */
  abortLater(): void {
    this.#timer = setTimeout(() => this.abort(new Error("the socket was closed")), lingerMilliseconds);
    // Where a timer can keep a program from ending, this one does not.
    (this.#timer as { unref?(): void }).unref?.();
  }
}
