import { channel } from "node:diagnostics_channel";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { Connection, type ConnectionSettings } from "../connection/connection.ts";
import type { EarlyDataReport } from "../connection/earlyData.ts";
import { IdleClock } from "../connection/idleClock.ts";
import { type ConnectionInfo, connectionInfo } from "../connection/info.ts";
import { checkMilliseconds } from "../connection/options.ts";
import type { Transport } from "../connection/transport.ts";
import type { CompletedHandshake } from "../handshake/client/handshake.ts";
import { localError } from "../wire/error.ts";
import { destroyLater } from "./closing.ts";

/** Published with `{ socket, serverName }`, then `{ socket, info }` or `{ socket, error }`. */
const channels = {
  start: channel("tls13:connection:start"),
  secure: channel("tls13:connection:secure"),
  failure: channel("tls13:connection:failure"),
};

/** Bytes that an application may write ahead: enough to fill the next write to the socket while one is under way. */
const writableHighWaterMark = 128 * 1024;

type WriteDone = (error?: Error | null) => void;

/** Stands in the queue of what was written where keys are to be updated: known as the object that it is. */
const keyUpdate = Buffer.alloc(0);

/**
 * A TLS connection as a Duplex with the habits of node:tls: 'secureConnect' once the server is trusted, 'error' with a
 * TlsError, 'close' last. What is written before 'secureConnect' waits for it.
 */
export class TlsSocket extends Duplex {
  /** As node:tls has it: tells code that asks that this stream is TLS. */
  readonly encrypted = true;
  /** What was agreed, and who the server is; undefined until 'secureConnect'. */
  info: ConnectionInfo | undefined;
  /** As node:tls has it: true once the certificate was verified. */
  authorized = false;
  /** As node:tls has it: the protocol agreed by ALPN, or false. */
  alpnProtocol: string | false = false;
  readonly servername: string;
  readonly #connection: Connection;
  /** The stream below; and the same where it is a socket. */
  readonly #lower: Duplex;
  readonly #socket: Socket | undefined;
  #writing: WriteDone | undefined;
  #timeout: number | undefined;
  #idle: IdleClock | undefined;

  /** Made by `connect()`. */
  constructor(transport: Transport, lower: Duplex, settings: ConnectionSettings, allowHalfOpen: boolean) {
    super({ allowHalfOpen, emitClose: true, writableHighWaterMark });
    this.#lower = lower;
    this.#socket = lower instanceof Socket ? lower : undefined;
    this.servername = settings.parameters.serverName;
    this.#socket?.on("connect", () => {
      this.#idle?.moved();
      this.emit("connect");
    });
    if (channels.start.hasSubscribers) channels.start.publish({ socket: this, serverName: this.servername });
    this.#connection = new Connection(transport, settings, {
      opened: (handshake, earlyData) => this.#opened(handshake, earlyData),
      data: (bytes) => {
        if (!this.push(bytes)) this.#connection.pause();
      },
      ended: () => {
        this.push(null);
      },
      failed: (error) => {
        if (channels.failure.hasSubscribers && !this.destroyed)
          channels.failure.publish({ socket: this, error });
        this.destroy(error);
      },
      closed: () => {},
      moved: () => this.#idle?.moved(),
    });
  }

  /**
   * The application's keying material (RFC 9846 §7.5), as node:tls orders the arguments. Without context: an empty one.
   * @throws TlsError `closed` before 'secureConnect' and after the end, or what the connection failed with
   */
  exportKeyingMaterial(length: number, label: string, context?: Uint8Array): Buffer {
    return Buffer.from(this.#connection.exportKeyingMaterial(label, context, length));
  }

  /**
   * The same, of the early secret: from when the source of `earlyData` is first asked until the end. Both sides know it
   * before the server has answered, and who replays the hello makes the same: it is worth less than the other (RFC 9846 §7.5).
   * @throws TlsError `closed` where no early data was offered, and after the end, or what the connection failed with
   */
  exportEarlyKeyingMaterial(length: number, label: string, context?: Uint8Array): Buffer {
    return Buffer.from(this.#connection.exportEarlyKeyingMaterial(label, context, length));
  }

  /**
   * Moves our sending keys on, and asks the server to move its own: what was written before is under the old keys, what
   * comes after under the new ones, and no record has both (RFC 9846 §4.7.3).
   * @throws TlsError `closed` before 'secureConnect' and after the end, or what the connection failed with
   */
  updateKeys(): void {
    this.#connection.checkKeyUpdate();
    if (this.writableEnded) throw localError("closed", "the keys of what was ended can't be updated");
    // Some of what was written may still wait in the stream's own queue.
    this.write(keyUpdate);
  }

  /** As node:tls has it. */
  getProtocol(): "TLSv1.3" {
    return "TLSv1.3";
  }

  /** As node:tls has it; undefined before 'secureConnect'. */
  getCipher():
    | { readonly name: string; readonly standardName: string; readonly version: "TLSv1.3" }
    | undefined {
    const name = this.info?.cipherSuite;
    return name === undefined ? undefined : { name, standardName: name, version: "TLSv1.3" };
  }

  /** As node:net has it: milliseconds of idle time after which 'timeout' is emitted; undefined for never. */
  get timeout(): number | undefined {
    return this.#timeout;
  }

  /**
   * As node:net has it: emits 'timeout' when no byte has come or left for so many milliseconds, and nothing else happens; 0 for
   * never. It counts from now on, connected or not, whatever stream is below.
   * @throws TlsError `invalid_option`
   */
  setTimeout(milliseconds: number, onTimeout?: () => void): this {
    checkMilliseconds("timeout", milliseconds);
    this.#idle?.stop();
    const isWanted = milliseconds > 0;
    this.#timeout = isWanted ? milliseconds : undefined;
    this.#idle =
      isWanted && !this.destroyed ? new IdleClock(milliseconds, () => this.emit("timeout")) : undefined;
    if (onTimeout !== undefined) {
      if (isWanted) this.once("timeout", onTimeout);
      else this.off("timeout", onTimeout);
    }
    return this;
  }

  setNoDelay(noDelay = true): this {
    this.#socket?.setNoDelay(noDelay);
    return this;
  }

  setKeepAlive(enable = false, initialDelay = 0): this {
    this.#socket?.setKeepAlive(enable, initialDelay);
    return this;
  }

  ref(): this {
    this.#socket?.ref();
    return this;
  }

  unref(): this {
    this.#socket?.unref();
    return this;
  }

  get connecting(): boolean {
    return this.#socket?.connecting ?? false;
  }

  get remoteAddress(): string | undefined {
    return this.#socket?.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket?.remotePort;
  }

  get localAddress(): string | undefined {
    return this.#socket?.localAddress;
  }

  get localPort(): number | undefined {
    return this.#socket?.localPort;
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: WriteDone): void {
    this.#writing = done;
    this.#send(chunk, () => this.#written());
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: WriteDone): void {
    this.#writing = done;
    let left = chunks.length;
    const sealed = (): void => {
      if (--left === 0) this.#written();
    };
    for (const { chunk } of chunks) this.#send(chunk, sealed);
  }

  #send(chunk: Uint8Array, sealed: () => void): void {
    if (chunk !== keyUpdate) return this.#connection.write(chunk, sealed);
    // What became of a connection that failed meanwhile is told by destroy().
    if (this.#connection.error === undefined) this.#connection.updateKeys();
    sealed();
  }

  #written(error?: Error): void {
    const done = this.#writing;
    this.#writing = undefined;
    done?.(error);
  }

  /** 'finish' comes once all has left, as it does with any socket. */
  override _final(done: WriteDone): void {
    this.#connection.end();
    if (this.#lower.writableFinished || this.#lower.destroyed) return done();
    const left = (): void => {
      this.#lower.off("finish", left);
      this.#lower.off("close", left);
      done();
    };
    this.#lower.on("finish", left);
    this.#lower.on("close", left);
  }

  override _destroy(error: Error | null, done: WriteDone): void {
    this.#idle?.stop();
    this.#idle = undefined;
    // It may fail before it has been handed to us.
    const connection: Connection | undefined = this.#connection;
    if (error === null) connection?.close();
    else if (error !== connection?.error) {
      connection?.fail(localError("aborted", `the connection was destroyed: ${error.message}`, error));
    }
    // Whoever destroys doesn't wait for a peer that takes nothing.
    if (!this.writableFinished || !this.readableEnded) destroyLater(this.#lower);
    if (this.#writing !== undefined) {
      this.#written(error ?? localError("closed", "the connection was closed before this was written"));
    }
    done(error);
  }

  #opened(handshake: CompletedHandshake, earlyData: EarlyDataReport | undefined): void {
    this.info = connectionInfo(handshake, this.servername, earlyData);
    // No identity: who knows an external PSK, or what came of it, is who it was agreed with.
    this.authorized = this.info.identity?.verified ?? true;
    this.alpnProtocol = handshake.alpn ?? false;
    if (channels.secure.hasSubscribers) channels.secure.publish({ socket: this, info: this.info });
    this.emit("secureConnect");
  }
}
