import type { Duplex } from "node:stream";
import { Dialogue, type Watch } from "./dialogue.ts";
import { imap } from "./imap.ts";
import { postgres } from "./postgres.ts";
import { smtp } from "./smtp.ts";

/** Protocols that begin in clear text: how TLS is asked for, and where servers listen for that. */
export const starttlsProtocols = {
  smtp: { agree: smtp, port: 25 },
  imap: { agree: imap, port: 143 },
  postgres: { agree: postgres, port: 5432 },
} as const;

export type StarttlsProtocol = keyof typeof starttlsProtocols;

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
  const dialogue = new Dialogue(stream, watch, signal);
  try {
    await starttlsProtocols[protocol].agree(dialogue);
    await dialogue.finish();
  } finally {
    dialogue.release();
  }
}
