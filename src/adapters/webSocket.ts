import type { Transport } from "../connection/transport.ts";
import { type MessageSocket, maxBuffered, messageTransport } from "./messageTransport.ts";

/** The part of a WebSocket that is used: that of browsers, Workers, Deno, Bun, Node and the package ws has it. */
export interface WebSocketLike extends MessageSocket {
  readonly readyState: number;
}

/** A socket says nothing when its buffer has drained, so it is asked: after so many milliseconds, and later ever less often. */
const firstLook = 1;
const seldomLook = 32;

/** Status codes of RFC 6455 §7.4.1: a normal closure, and one that gives no code. */
const peacefulCodes: readonly unknown[] = [1000, 1005];

/** Each message is a piece of the stream. One that is still connecting is waited for. */
export function webSocketTransport(socket: WebSocketLike): Transport {
  return messageTransport(socket, {
    name: "WebSocket",
    get state() {
      if (socket.readyState === 0) return "connecting";
      return socket.readyState === 1 ? "open" : "closed";
    },
    maxMessage: Number.POSITIVE_INFINITY,
    whenDrained: (then) => {
      let milliseconds = firstLook;
      const look = (): void => {
        if (socket.bufferedAmount <= maxBuffered) return then();
        milliseconds = Math.min(2 * milliseconds, seldomLook);
        timer = setTimeout(look, milliseconds);
      };
      let timer = setTimeout(look, milliseconds);
      return () => clearTimeout(timer);
    },
    closedBy: (event) => {
      const { code, reason, wasClean } = event as { code?: number; reason?: string; wasClean?: boolean };
      if (wasClean !== false && peacefulCodes.includes(code)) return "peacefully";
      return reason ? `${code} ${reason}` : String(code);
    },
  });
}
