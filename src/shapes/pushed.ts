import { Inbound } from "../adapters/inbound.ts";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionInfo } from "../connection/info.ts";
import { type ConnectOptions, startConnection } from "../startConnection.ts";
import { copyOf } from "../wire/bytes.ts";
import type { TlsError } from "../wire/error.ts";

export type { ConnectionInfo } from "../connection/info.ts";
export type { ConnectOptions } from "../startConnection.ts";
export { TlsError, type TlsErrorCode } from "../wire/error.ts";

/** What a connection asks of its program, and tells it. */
export interface PushedOptions extends ConnectOptions {
  /**
   * Bytes for the server, which are the program's to keep. Where it answers a promise, no more come until that resolves; where
   * that rejects, or this throws, the connection fails with `transport_failed`.
   */
  onSend(bytes: Uint8Array): void | PromiseLike<void>;
  /** Application data, which is the program's to keep. */
  onData(bytes: Uint8Array): void;
  /** The server is trusted. */
  onOpened?(info: ConnectionInfo): void;
  /** The server has said close_notify: no more data will come, and none is missing. Ours may still be sent. */
  onEnded?(): void;
  /** Last, and once: both sides have ended, or the connection failed, and the error is why. Nothing is sent after it. */
  onClosed?(error: TlsError | undefined): void;
}

/** A TLS connection without streams: its program pushes bytes in at both ends, and gets them by callbacks. */
export interface PushedConnection {
  /**
   * Bytes from the server. Their memory may be used again once this returns. Where a verifier still works, 32 MiB may wait;
   * over that the connection fails with `unread_limit_reached`.
   */
  receive(bytes: Uint8Array): void;
  /** The server's bytes have ended. Without close_notify before it, the connection fails with `truncated`. */
  receiveEnd(): void;
  /** The way to the server broke: the connection fails with `transport_failed`. */
  receiveFailure(cause: unknown): void;
  /**
   * Application data for the server, which before `onOpened` waits for it. `taken` is called once all of it is encrypted, for
   * who does not want more than that to wait; never where the connection fails.
   */
  write(bytes: Uint8Array, taken?: () => void): void;
  /** Says close_notify once all that was written has been sent; data may still come. */
  end(): void;
  /** Says close_notify, throws away what was not sent yet, and ends. */
  close(): void;
}

/**
 * Speaks TLS 1.3 by callbacks alone, for programs and runtimes that have no streams.
 * @throws TlsError `invalid_option`, which names the option, before a byte is sent
 */
export function connect(options: PushedOptions): PushedConnection {
  const inbound = new Inbound(false);
  let isOver = false;
  let error: TlsError | undefined;
  const stop = (): void => {
    isOver = true;
    inbound.stop();
  };
  const connection: Connection = startConnection(
    {
      start: (receiver) => inbound.start(receiver),
      write: (bytes, written) => {
        if (isOver) return;
        const sent = options.onSend(copyOf(bytes));
        if (sent === undefined) queueMicrotask(written);
        else sent.then(written, (cause: unknown) => inbound.failed(cause));
      },
      pause: () => inbound.pause(),
      resume: () => inbound.resume(),
      end: () => {},
      close: stop,
      abort: stop,
    },
    options,
    {
      opened: (info) => options.onOpened?.(info),
      data: (bytes) => options.onData(bytes),
      ended: () => options.onEnded?.(),
      failed: (cause) => {
        error = cause;
      },
      closed: () => options.onClosed?.(error),
    },
  );
  return {
    receive: (bytes) => inbound.received(inbound.waits ? copyOf(bytes) : bytes),
    receiveEnd: () => inbound.ended(),
    receiveFailure: (cause) => inbound.failed(cause),
    write: (bytes, taken) => connection.write(copyOf(bytes), () => taken?.()),
    end: () => connection.end(),
    close: () => connection.close(),
  };
}
