import type { DataChannelLike } from "../../src/adapters/dataChannel.ts";
import type { WebSocketLike } from "../../src/adapters/webSocket.ts";

/** What both have, and the test's side of it. What is sent stays in the socket until it is drained. */
abstract class FakeSocket {
  binaryType = "blob";
  readonly sent: Uint8Array[] = [];
  closes = 0;
  onSend: (() => void) | undefined;
  readonly #listeners = new Map<string, ((event: unknown) => void)[]>();
  #buffered = 0;

  get bufferedAmount(): number {
    return this.#buffered;
  }

  send(data: Uint8Array): void {
    this.onSend?.();
    this.sent.push(data);
    this.#buffered += data.length;
  }

  close(): void {
    this.closes++;
  }

  addEventListener(type: string, listener: (event: unknown) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  fire(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }

  drain(): void {
    this.#buffered = 0;
  }

  /** Already open when it is handed in. */
  opened(): this {
    this.setOpen();
    return this;
  }

  /** Opens after it was handed in. */
  open(): void {
    this.setOpen();
    this.fire("open", {});
  }

  protected abstract setOpen(): void;
}

export class FakeWebSocket extends FakeSocket implements WebSocketLike {
  readyState = 0;

  protected setOpen(): void {
    this.readyState = 1;
  }
}

export class FakeDataChannel extends FakeSocket implements DataChannelLike {
  readyState = "connecting";
  ordered = true;
  maxPacketLifeTime: number | null = null;
  maxRetransmits: number | null = null;
  bufferedAmountLowThreshold = 0;

  override drain(): void {
    const wasOver = this.bufferedAmount > this.bufferedAmountLowThreshold;
    super.drain();
    if (wasOver) this.fire("bufferedamountlow", {});
  }

  protected setOpen(): void {
    this.readyState = "open";
  }
}
