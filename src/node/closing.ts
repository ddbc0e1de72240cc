import type { Duplex } from "node:stream";

/** How long a closing connection waits for the peer to close too, and a failed write for the alert that explains it. */
const lingerMilliseconds = 1000;

/** How long what was written may take to leave: a quarter of a MiB at most, which a peer that reads no more would keep here. */
const departureMilliseconds = 30_000;

/** Ends our side, throws away what still comes, and closes when the peer has closed or had its time. */
export function closeStream(stream: Duplex): void {
  if (stream.destroyed) return;
  // A second end() makes an error for nobody, which costs as much as all the rest of closing.
  if (!stream.writableEnded) stream.end();
  stream.resume();
  if (stream.writableFinished) destroyLater(stream);
  else {
    destroyLater(stream, undefined, departureMilliseconds);
    stream.once("finish", () => destroyLater(stream));
  }
}

/** Closes a stream of which nobody wants anything any more, unless it has closed by itself in a while. */
export function destroyLater(stream: Duplex, error?: Error, milliseconds = lingerMilliseconds): void {
  if (stream.destroyed) return;
  const timer = setTimeout(() => stream.destroy(error), milliseconds);
  timer.unref();
  stream.once("close", () => clearTimeout(timer));
}
