import { bytesOfMessage, kindOf } from "../adapters/binaryMessage.ts";
import type { Carrier } from "../adapters/transportOver.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionInfo } from "../connection/info.ts";
import { type ConnectOptions, startConnection } from "../startConnection.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import { localError, type TlsError } from "../wire/error.ts";

export type { Carrier } from "../adapters/transportOver.ts";
export type { ConnectionInfo } from "../connection/info.ts";
export type { ConnectOptions } from "../startConnection.ts";
export { TlsError, type TlsErrorCode } from "../wire/error.ts";

type Handler = ((event: Event) => void) | null;

/**
 * A TLS connection that looks like a WebSocket, for programs that take one as a raw channel (noVNC does). A stream has no
 * messages: what is sent arrives in order, and 'message' brings pieces of what the server wrote, cut anywhere.
 */
export class TlsWebSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  /** A connection that was handed in has none. */
  readonly url = "";
  readonly extensions = "";
  /** What a message is handed on as. Default: "blob", as with any WebSocket. */
  binaryType: "blob" | "arraybuffer" = "blob";
  /** Events have `data` ('message'), `code`, `reason` and `wasClean` ('close'), or `error`, a TlsError ('error'). */
  // biome-ignore lint/suspicious/noExplicitAny: handlers are written for the events of each runtime
  onopen: ((event: any) => void) | null = null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onmessage: ((event: any) => void) | null = null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onerror: ((event: any) => void) | null = null;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onclose: ((event: any) => void) | null = null;
  /** 0 connecting, 1 open (the server is trusted), 2 closing, 3 closed. */
  readyState: 0 | 1 | 2 | 3 = 0;
  /** Bytes that were sent and are not encrypted yet: they wait for room on the way out. */
  bufferedAmount = 0;
  /** The application protocol that was agreed (ALPN), or "". */
  protocol = "";
  /** What was agreed, and who the server is; undefined until 'open'. */
  info: ConnectionInfo | undefined;
  readonly #connection: Connection;
  #closing: { readonly code: number; readonly reason: string } | undefined;
  #error: TlsError | undefined;

  /** Made by `connect()`. */
  constructor(over: Carrier, options: ConnectOptions) {
    super();
    for (const type of ["open", "message", "error", "close"] as const) {
      this.addEventListener(type, (event) => (this[`on${type}`] as Handler)?.call(this, event));
    }
    this.#connection = startConnection(over, options, {
      opened: (info) => {
        this.info = info;
        this.protocol = info.alpn ?? "";
        this.readyState = this.OPEN;
        this.#tell("open", {});
      },
      data: (bytes) => {
        if (this.readyState !== this.OPEN) return;
        const { buffer } = copyOf(bytes);
        this.#tell("message", { data: this.binaryType === "blob" ? new Blob([buffer]) : buffer, origin: "" });
      },
      // There is no half-close.
      ended: () => {
        this.#closing ??= { code: 1000, reason: "" };
        this.readyState = this.CLOSING;
        // Not before the connection has heard the end itself.
        queueMicrotask(() => this.#connection.close());
      },
      failed: (error) => {
        this.#error = error;
      },
      closed: () => this.#closed(),
    });
  }

  /**
   * Bytes for the server. After the end they are dropped, as with any WebSocket.
   * @throws DOMException `InvalidStateError` before 'open'
   * @throws TlsError `message_not_binary` for text or a Blob: over TLS there are bytes only
   */
  send(data: ArrayBuffer | ArrayBufferView): void {
    if (this.readyState === this.CONNECTING) {
      throw new DOMException("expected an open connection, got one that still connects", "InvalidStateError");
    }
    const bytes = bytesOf(data);
    this.bufferedAmount += bytes.length;
    if (this.readyState !== this.OPEN) return;
    this.#connection.write(bytes, () => {
      this.bufferedAmount -= bytes.length;
      this.#closeIfSent();
    });
  }

  /** Lets what was sent leave, says close_notify and closes, without waiting for the server. Before 'open' it gives up. */
  close(code = 1005, reason = ""): void {
    if (this.readyState >= this.CLOSING) return;
    const wasOpen = this.readyState === this.OPEN;
    this.readyState = this.CLOSING;
    this.#closing = { code, reason };
    if (!wasOpen) return this.#connection.close();
    this.#connection.end();
    this.#closeIfSent();
  }

  #closeIfSent(): void {
    if (this.readyState !== this.CLOSING || this.bufferedAmount > 0) return;
    // The last bytes are being sealed as this is called.
    queueMicrotask(() => this.#connection.close());
  }

  #closed(): void {
    const error = this.#error;
    this.readyState = this.CLOSED;
    if (error !== undefined) this.#tell("error", { error, message: error.message });
    const how = error === undefined ? this.#closing : { code: 1006, reason: error.code };
    this.#tell("close", { code: 1006, reason: "", ...how, wasClean: error === undefined });
  }

  #tell(type: string, fields: object): void {
    this.dispatchEvent(Object.assign(new Event(type), fields));
  }
}

/**
 * Speaks TLS 1.3 over whatever `connect` of tls13 takes, as an object like a WebSocket.
 * @throws TlsError `invalid_option`, which names the option, before a byte is sent
 */
export function connect(over: Carrier, options: ConnectOptions): TlsWebSocket {
  return new TlsWebSocket(over, options);
}

/** A copy: whoever sends may use the memory again at once. */
function bytesOf(data: unknown): Bytes {
  const bytes = bytesOfMessage(data);
  if (bytes !== undefined) return copyOf(bytes);
  throw localError("message_not_binary", `expected an ArrayBuffer or a view of one, got ${kindOf(data)}`);
}
