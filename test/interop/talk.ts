import { createHash, type Hash } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import type { TlsError } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";

/** The next time that something is told, or the error that came before it. */
export function happens(emitter: EventEmitter, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (how: (value: unknown) => void) => (value: unknown) => {
      emitter.off(event, told);
      emitter.off("error", failed);
      how(value);
    };
    const told = settle(resolve);
    const failed = settle(reject);
    emitter.on(event, told);
    if (event !== "error") emitter.on("error", failed);
  });
}

/** The connection once it is trusted; rejects with the error where it isn't. */
export async function secured(socket: TlsSocket): Promise<TlsSocket> {
  if (socket.info === undefined) await happens(socket, "secureConnect");
  return socket;
}

/** What a connection fails with, once it is closed; rejects where it closes in peace. */
export function failureOf(socket: TlsSocket): Promise<TlsError> {
  return new Promise((resolve, reject) => {
    let failure: TlsError | undefined;
    socket.on("error", (error) => {
      failure = error as TlsError;
    });
    socket.once("close", () => {
      if (failure === undefined) reject(new Error("closed without an error"));
      else resolve(failure);
    });
    socket.resume();
  });
}

/** Ends our side, reads the rest, and waits until all is closed. */
export async function finished(socket: TlsSocket): Promise<void> {
  const closed = happens(socket, "close");
  socket.end();
  socket.resume();
  await closed;
}

/** Everything until the end; rejects on an error. */
export function textOf(stream: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("end", () => resolve(Buffer.concat(chunks).toString("latin1")));
    stream.once("error", reject);
    stream.resume();
  });
}

/** Reads so many bytes, and leaves the rest. */
export function take(stream: Readable, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const chunk = stream.read(length) as Buffer | null;
      if (chunk === null) return;
      if (chunk.length < length) settle(() => reject(new Error(`ended after ${chunk.length} bytes`)));
      else settle(() => resolve(chunk));
    };
    const failed = (error: unknown): void => settle(() => reject(error));
    const ended = (): void => failed(new Error(`ended before ${length} bytes came`));
    const settle = (how: () => void): void => {
      stream.off("readable", look);
      stream.off("error", failed);
      stream.off("end", ended);
      how();
    };
    stream.on("readable", look);
    stream.on("error", failed);
    stream.on("end", ended);
    look();
  });
}

/** Bytes of no pattern that repeats, the same for the same seed, as chunks; with a hash of them all. */
export class Source {
  readonly hash: Hash = createHash("sha256");
  readonly #block: Buffer;
  #left: number;

  /** "high": all bytes are over 0x7f, so that none looks like a command. "lines": capital letters, in lines of 1 KiB. */
  constructor(length: number, seed: number, kind: "any" | "high" | "lines" = "any") {
    this.#left = length;
    this.#block = Buffer.allocUnsafe(64 * 1024 + (kind === "lines" ? 0 : 1));
    let state = seed | 1;
    for (let i = 0; i < this.#block.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const byte = state >>> 24;
      if (kind === "lines") this.#block[i] = i % 1024 === 1023 ? 0x0a : 0x41 + (byte & 15);
      else this.#block[i] = byte | (kind === "high" ? 0x80 : 0);
    }
  }

  next(most = this.#block.length): Buffer | undefined {
    if (this.#left === 0) return undefined;
    const length = Math.min(this.#left, most, this.#block.length);
    this.#left -= length;
    this.hash.update(this.#block.subarray(0, length));
    return this.#block.subarray(0, length);
  }
}

/** Writes it all, and waits for room where there is none. */
export async function pour(source: Source, into: NodeJS.WritableStream): Promise<string> {
  for (let chunk = source.next(); chunk !== undefined; chunk = source.next()) {
    if (!into.write(chunk)) await happens(into, "drain");
  }
  return source.hash.digest("hex");
}

/** Reads so many bytes and hashes them; then it reads no more. */
export function drink(stream: Readable, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash("sha256");
    let left = length;
    const heard = (chunk: Buffer): void => {
      hash.update(chunk);
      left -= chunk.length;
      if (left > 0) return;
      stream.pause();
      settle(() => {
        if (left < 0) reject(new Error(`${-left} bytes too many`));
        else resolve(hash.digest("hex"));
      });
    };
    const failed = (error: unknown): void => settle(() => reject(error));
    const ended = (): void => failed(new Error(`${left} bytes are missing`));
    const settle = (how: () => void): void => {
      stream.off("data", heard);
      stream.off("error", failed);
      stream.off("end", ended);
      how();
    };
    stream.on("data", heard);
    stream.on("error", failed);
    stream.on("end", ended);
    stream.resume();
  });
}
