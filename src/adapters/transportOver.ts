import type { Transport } from "../connection/transport.ts";
import { localError } from "../wire/error.ts";
import { type DataChannelLike, dataChannelTransport } from "./dataChannel.ts";
import { type WebSocketLike, webSocketTransport } from "./webSocket.ts";
import { type ByteStreams, webStreamTransport } from "./webStreams.ts";

/** What TLS can be spoken over: a pair of streams, a WebSocket, an ordered and reliable RTCDataChannel, or a Transport. */
export type Carrier = ByteStreams | WebSocketLike | DataChannelLike | Transport;

const transportMethods = ["start", "write", "pause", "resume", "end", "close", "abort"] as const;

/**
 * Known by what it has, for each runtime and many packages have their own.
 * @throws TlsError `invalid_option`, which says what was expected
 */
export function transportOver(over: Carrier): Transport {
  const held = (typeof over === "object" && over !== null ? over : {}) as Partial<Record<string, unknown>>;
  if (transportMethods.every((method) => typeof held[method] === "function")) return over as Transport;
  if (hasMethod(held["readable"], "getReader") && hasMethod(held["writable"], "getWriter")) {
    const streams = over as ByteStreams;
    if (!streams.readable.locked && !streams.writable.locked) return webStreamTransport(streams);
    throw localError("invalid_option", "over: expected streams of which nobody has a reader or a writer yet");
  }
  if (typeof held["send"] === "function" && typeof held["addEventListener"] === "function") {
    if (typeof held["readyState"] === "number") return webSocketTransport(over as WebSocketLike);
    if (typeof held["readyState"] === "string") return dataChannelTransport(over as DataChannelLike);
  }
  const expected = "{ readable, writable } of web streams, a WebSocket, an RTCDataChannel or a Transport";
  throw localError("invalid_option", `over: expected ${expected}, got ${describe(over)}`);
}

function hasMethod(value: unknown, method: string): boolean {
  return typeof (value as Partial<Record<string, unknown>> | null | undefined)?.[method] === "function";
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  if (hasMethod(value, "pipe")) return "a stream of Node's, which tls13/node takes";
  return `an object with ${Object.keys(value).slice(0, 10).join(", ") || "nothing of its own"}`;
}
