// The ways to talk with peers: with those that send back what they get, and over HTTP.

import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { TlsSocket } from "../../../src/node/index.ts";
import { drink, finished, happens, pour, Source, take } from "../talk.ts";
import type { Talk } from "./peer.ts";

const line = "there and back again\n";

/** A peer that sends back what it gets, as it comes. */
export const echo: Talk = {
  exchange: async (socket) => {
    socket.write(line);
    same(String(await take(socket, line.length)), line);
  },
  both: async (socket, length) => {
    const back = drink(socket, length);
    same(await pour(new Source(length, 9), socket), await back);
  },
  finish: finished,
  early: Buffer.from(line),
  earlyAnswer: async (socket) => same(String(await take(socket, line.length)), line),
};

/** … but only whole lines of text, and not too long ones. */
export const echoLines: Talk = {
  ...echo,
  both: async (socket, length) => {
    const back = drink(socket, length);
    same(await pour(new Source(length, 9, "lines"), socket), await back);
  },
};

function same(got: string, expected: string): void {
  if (got !== expected) throw new Error(`${JSON.stringify(got)} came back for ${JSON.stringify(expected)}`);
}

/** A peer that hands requests on to {@link httpEcho}, or answers as it does. */
export const overHttp: Talk = {
  exchange: async (socket) => {
    socket.write(request(line.length) + line);
    await answer(socket, line);
  },
  both: async (socket, length) => {
    const closed = happens(socket, "close");
    socket.write(request(length, { field: "Connection: close\r\n" }));
    const sent = pour(new Source(length, 10), socket);
    same(await head(socket), String(length));
    same(await drink(socket, length), await sent);
    socket.resume();
    await closed;
  },
  upload: async (socket, length) => {
    socket.write(request(length, { path: "/hash" }));
    const hash = await pour(new Source(length, 11), socket);
    await answer(socket, hash);
  },
  download: async (socket, length) => {
    const path = `/bytes/${length}`;
    socket.write(request(0, { path }));
    same(await head(socket), String(length));
    same(await drink(socket, length), hashOf(new Source(length, 12)));
  },
  // A client that ends first is let go of without a close_notify: in HTTP it is the server that ends.
  finish: async (socket) => {
    if (socket.destroyed) return;
    const closed = happens(socket, "close");
    socket.write(request(0, { field: "Connection: close\r\n" }));
    same(await head(socket), "0");
    socket.resume();
    await closed;
  },
  early: Buffer.from(request(line.length) + line),
  earlyAnswer: (socket) => answer(socket, line),
};

function request(length: number, { path = "/echo", field = "" } = {}): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${field}Content-Length: ${length}\r\n\r\n`;
}

async function answer(socket: TlsSocket, body: string): Promise<void> {
  same(await head(socket), String(body.length));
  same(String(await take(socket, body.length)), body);
}

/** Reads the head of an answer, and gives the length of what follows it. */
async function head(socket: TlsSocket): Promise<string> {
  let text = "";
  while (!text.endsWith("\r\n\r\n")) text += String(await take(socket, 1));
  if (!text.startsWith("HTTP/1.1 200")) throw new Error(text.slice(0, text.indexOf("\r\n")));
  return /^content-length: (\d+)\r$/im.exec(text)?.[1] ?? "no length";
}

/** An HTTP server behind proxies: sends back the body of a request, or its hash, or as many bytes as it is asked for. */
export async function httpEcho(): Promise<{ readonly port: number; close(): void }> {
  const server = http.createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function serve(incoming: http.IncomingMessage, outgoing: http.ServerResponse): Promise<void> {
  const wanted = /^\/bytes\/(\d+)$/.exec(incoming.url ?? "")?.[1];
  if (wanted !== undefined) {
    outgoing.writeHead(200, { "content-length": wanted });
    await pour(new Source(Number(wanted), 12), outgoing);
    outgoing.end();
  } else if (incoming.url === "/hash") {
    const hash = createHash("sha256");
    for await (const chunk of incoming) hash.update(chunk as Buffer);
    outgoing.end(hash.digest("hex"));
  } else {
    outgoing.writeHead(200, { "content-length": incoming.headers["content-length"] ?? "0" });
    await pipeline(incoming, outgoing);
  }
}

function hashOf(source: Source): string {
  while (source.next() !== undefined);
  return source.hash.digest("hex");
}
