/** The bytes of a message, in its own memory; undefined where it is text, a Blob or anything else. */
export function bytesOfMessage(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // One of another realm is none of ours by instanceof.
  return kindOf(data) === "[object ArrayBuffer]" ? new Uint8Array(data as ArrayBuffer) : undefined;
}

/** As "[object Blob]". */
export function kindOf(data: unknown): string {
  return Object.prototype.toString.call(data);
}
