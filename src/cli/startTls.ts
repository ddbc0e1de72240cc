import type { Duplex } from "node:stream";
import { Dialogue, type Watch } from "../starttls/dialogue.ts";
import { type StarttlsProtocol, starttlsProtocols } from "../starttls/protocols.ts";

/**
 * Asks the server for TLS; then the stream is paused, and its next byte belongs to TLS.
 * @throws StarttlsError, or what the stream failed with, or the signal's reason
 */
export async function startTls(
  protocol: StarttlsProtocol,
  stream: Duplex,
  watch: Watch,
  signal: AbortSignal,
): Promise<void> {
  const clear = {
    write: (bytes: Uint8Array, written: () => void): void => void stream.write(bytes, () => written()),
    pause: (): void => void stream.pause(),
    resume: (): void => void stream.resume(),
  };
  const dialogue = new Dialogue(clear, watch, signal);
  const listeners = {
    data: (chunk: Buffer) => dialogue.received(chunk),
    end: () => dialogue.ended(),
    error: (error: Error) => dialogue.failed(error),
    close: () => dialogue.ended(),
  };
  for (const [event, listener] of Object.entries(listeners)) stream.on(event, listener);
  try {
    await starttlsProtocols[protocol].agree(dialogue);
    // What the kernel already has is read before our hello could have asked for it.
    await new Promise((resolve) => setImmediate(resolve));
    dialogue.finish();
  } finally {
    stream.pause();
    for (const [event, listener] of Object.entries(listeners)) stream.off(event, listener);
  }
}
