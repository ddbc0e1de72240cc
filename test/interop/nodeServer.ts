import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import tls from "node:tls";
import type { Chain } from "../certificates.ts";

/** Things that come one by one, and whoever waits for them. */
export class Queue<T> {
  readonly #come: T[] = [];
  readonly #waiting: ((one: T) => void)[] = [];

  push(one: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#come.push(one);
    else waiting(one);
  }

  next(): Promise<T> {
    const one = this.#come.shift();
    if (one !== undefined) return Promise.resolve(one);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

export type ServerError = Error & { readonly code?: string; readonly reason?: string };

/** Servers in this process: a port that the system chose, and what became of each connection. */
export interface NodeServer {
  readonly port: number;
  readonly server: tls.Server;
  /** Handshakes done. */
  readonly secured: Queue<tls.TLSSocket>;
  /** Handshakes that failed. */
  readonly failed: Queue<ServerError>;
  /** Lines of the key log, in order. */
  readonly keyLog: string[];
  close(): void;
}

export type Talk = (socket: tls.TLSSocket) => void;

/** Sends back what comes, and ends when the client ends. */
export const echo: Talk = (socket) => {
  socket.pipe(socket);
};

/** Does nothing: the test speaks for it. */
export const silence: Talk = () => {};

export function shown({ chainPem, leafKeyPem }: Chain): { cert: string; key: string } {
  return { cert: chainPem, key: leafKeyPem };
}

export async function nodeServer(options: tls.TlsOptions, talk: Talk = echo): Promise<NodeServer> {
  const server = tls.createServer(
    { minVersion: "TLSv1.3", maxVersion: "TLSv1.3", allowHalfOpen: true, noDelay: true, ...options },
    (socket) => {
      socket.on("error", () => {});
      // From within the handshake OpenSSL can't say close_notify yet.
      setImmediate(() => {
        talk(socket);
        secured.push(socket);
      });
    },
  );
  const secured = new Queue<tls.TLSSocket>();
  const failed = new Queue<ServerError>();
  const keyLog: string[] = [];
  server.on("tlsClientError", (error) => failed.push(error));
  server.on("keylog", (line) => keyLog.push(line.toString("latin1").trimEnd()));
  const { port, close } = await listen(server);
  return { port, server, secured, failed, keyLog, close };
}

/** A server of plain TCP. */
export async function tcpServer(
  talk: (socket: net.Socket) => void,
  options: net.ServerOpts = {},
): Promise<{ port: number; server: net.Server; close(): void }> {
  const server = net.createServer(options, (socket) => {
    socket.on("error", () => {});
    talk(socket);
  });
  return { server, ...(await listen(server)) };
}

async function listen(server: net.Server): Promise<{ port: number; close(): void }> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, close };
}

export interface Ends {
  readonly client: net.Socket;
  readonly server: net.Socket;
}

/**
 * Stands between client and server, and may change what passes: `uplink` sees each chunk of the client's, `downlink` of the
 * server's, and the answer goes on. `ended` says what the server's end means for the client; by default, the same.
 */
export function proxy(
  target: number,
  bend: {
    readonly uplink?: (bytes: Buffer, ends: Ends) => Buffer;
    readonly downlink?: (bytes: Buffer, ends: Ends) => Buffer;
    readonly ended?: (ends: Ends) => void;
  } = {},
): Promise<{ port: number; server: net.Server; close(): void }> {
  return tcpServer(
    (client) => {
      const server = net.connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      const ends = { client, server };
      const ended = bend.ended ?? (() => client.end());
      server.on("error", () => {});
      client.on("data", (bytes) => server.write(bend.uplink?.(bytes, ends) ?? bytes));
      server.on("data", (bytes) => client.write(bend.downlink?.(bytes, ends) ?? bytes));
      client.on("end", () => server.end());
      server.on("end", () => ended(ends));
      server.on("close", (broken) => {
        if (broken) ended(ends);
      });
      client.on("close", () => server.destroy());
    },
    { allowHalfOpen: true, noDelay: true },
  );
}
