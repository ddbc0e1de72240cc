import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { faultBelow } from "../adapters/faultBelow.ts";
import type { Transport } from "../connection/transport.ts";
import { closeStream } from "./closing.ts";

/**
 * A transport over a stream that the caller has: a socket on which STARTTLS was agreed, a proxy's tunnel, another TLS
 * connection. `prefix` is what was already read from it.
 */
export function duplexTransport(stream: Duplex, prefix: Uint8Array | undefined): Transport {
  let paused = false;
  return {
    start: (receiver) => {
      // One that has come to its end already says so no more.
      if (stream.destroyed) queueMicrotask(() => receiver.failed(new Error("the stream is closed already")));
      else if (stream.readableEnded) queueMicrotask(() => receiver.ended());
      else if (prefix !== undefined && prefix.length > 0) stream.unshift(prefix);
      stream.on("data", (chunk: Uint8Array) => receiver.received(chunk));
      stream.on("end", () => receiver.ended());
      stream.on("error", (error) => receiver.failed(faultBelow(error)));
      stream.on("close", () => receiver.failed(new Error("the stream was closed")));
      if (!paused) stream.resume();
    },
    write: (bytes, written) => {
      // Other streams may keep what they are given, and the buffer will be used again.
      stream.write(stream instanceof Socket ? bytes : bytes.slice(), (error) => {
        if (!error) written();
      });
    },
    pause: () => {
      paused = true;
      stream.pause();
    },
    resume: () => {
      paused = false;
      stream.resume();
    },
    end: () => {
      stream.end();
    },
    close: () => {
      paused = false;
      closeStream(stream);
    },
    abort: () => {
      stream.destroy();
    },
  };
}
