import type { Transport } from "../connection/transport.ts";
import { localError } from "../wire/error.ts";
import { type MessageSocket, maxBuffered, messageTransport } from "./messageTransport.ts";

/** The part of an RTCDataChannel that is used. */
export interface DataChannelLike extends MessageSocket {
  readonly readyState: string;
  readonly ordered: boolean;
  readonly maxPacketLifeTime: number | null;
  readonly maxRetransmits: number | null;
  bufferedAmountLowThreshold: number;
}

/**
 * Bytes of a message: 16 KiB, as RFC 8831 §6.6 advises. The channel does not tell what its peer takes (that stands with the
 * connection, as sctp.maxMessageSize), but nobody takes less.
 */
const maxMessage = 16 * 1024;

/**
 * Each message is a piece of the stream; longer writes are split.
 * @throws TlsError `invalid_option` where the channel may lose or reorder messages
 */
export function dataChannelTransport(channel: DataChannelLike): Transport {
  if (!channel.ordered || channel.maxRetransmits !== null || channel.maxPacketLifeTime !== null) {
    const detail = "over: expected an RTCDataChannel that is ordered and loses nothing, got one that is";
    throw localError("invalid_option", `${detail} ${channel.ordered ? "not reliable" : "not ordered"}`);
  }
  let drained: (() => void) | undefined;
  const transport = messageTransport(channel, {
    name: "RTCDataChannel",
    get state() {
      const { readyState } = channel;
      return readyState === "connecting" || readyState === "open" ? readyState : "closed";
    },
    maxMessage,
    whenDrained: (then) => {
      drained = then;
      return () => {
        drained = undefined;
      };
    },
    closedBy: () => "peacefully",
  });
  return {
    ...transport,
    start: (receiver) => {
      channel.bufferedAmountLowThreshold = maxBuffered;
      channel.addEventListener("bufferedamountlow", () => {
        const then = drained;
        drained = undefined;
        then?.();
      });
      transport.start(receiver);
    },
  };
}
