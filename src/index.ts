/** TLS 1.3 over any byte stream: names no runtime. */
/// <reference lib="esnext.disposable" preserve="true" />
import { byteReadable } from "./adapters/byteReadable.ts";
import { KeyUpdatePlaces } from "./adapters/keyUpdatePlaces.ts";
import type { Carrier } from "./adapters/transportOver.ts";
import type { Connection } from "./connection/connection.ts";
import type { ConnectionInfo } from "./connection/info.ts";
import { type ConnectOptions, startConnection } from "./startConnection.ts";
import type { Bytes } from "./wire/bytes.ts";
import { localError, type TlsError } from "./wire/error.ts";

export { defaultProvider } from "#provider";
export type { DataChannelLike } from "./adapters/dataChannel.ts";
export type { Carrier } from "./adapters/transportOver.ts";
export type { WebSocketLike } from "./adapters/webSocket.ts";
export type { ByteStreams } from "./adapters/webStreams.ts";
export type { ConnectionInfo } from "./connection/info.ts";
export type { Trace, TraceEvent } from "./connection/trace.ts";
export type { Transport, TransportReceiver } from "./connection/transport.ts";
export type { CipherSuiteName } from "./crypto/cipherSuites.ts";
export type { GroupName } from "./crypto/groups.ts";
export type { CryptoProvider } from "./crypto/provider.ts";
export type { PublicKey } from "./crypto/publicKey.ts";
export type { SignatureSchemeName } from "./crypto/signatureSchemes.ts";
export type { KeyLog } from "./handshake/keyLog.ts";
export { chooseIdentity } from "./identity/chooseIdentity.ts";
export type {
  ChooseIdentity,
  ClientIdentity,
  IdentityContext,
  IdentityRequest,
} from "./identity/clientIdentity.ts";
export {
  type ClientIdentityOptions,
  createClientIdentity,
  type Signer,
} from "./identity/createClientIdentity.ts";
export type { PaddingPolicy } from "./record/writer.ts";
export type { ConnectOptions } from "./startConnection.ts";
export { type CertificateErrorCode, certificateError } from "./trust/certificateError.ts";
export { type KnownKeys, trustOnFirstUse } from "./trust/firstUse.ts";
export { type PinOptions, pinned } from "./trust/pins.ts";
export { createServerVerifier, trustAnything } from "./trust/serverVerifier.ts";
export { createTrustStore, type Root, type Roots, type TrustStore } from "./trust/trustStore.ts";
export type {
  PresentedCertificates,
  ServerIdentity,
  ServerVerifier,
  VerificationStep,
} from "./trust/verifier.ts";
export type { AlertName } from "./wire/alerts.ts";
export { TlsError, type TlsErrorAlert, type TlsErrorCode } from "./wire/error.ts";
export { type AnchorParts, anchorFromParts } from "./x509/anchorFromParts.ts";
export type { AnchorSource } from "./x509/path.ts";
export type { TrustAnchor } from "./x509/trustAnchor.ts";

/** A connection that is there at once, and says when it is trusted. Awaiting one promise never leaves another unhandled. */
export interface TlsConnection {
  /** What was agreed, once the server is trusted; rejects with a TlsError where it is not. */
  readonly opened: Promise<ConnectionInfo>;
  /** Resolves once both sides have said close_notify; rejects with the TlsError that ended the connection. */
  readonly closed: Promise<void>;
  /** Ends at the server's close_notify; errors where the bytes end without one. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What is written before `opened` waits for it. Closing it says close_notify; reading goes on. */
  readonly writable: WritableStream<Uint8Array>;
  /**
   * Keying material for the application (RFC 9846 §7.5). No context is the same as an empty one.
   * @throws TlsError `closed` before `opened` and after the end, or what the connection failed with
   */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Bytes;
  /**
   * The same, of the early secret: from when the source of `earlyData` is first asked until the end. Both sides know it
   * before the server has answered, and who replays the hello makes the same: it is worth less than the other (RFC 9846 §7.5).
   * @throws TlsError `closed` where no early data was offered, and after the end, or what the connection failed with
   */
  exportEarlyKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Bytes;
  /**
   * Moves our sending keys on, and asks the server to move its own: what was given to `writable` before is under the old
   * keys, what comes after under the new ones, and no record has both (RFC 9846 §4.7.3).
   * @throws TlsError `closed` before `opened` and after the end, or what the connection failed with
   */
  updateKeys(): void;
  /** Says close_notify, throws away what was not written or read yet, and closes the transport. */
  close(): void;
  /** `using`: {@link close}. As the next one, there where the runtime has the symbol. */
  [Symbol.dispose](): void;
  /**
   * `await using`: {@link close}, and waits for the end. Never rejects: what the connection failed with, the streams and `closed`
   * have told, and an error that leaves the block is not to be hidden behind it.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Speaks TLS 1.3 over what carries bytes both ways.
 * @param over web streams, a WebSocket, an RTCDataChannel or a Transport; the connection closes it. A WebSocket or data channel
 *   that still connects is waited for. Neither can be held back: where 32 MiB wait to be read, a message counting as 512 bytes at
 *   least, the connection fails with `unread_limit_reached`
 * @throws TlsError `invalid_option`, which names the option, before a byte is sent
 */
export function connect(over: Carrier, options: ConnectOptions): TlsConnection {
  const opened = promiseParts<ConnectionInfo>();
  const closed = promiseParts<void>();
  let rejectWrite: ((error: TlsError) => void) | undefined;
  let writableController: WritableStreamDefaultController | undefined;

  const feed = byteReadable({
    pull: () => connection.resume(),
    cancel: () => connection.close(),
  });
  const keyUpdates = new KeyUpdatePlaces(() => {
    // What became of a connection that failed meanwhile the stream tells.
    if (connection.error === undefined) connection.updateKeys();
  });
  const writable = new WritableStream<Uint8Array>(
    {
      start: (controller) => {
        writableController = controller;
      },
      write: (chunk) =>
        new Promise<void>((resolve, reject) => {
          if (connection.error !== undefined) return reject(connection.error);
          rejectWrite = reject;
          connection.write(chunk, resolve);
          keyUpdates.taken();
        }),
      close: () => connection.end(),
      abort: () => connection.close(),
    },
    { highWaterMark: 1, size: () => keyUpdates.given() },
  );

  const connection: Connection = startConnection(over, options, {
    opened: (info) => opened.resolve(info),
    data: (bytes) => {
      if (!feed.push(bytes)) connection.pause();
    },
    ended: () => feed.close(),
    failed: (error) => {
      feed.error(error);
      writableController?.error(error);
      rejectWrite?.(error);
      opened.reject(error);
      closed.reject(error);
    },
    closed: () => {
      const error = localError("closed", "the connection was closed before this was read or written");
      feed.error(error);
      writableController?.error(error);
      rejectWrite?.(error);
      closed.resolve();
    },
  });

  const close = (): void => connection.close();
  const tls = {
    opened: opened.promise,
    closed: closed.promise,
    readable: feed.readable,
    writable,
    exportKeyingMaterial: (label, context, length) => connection.exportKeyingMaterial(label, context, length),
    exportEarlyKeyingMaterial: (label, context, length) =>
      connection.exportEarlyKeyingMaterial(label, context, length),
    updateKeys: () => {
      connection.checkKeyUpdate();
      keyUpdates.here();
    },
    close,
  } as TlsConnection;
  if (Symbol.dispose !== undefined) tls[Symbol.dispose] = close;
  if (Symbol.asyncDispose !== undefined) {
    tls[Symbol.asyncDispose] = () => {
      close();
      return closed.promise.catch(() => {});
    };
  }
  return tls;
}

interface PromiseParts<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: TlsError) => void;
}

/** A promise whose rejection nobody has to await. */
function promiseParts<T>(): PromiseParts<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: TlsError) => void = () => {};
  const promise = new Promise<T>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
