import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from "node:net";
import type { Duplex } from "node:stream";
import type { Transport, TransportReceiver } from "../connection/transport.ts";
import { localError, TlsError } from "../wire/error.ts";

/** How long a closing connection waits for the peer to take its last bytes, and for an alert that explains a reset. */
const lingerMilliseconds = 1000;

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
  const target = `${options.host ?? "localhost"}:${options.port}`;
  let receiver: TransportReceiver | undefined;
  let paused = false;
  let connected = false;
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
  const late = () =>
    socket.destroy(localError("connect_failed", `no connection to ${target} within ${timeout} ms`));
  const timer = timeout > 0 ? setTimeout(late, timeout) : undefined;
  socket.on("connect", () => {
    connected = true;
    clearTimeout(timer);
  });
  socket.on("end", () => receiver?.ended());
  socket.on("error", (error) => {
    const isExplained = connected || error instanceof TlsError;
    receiver?.failed(
      isExplained
        ? error
        : localError("connect_failed", `no connection to ${target}: ${error.message}`, error),
    );
  });
  socket.on("close", () => {
    clearTimeout(timer);
    const told = receiver;
    // Until the next full garbage collection Node keeps the socket: it shall not keep the connection, too.
    receiver = undefined;
    socket.onWriteFailed = undefined;
    socket.removeAllListeners();
    told?.failed(new Error("the socket was closed"));
  });
  socket.setNoDelay(true);
  socket.connect(options);
  const goOn = (): void => {
    paused = false;
    socket.resume();
  };
  const transport: Transport = {
    start: (to) => {
      receiver = to;
      socket.onWriteFailed = (error) => {
        goOn();
        lookForAlert(socket, error);
      };
    },
    write: (bytes, written) => {
      socket.write(bytes, () => written());
    },
    pause: () => {
      paused = true;
      socket.pause();
    },
    resume: goOn,
    end: () => {
      socket.end();
    },
    close: () => {
      goOn();
      closeStream(socket);
    },
    abort: () => {
      socket.destroy();
    },
  };
  return { socket, transport };
}

/** Reads on until the end or an error of reading, but not for ever. */
function lookForAlert(socket: Socket, error: Error): void {
  const timer = setTimeout(() => socket.destroy(error), lingerMilliseconds);
  timer.unref();
  socket.once("end", () => socket.destroy(error));
  socket.once("close", () => clearTimeout(timer));
}

/** Ends our side, throws away what still comes, and closes when the peer has closed or had its time. */
export function closeStream(stream: Duplex): void {
  if (stream.destroyed) return;
  stream.end();
  stream.resume();
  if (stream.readableEnded) return;
  const timer = setTimeout(() => stream.destroy(), lingerMilliseconds);
  timer.unref();
  stream.once("close", () => clearTimeout(timer));
}
