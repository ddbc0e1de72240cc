/**
 * tls13/socket: a socket with events and `startTls()`, as programs for Workers expect one, over any byte stream. Names no
 * runtime.
 */
import { type Carrier, transportOver } from "../adapters/transportOver.ts";
import type { ByteStreams } from "../adapters/webStreams.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionInfo } from "../connection/info.ts";
import { startConnection } from "../startConnection.ts";
import { copyOf } from "../wire/bytes.ts";
import { localError, TlsError } from "../wire/error.ts";
import { bytesOf, chunkOf } from "./chunks.ts";
import { Emitter } from "./emitter.ts";
import { SharedTransport } from "./sharedTransport.ts";
import { connectOptions, type StartTlsOptions, type TlsOptions } from "./startTlsOptions.ts";

export type { ByteStreams } from "../adapters/webStreams.ts";
export type { ConnectionInfo } from "../connection/info.ts";
export { TlsError, type TlsErrorCode } from "../wire/error.ts";
export type { StartTlsOptions, TlsOptions } from "./startTlsOptions.ts";

/** Where `connect()` leads; what Workers' connect() and Deno.connect() take. */
export interface SocketAddress {
  readonly hostname: string;
  readonly port: number;
}

/** A pair of byte streams, and where there is one a promise that says when the peer has been reached. */
export interface OpenedStreams extends ByteStreams {
  readonly opened?: PromiseLike<unknown>;
  readonly closed?: PromiseLike<unknown>;
}

/** How the bytes get to the server and back, and what TLS is asked for once it starts. */
export interface SocketOptions extends TlsOptions {
  /**
   * Opens the byte stream below, without TLS: Workers' connect() and Deno.connect() fit as they are. A WebSocket to a relay does,
   * too; 'connect' then says that it was made, and what is written waits until it is open.
   */
  readonly open: (address: SocketAddress) => OpenedStreams | Carrier | PromiseLike<OpenedStreams | Carrier>;
}

interface SocketEvents {
  /** The stream below is there, and nothing is encrypted yet. */
  connect: [];
  /** The server is trusted: what was written since `startTls()` leaves, encrypted. */
  secureConnect: [];
  /** Bytes, in memory that nobody else will change: a Buffer where the runtime has such. */
  data: [bytes: Uint8Array];
  /** After a `write()` that answered false: all has left. */
  drain: [];
  /** The server will send no more, and none is missing. */
  end: [];
  /** All that was written has left, the end included. */
  finish: [];
  error: [error: Error];
  /** Last, and once. */
  close: [hadError: boolean];
}

type WriteDone = (error?: Error | null) => void;

interface Write {
  readonly bytes: Uint8Array;
  readonly done: WriteDone | undefined;
  hasLeft: boolean;
}

type State =
  | { readonly kind: "unconnected" }
  | { readonly kind: "opening" }
  /** The program speaks by itself. */
  | { readonly kind: "clear" }
  | { readonly kind: "tls"; readonly connection: Connection };

/** Bytes that may wait to be written until `write()` answers false. */
const writableHighWaterMark = 64 * 1024;

const words = {
  unconnected: "one that is not connected yet",
  opening: "one that is not connected yet",
  clear: "one in clear text",
  tls: "one that speaks TLS already",
} as const;

/** A socket that is not connected yet. */
export function createSocket(options: SocketOptions): StartTlsSocket {
  if (typeof options?.open !== "function") {
    throw localError("invalid_option", "open: expected a function that opens a byte stream");
  }
  return new StartTlsSocket(options);
}

/**
 * A duplex stream with the events of node:net and the `startTls()` of Workers. Clear text first, if the protocol wants it, and
 * TLS from the byte on which `startTls()` is called: what the server sent before and nobody has read is refused.
 */
export class StartTlsSocket extends Emitter<SocketEvents> {
  /** What was agreed, and who the server is; undefined until 'secureConnect'. */
  info: ConnectionInfo | undefined;
  readonly #options: SocketOptions;
  #state: State = { kind: "unconnected" };
  #address: SocketAddress | undefined;
  #wire: SharedTransport | undefined;
  /** What came and was not heard yet; the end, where it came, is last. */
  #unheard: (Uint8Array | "end")[] = [];
  #paused = false;
  #held = false;
  #hearing = false;
  #endHeard = false;
  /** In the order in which they leave; those before `connect` have not been handed on. */
  readonly #writes = new Set<Write>();
  #unwritten = 0;
  #needsDrain = false;
  #ended = false;
  #endSaid = false;
  #finished = false;
  #closed = false;
  #forgetSignal: () => void = () => {};

  /** Made by `createSocket()`. */
  constructor(options: SocketOptions) {
    super();
    this.#options = options;
  }

  /** "opening" until connected, "closed" after 'close', as node:net has it. */
  get readyState(): "opening" | "open" | "readOnly" | "closed" {
    if (this.#closed || this.#state.kind === "unconnected") return "closed";
    if (this.#state.kind === "opening") return "opening";
    return this.#ended ? "readOnly" : "open";
  }

  get connecting(): boolean {
    return !this.#closed && this.#state.kind === "opening";
  }

  get destroyed(): boolean {
    return this.#closed;
  }

  /** Whether more may be written. */
  get writable(): boolean {
    return !this.#ended && !this.#closed;
  }

  /** Whether more may come. */
  get readable(): boolean {
    return !this.#endHeard && !this.#closed;
  }

  /** Bytes that were written and have not left. */
  get writableLength(): number {
    return this.#unwritten;
  }

  /** Whether the server is trusted, and all that is written from now on encrypted. */
  get encrypted(): boolean {
    return this.info !== undefined;
  }

  /** Opens the stream below; 'connect' says when it is there. */
  connect(port: number, host: string, onConnect?: () => void): this {
    if (this.#state.kind !== "unconnected" || this.#closed) {
      throw localError("closed", "connect: expected a socket that was not connected before");
    }
    if (onConnect !== undefined) this.once("connect", onConnect);
    const address = { hostname: host, port: Number(port) };
    this.#address = address;
    this.#state = { kind: "opening" };
    this.#heed(this.#options.signal);
    if (!this.#options.signal?.aborted) void this.#open(address);
    return this;
  }

  /**
   * Speaks TLS from here on. 'secureConnect' says when the server is trusted, 'error' why not; what is written meanwhile waits.
   * @throws TlsError `invalid_option`, which names the option; `closed` where there is no open connection in clear text
   */
  startTls(options: StartTlsOptions = {}): void {
    if (this.#closed || this.#ended || this.#state.kind !== "clear" || this.#wire === undefined) {
      const got = this.#closed || this.#ended ? "one that is closed" : words[this.#state.kind];
      throw localError("closed", `startTls: expected a connection in clear text, got ${got}`);
    }
    if (this.#unheard.at(-1) === "end") {
      throw localError("closed", "startTls: the server has ended the connection before TLS");
    }
    const unheard = (this.#unheard as Uint8Array[]).reduce((sum, { length }) => sum + length, 0);
    // Whoever is on the path may have put them there, and TLS would seem to vouch for them (the class of CVE-2021-23222).
    if (unheard > 0) {
      this.#fail(
        localError(
          "starttls_injected",
          `${unheard} bytes came in clear text before TLS: somebody on the way may have put them there`,
        ),
      );
      return;
    }
    const { hostname, port } = this.#address as SocketAddress;
    const connection = startConnection(
      this.#wire,
      connectOptions(this.#options, options, hostname),
      {
        opened: (info) => {
          this.info = info;
          this.emit("secureConnect");
        },
        data: (bytes) => this.#take(bytes),
        ended: () => this.#take("end"),
        failed: (error) => this.#fail(error),
        closed: () => this.#closeIfDone(),
      },
      port,
    );
    this.#held = false;
    // From here on the connection itself heeds it.
    this.#forgetSignal();
    this.#state = { kind: "tls", connection };
  }

  /** Answers whether more is welcome before 'drain'. The bytes may be changed again once `done` is called. */
  write(data: Uint8Array | string, encodingOrDone?: string | WriteDone, done?: WriteDone): boolean {
    const bytes = bytesOf(data, typeof encodingOrDone === "string" ? encodingOrDone : "utf8");
    const write = {
      bytes,
      done: typeof encodingOrDone === "function" ? encodingOrDone : done,
      hasLeft: false,
    };
    if (this.#closed || this.#ended) {
      const error = localError("closed", "nothing can be written any more: the socket was ended");
      queueMicrotask(() => write.done?.(error));
      if (!this.#closed) this.#fail(error);
      return false;
    }
    this.#writes.add(write);
    this.#unwritten += bytes.length;
    if (this.#state.kind !== "unconnected" && this.#state.kind !== "opening") this.#send(write);
    if (this.#unwritten < writableHighWaterMark) return true;
    this.#needsDrain = true;
    return false;
  }

  /** Writes what is given, and says the end behind it; reading goes on until the server has said its own. */
  end(
    data?: Uint8Array | string | (() => void),
    encodingOrDone?: string | (() => void),
    done?: () => void,
  ): this {
    const finished = [data, encodingOrDone, done].find((one) => typeof one === "function");
    if (finished !== undefined) {
      if (this.#finished) queueMicrotask(finished);
      else this.once("finish", finished);
    }
    if (this.#closed || this.#ended) return this;
    if (data !== undefined && typeof data !== "function") {
      this.write(data, typeof encodingOrDone === "string" ? encodingOrDone : undefined);
    }
    this.#ended = true;
    this.#sendEnd();
    return this;
  }

  /** Closes both directions now; what has not left does not. With an error, 'error' is emitted before 'close'. */
  destroy(error?: Error): this {
    if (this.#closed) return this;
    // Whatever comes of it, it is this error that the program is told.
    this.#close(error);
    if (this.#state.kind !== "tls") {
      this.#wire?.abort(error ?? new Error("the socket was destroyed"));
      return this;
    }
    const { connection } = this.#state;
    this.#wire?.abortLater();
    if (error === undefined) connection.close();
    else connection.fail(localError("aborted", `the socket was destroyed: ${error.message}`, error));
    return this;
  }

  pause(): this {
    this.#paused = true;
    return this;
  }

  resume(): this {
    this.#paused = false;
    this.#hear();
    return this;
  }

  /** The server's certificate as `raw`, DER, which a channel binding (RFC 5929) is made from; empty until 'secureConnect'. */
  getPeerCertificate(): { readonly raw?: Uint8Array } {
    const raw = this.info?.certificates[0];
    return raw === undefined ? {} : { raw: chunkOf(raw) };
  }

  // What a byte stream of another's has no knob for.

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  protected override listening(event: keyof SocketEvents): void {
    if (event === "data" && this.#unheard.length > 0) queueMicrotask(() => this.#hear());
  }

  // The stream below

  async #open(address: SocketAddress): Promise<void> {
    try {
      const streams = await this.#options.open(address);
      const { opened, closed } = streams as Partial<OpenedStreams>;
      // Both promises tell of what the streams tell, too.
      closed?.then(undefined, () => {});
      opened?.then(undefined, () => {});
      const wire = new SharedTransport(transportOver(streams), () => this.#outboundDone());
      if (this.#closed) return wire.abort(new Error("the socket was destroyed"));
      this.#wire = wire;
      await opened;
      if (this.#closed) return;
      wire.start({
        received: (bytes) => this.#take(copyOf(bytes)),
        ended: () => this.#take("end"),
        failed: (cause) => this.#fail(failureOf(cause)),
      });
    } catch (cause) {
      const where = `${address.hostname}:${address.port}`;
      this.#fail(localError("connect_failed", `no connection to ${where}: ${wordsOf(cause)}`, cause));
      return;
    }
    // A stream may be broken from the start.
    if (this.#closed) return;
    this.#state = { kind: "clear" };
    for (const write of this.#writes) this.#send(write);
    this.#sendEnd();
    this.emit("connect");
  }

  // What comes

  #take(what: Uint8Array | "end"): void {
    if (this.#closed) return;
    this.#unheard.push(what);
    this.#hear();
  }

  /** Tells what came to who listens; while nobody does, no more is read. */
  #hear(): void {
    // A listener that calls resume() is not told the next before this.
    if (this.#hearing) return;
    this.#hearing = true;
    while (!this.#closed && !this.#paused) {
      const [next] = this.#unheard;
      if (next === undefined || (next !== "end" && this.listenerCount("data") === 0)) break;
      this.#unheard.shift();
      if (next !== "end") this.emit("data", chunkOf(next));
      else this.#hearEnd();
    }
    this.#hearing = false;
    this.#hold(this.#paused || this.#unheard.length > 0);
  }

  #hearEnd(): void {
    this.#endHeard = true;
    this.emit("end");
    // As node:net does without allowHalfOpen.
    if (!this.#ended) this.end();
    this.#closeIfDone();
  }

  #hold(held: boolean): void {
    if (this.#closed || held === this.#held) return;
    this.#held = held;
    const below = this.#state.kind === "tls" ? this.#state.connection : this.#wire;
    if (held) below?.pause();
    else below?.resume();
  }

  // What leaves

  #send(write: Write): void {
    const left = (): void => this.#left(write);
    if (this.#state.kind === "tls") this.#state.connection.write(write.bytes, left);
    else this.#wire?.write(write.bytes, left);
  }

  #left(write: Write): void {
    if (this.#closed) return;
    write.hasLeft = true;
    // An empty one has no need to wait for those before it, but is not told of before them.
    for (const first of this.#writes) {
      if (!first.hasLeft) break;
      this.#writes.delete(first);
      this.#unwritten -= first.bytes.length;
      queueMicrotask(() => first.done?.());
    }
    queueMicrotask(() => {
      if (!this.#needsDrain || this.#unwritten > 0 || this.#closed) return;
      this.#needsDrain = false;
      this.emit("drain");
    });
    this.#finishIfDone();
  }

  #sendEnd(): void {
    if (!this.#ended || this.#closed) return;
    if (this.#state.kind === "tls") this.#state.connection.end();
    else if (this.#state.kind === "clear") this.#wire?.end();
  }

  // How it ends

  #fail(error: Error): void {
    if (this.#closed) return;
    this.#close(error);
    if (this.#state.kind === "tls") this.#wire?.abortLater();
    else this.#wire?.abort(error);
  }

  #outboundDone(): void {
    this.#endSaid = true;
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    // In clear text the end is said while writes before it are still on their way.
    if (!this.#endSaid || this.#writes.size > 0 || this.#finished || this.#closed) return;
    this.#finished = true;
    queueMicrotask(() => this.emit("finish"));
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (!this.#endHeard || !this.#finished || this.#closed) return;
    this.#close();
    this.#wire?.close();
  }

  #close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forgetSignal();
    this.#unheard = [];
    const unwritten = [...this.#writes];
    this.#writes.clear();
    this.#unwritten = 0;
    const why = error ?? localError("closed", "the socket was closed before this was written");
    // Not before whoever closes it has gone on; and whatever one of them throws, the others are told.
    for (const { done } of unwritten) queueMicrotask(() => done?.(why));
    queueMicrotask(() => {
      if (error !== undefined) this.emit("error", error);
      this.emit("close", error !== undefined);
    });
  }

  #heed(signal: AbortSignal | undefined): void {
    const aborted = (): void =>
      this.#fail(localError("aborted", "the connection was aborted", signal?.reason));
    if (signal?.aborted) return queueMicrotask(aborted);
    signal?.addEventListener("abort", aborted, { once: true });
    this.#forgetSignal = () => signal?.removeEventListener("abort", aborted);
  }
}

/** A transport of ours says by itself what it was; of another's nobody knows more than that it failed. */
function failureOf(cause: unknown): TlsError {
  if (cause instanceof TlsError) return cause;
  return localError("transport_failed", `the transport failed: ${wordsOf(cause)}`, cause);
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
