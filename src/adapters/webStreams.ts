import type { Transport, TransportReceiver } from "../connection/transport.ts";

/** A pair of byte streams: a socket of Workers' or Deno's, a WebTransport stream, a TransformStream's two ends. */
export interface ByteStreams {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

export function webStreamTransport({ readable, writable }: ByteStreams): Transport {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let receiver: TransportReceiver | undefined;
  let paused = false;
  let reading = false;
  let done = false;

  async function read(): Promise<void> {
    if (reading) return;
    reading = true;
    try {
      while (!paused && !done) {
        const { value, done: ended } = await reader.read();
        if (done) return;
        if (ended) {
          done = true;
          receiver?.ended();
        } else receiver?.received(value);
      }
    } catch (error) {
      if (!done) receiver?.failed(error);
      done = true;
    } finally {
      reading = false;
    }
  }

  function quietly(work: Promise<unknown>): void {
    work.catch(() => {});
  }

  return {
    start: (to) => {
      receiver = to;
      // A stream may break with no write on its way.
      writer.closed.catch((error: unknown) => to.failed(error));
      void read();
    },
    write: (bytes, written) => {
      // A stream may keep what it is given, and the buffer will be used again.
      writer.write(bytes.slice()).then(written, (error: unknown) => receiver?.failed(error));
    },
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      void read();
    },
    end: () => quietly(writer.close()),
    close: () => {
      done = true;
      quietly(writer.close());
      quietly(reader.cancel());
    },
    abort: (cause) => {
      done = true;
      quietly(writer.abort(cause));
      quietly(reader.cancel(cause));
    },
  };
}
