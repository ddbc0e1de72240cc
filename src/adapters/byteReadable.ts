/** What feeds a stream of bytes. */
export interface ByteFeed {
  readonly readable: ReadableStream<Uint8Array>;
  /** Takes the memory, too. Answers whether more is welcome. */
  push(bytes: Uint8Array): boolean;
  /** What waits to be read stays, and is read before the end. No-op where the stream is closed or has failed. */
  close(): void;
  /** No-op once closed: it would take from a slow reader what came before the end. */
  error(reason: unknown): void;
}

interface Source {
  /** More is welcome. */
  pull(): void;
  cancel(): void;
}

/** Bytes that are made ready before anybody asks: four records of the largest kind. */
const highWaterMark = 64 * 1024;

/** A byte stream, of which readers may bring their own memory; where the runtime has none (older Safaris), a plain stream. */
export function byteReadable(source: Source): ByteFeed {
  let controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array> | undefined;
  let ended = false;
  let full: (() => void) | undefined;
  const common = {
    start: (given: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>) => {
      controller = given;
    },
    pull: () => {
      // Pending until there is enough: else a stream asks again for every chunk, which costs it two thirds of the chunk itself.
      const filled = new Promise<void>((resolve) => {
        full = resolve;
      });
      // It may fill the stream before it returns, with what has waited.
      source.pull();
      return filled;
    },
    cancel: () => source.cancel(),
  };
  return {
    readable: makeReadable(common),
    push: (bytes) => {
      controller?.enqueue(bytes);
      const more = (controller?.desiredSize ?? 0) > 0;
      if (!more) full?.();
      return more;
    },
    close: () => {
      ended = true;
      try {
        controller?.close();
        // Whoever waits with memory of their own gets it back.
        if (controller !== undefined && "byobRequest" in controller) controller.byobRequest?.respond(0);
      } catch {
        // It is closed, or the end came amid an element of a reader's array: the stream has told so.
      }
    },
    error: (reason) => {
      if (!ended) controller?.error(reason);
    },
  };
}

interface CommonSource {
  cancel(): void;
  pull(): Promise<void>;
  start(controller: ReadableByteStreamController | ReadableStreamDefaultController<Uint8Array>): void;
}

function makeReadable(source: CommonSource): ReadableStream<Uint8Array> {
  try {
    return new ReadableStream({ ...source, type: "bytes" }, { highWaterMark });
  } catch {
    return new ReadableStream<Uint8Array>(source, { highWaterMark, size: ({ length }) => length });
  }
}
