import net from "node:net";
import type { ByteStreams } from "../../src/shapes/socketLike.ts";

/** A TCP connection as a pair of web streams that know half-close and backpressure. */
export function socketStreams(port: number): ByteStreams & { readonly opened: Promise<unknown> } {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const opened = new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => {
      socket.on("data", (bytes: Uint8Array) => {
        controller.enqueue(bytes);
        if ((controller.desiredSize ?? 0) <= 0) socket.pause();
      });
      socket.on("end", () => controller.close());
      socket.on("error", (error) => controller.error(error));
    },
    pull: () => {
      socket.resume();
    },
    cancel: () => {
      socket.destroy();
    },
  });
  const writable = new WritableStream<Uint8Array>({
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => {
      socket.end();
    },
    abort: () => {
      socket.destroy();
    },
  });
  return { readable, writable, opened };
}
