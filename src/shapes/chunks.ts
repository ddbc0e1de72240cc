import { localError } from "../wire/error.ts";

/** What programs made for Node call methods of; the rest of the world has none. */
interface BufferMaker {
  from(memory: ArrayBufferLike, offset: number, length: number): Uint8Array;
  from(text: string, encoding: string): Uint8Array;
}

const runtime = globalThis as unknown as { readonly Buffer?: BufferMaker };
const utf8 = new TextEncoder();

/** The same memory as a Buffer, where the runtime has such (Node, Deno, Bun, Workers with nodejs_compat). */
export function chunkOf(bytes: Uint8Array): Uint8Array {
  return runtime.Buffer?.from(bytes.buffer, bytes.byteOffset, bytes.length) ?? bytes;
}

/** @throws TlsError `invalid_option` for what is neither bytes nor text, or text in an encoding that the runtime can't make */
export function bytesOf(data: Uint8Array | string, encoding: string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (typeof data !== "string") {
    throw localError("invalid_option", `write: expected bytes or text, got ${typeof data}`);
  }
  if (/^utf-?8$/i.test(encoding)) return utf8.encode(data);
  if (runtime.Buffer === undefined) {
    throw localError("invalid_option", `write: expected text as utf8, got ${encoding}`);
  }
  return runtime.Buffer.from(data, encoding);
}
