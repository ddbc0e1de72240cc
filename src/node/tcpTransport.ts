import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from "node:net";
import type { Transport, TransportReceiver } from "../connection/transport.ts";
import { localError, TlsError } from "../wire/error.ts";
import { closeStream, destroyLater } from "./closing.ts";

/**
 * Every socket reads into this one: what arrives is used up before the next read. Reads of this size cost a third of
 * 'data' events of 64 KiB.
 */
const readBuffer = new Uint8Array(256 * 1024);

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
  // Once nobody wants what comes, or an alert is looked for, nothing holds reading up.
  let unpausable = false;
  let writeError: Error | undefined;
  const socket = new PatientSocket({
    allowHalfOpen: true,
    onread: {
      buffer: readBuffer,
      callback: (length: number) => {
        receiver?.received(readBuffer.subarray(0, length));
        return unpausable || !paused;
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
  socket.on("end", () => {
    if (writeError === undefined) receiver?.ended();
    else receiver?.failed(writeError);
  });
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
  try {
    socket.connect(options);
  } catch (error) {
    socket.destroy();
    throw localError(
      "invalid_option",
      `a TCP connection can't be made so: ${(error as Error).message}`,
      error,
    );
  }
  const readAll = (): void => {
    unpausable = true;
    socket.resume();
  };
  socket.onWriteFailed = (error) => {
    if (unpausable || socket.readableEnded) {
      socket.destroy(error);
      return;
    }
    writeError = error;
    readAll();
    destroyLater(socket, error);
  };
  const transport: Transport = {
    start: (to) => {
      receiver = to;
    },
    write: (bytes, written) => {
      socket.write(bytes, () => written());
    },
    pause: () => {
      paused = true;
      if (!unpausable) socket.pause();
    },
    resume: () => {
      paused = false;
      socket.resume();
    },
    end: () => {
      socket.end();
    },
    close: () => {
      receiver = undefined;
      // Before it is connected nothing has left, and after a failed write nothing will.
      if (socket.connecting || writeError !== undefined) socket.destroy();
      else {
        readAll();
        closeStream(socket);
      }
    },
    abort: () => {
      socket.destroy();
    },
  };
  return { socket, transport };
}
