import type { Transport, TransportReceiver } from "../connection/transport.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { bytesOfMessage, kindOf } from "./binaryMessage.ts";
import { Inbound } from "./inbound.ts";

/** What a WebSocket and an RTCDataChannel have in common, and no more of it than is used. */
export interface MessageSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Bytes): void;
  close(): void;
  // biome-ignore lint/suspicious/noExplicitAny: events have other types with each implementation, and all of them must fit
  addEventListener(type: string, listener: (event: any) => void): void;
}

/** How one kind of them differs from the other. */
export interface MessageSocketKind {
  readonly name: "WebSocket" | "RTCDataChannel";
  readonly state: "connecting" | "open" | "closed";
  /** Bytes of the largest message that is sent. */
  readonly maxMessage: number;
  /** Calls back once no more than {@link maxBuffered} bytes wait in the socket; answers how to stop waiting. */
  whenDrained(then: () => void): () => void;
  /** Whether a 'close' event says that the other side has closed in peace; else why. */
  closedBy(event: unknown): "peacefully" | string;
}

/** Bytes that may wait in the socket before more are given to it: 256 KiB, about one write of the connection's. */
export const maxBuffered = 256 * 1024;

/**
 * A transport over messages: their bounds mean nothing. There is no half-close: close_notify tells the server that nothing
 * more comes, and the socket stays open until both are done. Reading can't be paused; see {@link Inbound}.
 */
export function messageTransport(socket: MessageSocket, kind: MessageSocketKind): Transport {
  const inbound = new Inbound(true);
  /** Written before the socket was open. */
  let unsent: { readonly bytes: Uint8Array; readonly written: () => void }[] = [];
  /** Whose bytes wait in the socket. */
  let undrained: (() => void)[] = [];
  let stopWaiting: (() => void) | undefined;
  let hasOpened = false;
  let isOver = false;

  function send(bytes: Uint8Array, written: () => void): void {
    for (let start = 0; start < bytes.length; start += kind.maxMessage) {
      // Some sockets keep what they are given, and the buffer will be used again.
      socket.send(copyOf(bytes.subarray(start, start + kind.maxMessage)));
    }
    undrained.push(written);
    if (stopWaiting !== undefined) return;
    if (socket.bufferedAmount > maxBuffered) stopWaiting = kind.whenDrained(drained);
    else
      queueMicrotask(() => {
        // Unless more was sent meanwhile, which is too much.
        if (stopWaiting === undefined) drained();
      });
  }

  function drained(): void {
    stopWaiting = undefined;
    const done = undrained;
    undrained = [];
    for (const written of done) written();
  }

  function stop(): void {
    isOver = true;
    stopWaiting?.();
    stopWaiting = undefined;
  }

  /** The socket has gone by itself. */
  function lost(cause: unknown, peacefully: boolean): void {
    if (isOver) return;
    const isAwaited = unsent.length > 0 || undrained.length > 0;
    unsent = [];
    stop();
    if (peacefully) inbound.ended();
    inbound.failed(cause);
    if (isAwaited) inbound.hurry();
  }

  function closed(event: unknown): void {
    if (!hasOpened) return lost(notConnected(`the ${kind.name} was closed before it was open`), false);
    const how = kind.closedBy(event);
    lost(
      new Error(`the ${kind.name} was closed${how === "peacefully" ? "" : `: ${how}`}`),
      how === "peacefully",
    );
  }

  function failed(event: ErrorEventLike): void {
    const why = event.error instanceof Error ? event.error.message : event.message;
    const what = `the ${kind.name} failed${why ? `: ${why}` : ""}`;
    lost(hasOpened ? (event.error ?? new Error(what)) : notConnected(what, event.error), false);
  }

  function opened(): void {
    if (hasOpened || isOver) return;
    hasOpened = true;
    const first = unsent;
    unsent = [];
    try {
      for (const { bytes, written } of first) send(bytes, written);
    } catch (error) {
      lost(error, false);
    }
  }

  function message({ data }: { readonly data: unknown }): void {
    if (isOver) return;
    const bytes = bytesOfMessage(data);
    if (bytes !== undefined) return inbound.received(bytes);
    const got = typeof data === "string" ? "text" : kindOf(data);
    inbound.failed(
      localError("message_not_binary", `the ${kind.name}: expected binary messages, got ${got}`),
    );
  }

  function close(): void {
    stop();
    inbound.stop();
    // Its listeners stay: an 'error' that nobody hears ends a Node program where the socket is an EventEmitter.
    socket.close();
  }

  return {
    start: (receiver: TransportReceiver) => {
      inbound.start(receiver);
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", opened);
      socket.addEventListener("message", message);
      socket.addEventListener("error", failed);
      socket.addEventListener("close", closed);
      if (kind.state === "open") opened();
      // Not before whoever starts it has it in hand.
      else if (kind.state === "closed") {
        queueMicrotask(() => lost(notConnected(`the ${kind.name} is closed already`), false));
      }
    },
    write: (bytes, written) => {
      if (isOver) inbound.hurry();
      else if (hasOpened) send(bytes, written);
      else unsent.push({ bytes, written });
    },
    pause: () => inbound.pause(),
    resume: () => inbound.resume(),
    end: () => {},
    close,
    abort: close,
  };
}

interface ErrorEventLike {
  readonly error?: unknown;
  readonly message?: string;
}

function notConnected(detail: string, cause?: unknown): Error {
  return localError("connect_failed", detail, cause);
}
