import type { CryptoProvider } from "../../../src/crypto/provider.ts";
import { CaptureError } from "./captureError.ts";
import { type Conversation, findConversations } from "./conversations.ts";
import { parseKeyLog } from "./keyLogText.ts";
import { readPackets } from "./readPackets.ts";
import { type ReadRun, wireToRun } from "./wireToRun.ts";

export interface Capture {
  /** At least one. */
  readonly conversations: readonly Conversation[];
  /** Key logs that stand in the file itself. */
  readonly keyLogs: readonly string[];
  /** What was passed over: sentences for people. */
  readonly notes: readonly string[];
}

/**
 * The connections of a pcapng or pcap file that carry TLS.
 *
 * @throws CaptureError `not_a_capture`, `capture_too_large`, `capture_malformed`, `no_tls_conversation`
 */
export function openCapture(bytes: Uint8Array): Capture {
  const { packets, keyLogs, notes } = readPackets(bytes);
  const found = findConversations(packets);
  const allNotes = [...notes, ...found.notes];
  if (found.conversations.length === 0) {
    const counted = `${packets.length} packets and ${found.connections} TCP connections were seen.`;
    throw new CaptureError("no_tls_conversation", [counted, ...allNotes].join(" "));
  }
  return { conversations: found.conversations, keyLogs, notes: allNotes };
}

/**
 * One of them as a run, opened with these key logs as far as they have its secrets. It does not reject because of what was said
 * in it: what can't be read stands in the notes.
 *
 * @throws CaptureError `key_log_malformed`, `key_log_too_large`
 */
export async function captureToRun(
  conversation: Conversation,
  keyLogs: readonly string[],
  provider: CryptoProvider,
): Promise<ReadRun> {
  const { client, server, serverName, wire } = conversation;
  const title = `${serverName ?? server}, from ${client}`;
  const { run, notes } = await wireToRun(title, wire, parseKeyLog(...keyLogs), provider);
  return { run, notes: [...conversation.notes, ...notes] };
}
