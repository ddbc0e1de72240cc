import type { Transport, TransportReceiver } from "./transport.ts";

/**
 * A transport that never throws: what the one behind it throws is told as its fault, and once it is closed ignored. Nor does it
 * say that something was written while that is still being handed to it.
 */
export class GuardedTransport implements Transport {
  readonly #transport: Transport;
  #failed: (cause: unknown) => void = () => {};

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  start(receiver: TransportReceiver): void {
    this.#failed = (cause) => receiver.failed(cause);
    try {
      this.#transport.start(receiver);
    } catch (error) {
      // Not before whoever starts it has it in hand.
      queueMicrotask(() => receiver.failed(error));
    }
  }

  write(bytes: Uint8Array, written: () => void): void {
    let isHandedOver = false;
    // Whoever writes is amid a record, and is not to begin another one.
    const told = (): void => (isHandedOver ? written() : queueMicrotask(written));
    try {
      this.#transport.write(bytes, told);
    } catch (error) {
      this.#failed(error);
    }
    isHandedOver = true;
  }

  pause(): void {
    try {
      this.#transport.pause();
    } catch (error) {
      this.#failed(error);
    }
  }

  resume(): void {
    try {
      this.#transport.resume();
    } catch (error) {
      this.#failed(error);
    }
  }

  end(): void {
    try {
      this.#transport.end();
    } catch (error) {
      this.#failed(error);
    }
  }

  close(): void {
    try {
      this.#transport.close();
    } catch {}
  }

  abort(cause: unknown): void {
    try {
      this.#transport.abort(cause);
    } catch {}
  }
}
