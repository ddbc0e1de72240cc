import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from "node:net";
import type { Transport, TransportReceiver } from "../connection/transport.ts";
import { localError, TlsError } from "../wire/error.ts";

/** How long a closing connection waits for the peer to take its last bytes, and for an alert that explains a reset. */
export const lingerMilliseconds = 1000;

/**
 * Every socket reads into this one: what arrives is used up before the next read. Reads of this size cost a third of
 * 'data' events of 64 KiB.
 */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

type WriteDone = (error?: Error | null) => void;

/** A socket whose failed writes don't end its reading: the alert that explains them may still be on its way. */
class PatientSocket extends Socket {
  onWriteFailed: ((error: Error) => void) | undefined;

  override _write(chunk: unknown, encoding: BufferEncoding, done: WriteDone): void {
    super._write(chunk, encoding, (error) => this.#done(error, done));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], done: WriteDone): void {
    super._writev?.(chunks, (error) => this.#done(error, done));
  }

  #done(error: Error | null | undefined, done: WriteDone): void {
    if (error && this.onWriteFailed !== undefined) this.onWriteFailed(error);
    else done(error);
  }
}

export interface TcpTransport {
  readonly socket: Socket;
  readonly transport: Transport;
}

/** Makes a TCP connection, and a transport of it. `timeout`: milliseconds until it must stand; 0 for no limit. */
export function connectTcp(options: TcpSocketConnectOpts, timeout: number): TcpTransport {
  let receiver: TransportReceiver | undefined;
  let paused = false;
  const socket = new PatientSocket({
    allowHalfOpen: true,
    onread: {
      buffer: readBuffer,
      callback: (length: number) => {
        receiver?.received(readBuffer.subarray(0, length));
        return !paused;
      },
    },
  } as SocketConstructorOpts);
  socket.setNoDelay(true);
  socket.connect(options);
  const target = `${options.host ?? "localhost"}:${options.port}`;
  if (timeout > 0) {
    const late = () =>
      socket.destroy(localError("connect_failed", `no connection to ${target} within ${timeout} ms`));
    const timer = setTimeout(late, timeout);
    socket.once("connect", () => clearTimeout(timer));
    socket.once("close", () => clearTimeout(timer));
  }
  let connected = false;
  socket.once("connect", () => {
    connected = true;
  });
  const explained = (error: Error): Error =>
    connected || error instanceof TlsError
      ? error
      : localError("connect_failed", `no connection to ${target}: ${error.message}`, error);
  const transport: Transport = {
    start: (to) => {
      receiver = to;
      socket.on("end", () => to.ended());
      socket.on("error", (error) => to.failed(explained(error)));
      socket.on("close", () => to.failed(new Error("the socket was closed")));
      socket.onWriteFailed = (error) => lookForAlert(socket, error);
    },
    write: (bytes, written) => {
      socket.write(bytes, () => written());
    },
    pause: () => {
      paused = true;
      socket.pause();
    },
    resume: () => {
      paused = false;
      socket.resume();
    },
    end: () => {
      socket.end();
    },
    close: () => closeSocket(socket),
    abort: () => {
      socket.destroy();
    },
  };
  return { socket, transport };
}

/** Reads on until the end or an error of reading, but not for ever. */
function lookForAlert(socket: Socket, error: Error): void {
  socket.resume();
  const timer = setTimeout(() => socket.destroy(error), lingerMilliseconds);
  timer.unref();
  socket.once("end", () => socket.destroy(error));
  socket.once("close", () => clearTimeout(timer));
}

/** Ends our side, throws away what still comes, and closes when the peer has closed or had its time. */
export function closeSocket(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  socket.resume();
  if (socket.readableEnded) return;
  const timer = setTimeout(() => socket.destroy(), lingerMilliseconds);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}
