import type { Transport, TransportReceiver } from "../connection/transport.ts";
import { faultBelow } from "./faultBelow.ts";

/** A pair of byte streams: a socket of Workers' or Deno's, a WebTransport stream, a TransformStream's two ends. */
export interface ByteStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  /** Deno's: says that nothing more will be written. There, to close `writable` closes both directions. */
  closeWrite?(): Promise<void>;
}

/** How long what was written may take to leave once all is over. */
const departureMilliseconds = 30_000;

export function webStreamTransport(streams: ByteStreams): Transport {
  const { readable, writable } = streams;
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let receiver: TransportReceiver | undefined;
  let paused = false;
  let reading = false;
  /** Nothing more comes. */
  let ended = false;
  /** Nobody wants to hear any more. */
  let deaf = false;
  let lastWrite: Promise<void> = Promise.resolve();
  let ending: Promise<void> | undefined;

  async function read(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
      while (!paused && !ended) {
        const { value, done } = await reader.read();
        ended = done;
        if (deaf) continue;
        if (done) receiver?.ended();
        // What a stream hands out is its reader's.
        else receiver?.received(value, true);
      }
    } catch (error) {
      ended = true;
      fail(error);
    } finally {
      reading = false;
    }
  }

  function fail(error: unknown): void {
    if (!deaf) receiver?.failed(faultBelow(error));
  }

  function quietly(work: Promise<unknown>): void {
    work.catch(() => {});
  }

  function end(): Promise<void> {
    ending ??= (streams.closeWrite === undefined ? writer.close() : closeWrite()).catch(() => {});
    return ending;
  }

  async function closeWrite(): Promise<void> {
    await lastWrite;
    await streams.closeWrite?.();
  }

  function abort(cause: unknown): void {
    deaf = true;
    quietly(writer.abort(cause));
    quietly(reader.cancel(cause));
  }

  return {
    start: (to) => {
      receiver = to;
      // A stream may break with no write on its way.
      writer.closed.catch(fail);
      void read();
    },
    write: (bytes, written) => {
      // A stream may keep what it is given, and the buffer will be used again.
      lastWrite = writer.write(bytes.slice());
      lastWrite.then(written, fail);
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      void read();
    },
    end: () => void end(),
    close: () => {
      deaf = true;
      paused = false;
      void read();
      const late = setTimeout(
        () => abort(new Error("what was written did not leave")),
        departureMilliseconds,
      );
      // Where a timer can keep a program from ending, that is the business of what has yet to leave.
      (late as { unref?(): void }).unref?.();
      // Not before what was written has left: where both streams are one connection, another TLS, to cancel one closes both.
      void end().then(() => {
        clearTimeout(late);
        quietly(reader.cancel());
        if (streams.closeWrite !== undefined) quietly(writer.close());
      });
    },
    abort,
  };
}
