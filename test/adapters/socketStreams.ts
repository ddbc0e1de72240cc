import { once } from "node:events";
import net from "node:net";
import type { ByteStreams } from "../../src/index.ts";

/**
 * A TCP connection as Workers' connect() has it: two web streams that know half-close and backpressure, and a promise that says
 * when the server has been reached. Node's own Duplex.toWeb() does not close the readable before the writable is done.
 */
export function socketStreams({ port }: { readonly port: number }): ByteStreams & {
  readonly opened: Promise<unknown>;
  readonly socket: net.Socket;
} {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => {
      let isOver = false;
      const over = (how: () => void) => () => {
        if (!isOver && !socket.destroyed) how();
        isOver = true;
      };
      socket.on("data", (bytes) => {
        controller.enqueue(bytes);
        if ((controller.desiredSize ?? 0) <= 0) socket.pause();
      });
      socket.on(
        "end",
        over(() => controller.close()),
      );
      socket.on("error", (error) => controller.error(error));
    },
    pull: () => void socket.resume(),
    cancel: () => void socket.destroy(),
  });
  const writable = new WritableStream<Uint8Array>({
    start: (controller) => void socket.on("error", (error) => controller.error(error)),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    close: () =>
      new Promise((resolve) => {
        socket.end(resolve);
      }),
    abort: () => void socket.destroy(),
  });
  const opened = once(socket, "connect");
  // Who wants to know is told by the streams, too.
  opened.catch(() => {});
  return { readable, writable, opened, socket };
}
