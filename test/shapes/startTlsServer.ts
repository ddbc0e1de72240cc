// What a socket with startTls() speaks to: servers in clear text that change to TLS, behind node:net and node:tls.

import type net from "node:net";
import type tls from "node:tls";
import { usual } from "../interop/chains.ts";
import {
  type NodeServer,
  nodeServer,
  Queue,
  shown,
  silence,
  type Talk,
  tcpServer,
} from "../interop/nodeServer.ts";

export interface StartTlsServer {
  readonly port: number;
  /** Connections in clear text. */
  readonly accepted: Queue<net.Socket>;
  /** What speaks TLS once it is asked to. */
  readonly tls: NodeServer;
  /** Speaks TLS on a connection from here on; answers once the handshake is done. */
  secure(raw: net.Socket): Promise<tls.TLSSocket>;
  close(): void;
}

export async function startTlsServer(
  talk: Talk = silence,
  clear: (raw: net.Socket, secure: () => void) => void = () => {},
): Promise<StartTlsServer> {
  const accepted = new Queue<net.Socket>();
  const behind = await nodeServer(shown(usual), talk);
  const start = (raw: net.Socket): void => void behind.server.emit("connection", raw);
  const front = await tcpServer(
    (raw) => {
      clear(raw, () => start(raw));
      accepted.push(raw);
    },
    { allowHalfOpen: true, noDelay: true },
  );
  return {
    port: front.port,
    accepted,
    tls: behind,
    secure: (raw) => {
      start(raw);
      return behind.secured.next();
    },
    close: () => {
      front.close();
      behind.close();
    },
  };
}

// A PostgreSQL that knows one answer

const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const ready = message("Z", Buffer.from("I"));

/** One row with one column, `answer`. */
function rowOf(value: string): Buffer {
  const textType = 25;
  const column = Buffer.concat([
    text("answer"),
    int32(0),
    int16(0),
    int32(textType),
    int16(-1),
    int32(-1),
    int16(0),
  ]);
  return Buffer.concat([
    message("T", int16(1), column),
    message("D", int16(1), int32(value.length), Buffer.from(value)),
    message("C", text("SELECT 1")),
    ready,
  ]);
}

/** Agrees to TLS, lets in whoever comes, and answers each simple query with its own text in capitals. */
export function postgresStub(): Promise<StartTlsServer> {
  return startTlsServer(talkPostgres, (raw, secure) => {
    raw.once("data", (request) => {
      if (!request.equals(sslRequest)) return raw.destroy();
      raw.write("S");
      return secure();
    });
  });
}

function talkPostgres(socket: tls.TLSSocket): void {
  let unread: Buffer = Buffer.alloc(0);
  let isStarted = false;
  socket.on("data", (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    // The first message has no type.
    for (let head = isStarted ? 1 : 0; unread.length >= head + 4; head = 1) {
      const length = head + unread.readInt32BE(head);
      if (unread.length < length) return;
      const type = isStarted ? String.fromCharCode(unread[0] as number) : "startup";
      const body = unread.subarray(head + 4, length);
      unread = unread.subarray(length);
      isStarted = true;
      if (type === "startup") socket.write(Buffer.concat([message("R", int32(0)), ready]));
      else if (type === "Q")
        socket.write(
          rowOf(
            body
              .toString("utf8")
              .replace(/\s*\0$/, "")
              .toUpperCase(),
          ),
        );
      else if (type === "X") socket.end();
    }
  });
}
