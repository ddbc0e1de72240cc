import type { Hash, RunningHash } from "../crypto/provider.ts";
import type { Bytes } from "../wire/bytes.ts";
import { handshakeTypes } from "../wire/registry.ts";

/** The transcript hash (RFC 9846 §4.1): every handshake message with its header, no record in sight. */
export interface Transcript {
  add(message: Uint8Array): void;
  /** The hash of the messages until now. */
  hash(): Bytes;
  /** One that goes on from here, and leaves this one as it is (RFC 9846 §4.1/3). */
  fork(): Transcript;
}

export function startTranscript(hash: Hash): Transcript {
  return transcriptOf(hash.start());
}

function transcriptOf(running: RunningHash): Transcript {
  return { add: running.update, hash: running.digest, fork: () => transcriptOf(running.copy()) };
}

/** RFC 9846 §4.1/2: after a retry, a message_hash message that holds the hash of the first ClientHello stands for it. */
export function messageHash(hash: Hash, firstClientHello: Uint8Array): Bytes {
  const digest = hash.digest(firstClientHello);
  const message = new Uint8Array(4 + digest.length);
  message[0] = handshakeTypes.message_hash;
  message[3] = digest.length;
  message.set(digest, 4);
  return message;
}
