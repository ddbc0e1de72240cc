// The WebSocket-like object, with a node:tls server at the far end: what a program that knows WebSockets may count on.

import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { type ConnectOptions, connect, type TlsWebSocket } from "../../src/shapes/webSocketLike.ts";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown, silence } from "../interop/nodeServer.ts";
import { take, textOf } from "../interop/talk.ts";

const trusting = { serverName: "localhost", trust: { roots: [usual.rootPem] } } as const;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: ArrayBuffer): string => new TextDecoder().decode(bytes);

let echoing: NodeServer;
let silent: NodeServer;
beforeAll(async () => {
  echoing = await nodeServer({ ...shown(usual), ALPNProtocols: ["binary"] }, echo);
  silent = await nodeServer(shown(usual), silence);
});
afterAll(() => {
  echoing.close();
  silent.close();
});

function open(server: NodeServer, options: Partial<ConnectOptions> = {}): TlsWebSocket {
  const lower = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  return connect(duplexTransport(lower, undefined), { ...trusting, ...options });
}

// biome-ignore lint/suspicious/noExplicitAny: as a program sees it
const next = (socket: TlsWebSocket, type: string): Promise<any> =>
  new Promise((resolve) => socket.addEventListener(type, resolve, { once: true }));

test("a word there and back, by handlers and listeners, and the end", async () => {
  const socket = open(echoing, { alpn: ["binary"] });
  expect(socket).toMatchObject({ readyState: 0, protocol: "", binaryType: "blob", bufferedAmount: 0 });
  expect(() => socket.send(encode("early"))).toThrow(expect.objectContaining({ name: "InvalidStateError" }));
  const seen: string[] = [];
  socket.onopen = ({ type }) => seen.push(type);
  socket.onmessage = ({ data }) => seen.push(decode(data));
  socket.onclose = ({ type, code, wasClean }) => seen.push(`${type} ${code} ${wasClean}`);
  await next(socket, "open");
  expect(socket).toMatchObject({ readyState: 1, protocol: "binary", info: { version: "TLS 1.3" } });
  socket.binaryType = "arraybuffer";
  const mine = encode("hello");
  const heard = next(socket, "message");
  socket.send(mine);
  mine.fill(0);
  await heard;
  const closed = next(socket, "close");
  socket.close(1000, "done");
  expect(socket.readyState).toBe(2);
  expect(await closed).toMatchObject({ code: 1000, reason: "done", wasClean: true });
  expect(socket.readyState).toBe(3);
  expect(seen).toEqual(["open", "hello", "close 1000 true"]);
  // As with any WebSocket, it is no error to send into one that is closed.
  socket.send(encode("late"));
  expect(socket.bufferedAmount).toBe(4);
  socket.close();
});

test("messages are Blobs until something else is asked for", async () => {
  const socket = open(silent);
  await next(socket, "open");
  const heard = next(socket, "message");
  (await silent.secured.next()).write("as a Blob");
  expect(await ((await heard).data as Blob).text()).toBe("as a Blob");
  socket.close();
  await next(socket, "close");
});

test("ArrayBuffers and views are sent; text and Blobs are refused [message_not_binary]", async () => {
  const socket = open(silent);
  await next(socket, "open");
  const peer = await silent.secured.next();
  const heard = take(peer, 5);
  socket.send(encode("a").buffer as ArrayBuffer);
  socket.send(new DataView(encode("xbcdx").buffer, 1, 3));
  socket.send(new Uint16Array([0x6565]).subarray(0, 1));
  expect(String(await heard)).toBe("abcde");
  for (const wrong of ["text", new Blob(["x"]), undefined]) {
    expect(() => socket.send(wrong as unknown as ArrayBuffer)).toThrow(
      expect.objectContaining({ code: "message_not_binary" }),
    );
  }
  socket.close();
  await next(socket, "close");
});

test("close() lets all leave that was sent, and bufferedAmount tells what waits", async () => {
  const socket = open(silent);
  await next(socket, "open");
  const peer = await silent.secured.next();
  const length = 16 * 2 ** 20;
  socket.send(new Uint8Array(length));
  expect(socket.bufferedAmount).toBe(length);
  const closed = next(socket, "close");
  socket.close();
  expect((await textOf(peer)).length).toBe(length);
  expect(await closed).toMatchObject({ wasClean: true, code: 1005 });
  expect(socket.bufferedAmount).toBe(0);
});

describe("how it ends", () => {
  test("the server's close_notify closes it", async () => {
    const socket = open(silent);
    await next(socket, "open");
    const closed = next(socket, "close");
    const peer = await silent.secured.next();
    const heard = textOf(peer);
    peer.end("bye");
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
    expect(await heard).toBe("");
  });

  test.each<readonly [string, Partial<ConnectOptions>]>([
    ["certificate_name_mismatch", { serverName: "other.example" }],
    ["aborted", { signal: AbortSignal.abort() }],
  ])("'error', then 'close' with the code as its reason: %s", async (code, options) => {
    const socket = open(silent, options);
    const failed = next(socket, "error");
    const closed = next(socket, "close");
    expect((await failed).error).toMatchObject({ code });
    expect(await closed).toMatchObject({ code: 1006, reason: code, wasClean: false });
    expect(socket.readyState).toBe(3);
  });

  test("an end without close_notify", async () => {
    const socket = open(silent);
    await next(socket, "open");
    const closed = next(socket, "close");
    (await silent.secured.next()).destroy();
    expect(await closed).toMatchObject({ code: 1006, wasClean: false });
  });

  test("close() before it is open gives up", async () => {
    const socket = open(silent);
    const closed = next(socket, "close");
    socket.close();
    expect(await closed).toMatchObject({ code: 1006, reason: "aborted" });
  });
});
