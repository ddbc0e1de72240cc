import type { Epoch } from "../../src/record/epoch.ts";
import { headerLength, tagLength } from "../../src/record/limits.ts";
import { nonce } from "../../src/record/nonce.ts";
import { type Bytes, copyOf } from "../../src/wire/bytes.ts";
import type { RunRecord } from "./run.ts";

/** What a protected record holds, if these keys opened it with this sequence number; undefined where they did not. */
export async function openProtected(
  { iv, sync, key }: Epoch,
  sequence: number,
  wire: Bytes,
): Promise<Uint8Array | undefined> {
  const header = wire.slice(0, headerLength);
  const sealed = wire.slice(headerLength);
  if (sealed.length < tagLength) return undefined;
  const at = nonce(iv, sequence);
  return sync ? key.open(at, header, sealed) : (await key).open(at, header, sealed);
}

/**
 * TLSInnerPlaintext (RFC 9846 §5.4): the last byte that is not zero is the type. Unlike a client an observer takes what has none:
 * all of it is padding then, and the type is 0.
 */
export function innerOf(plaintext: Uint8Array): Pick<RunRecord, "type" | "padding"> & { content: Bytes } {
  let end = plaintext.length - 1;
  while (end > 0 && plaintext[end] === 0) end--;
  return {
    content: copyOf(plaintext.subarray(0, Math.max(0, end))),
    type: plaintext[end] ?? 0,
    padding: Math.max(0, plaintext.length - 1 - end),
  };
}
