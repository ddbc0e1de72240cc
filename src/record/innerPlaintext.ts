import { peerError } from "../wire/error.ts";
import { maxPlaintext } from "./limits.ts";

/** What a record held once it was opened: its true type and its content. */
export interface InnerPlaintext {
  readonly type: number;
  readonly content: Uint8Array;
}

/** RFC 9846 §5.4: the last byte that is not zero is the type; what follows it is padding. */
export function parseInnerPlaintext(plaintext: Uint8Array): InnerPlaintext {
  // RFC 9846 §5.4/8: content, type and padding together.
  if (plaintext.length > maxPlaintext + 1) {
    throw peerError("plaintext_overflow", `${plaintext.length} bytes of content, type and padding`);
  }
  let end = plaintext.length - 1;
  while (end >= 0 && plaintext[end] === 0) end--;
  if (end < 0) throw peerError("no_content_type", `${plaintext.length} bytes`);
  return { type: plaintext[end] as number, content: plaintext.subarray(0, end) };
}
