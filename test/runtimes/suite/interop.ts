// node:tls at the far end of a TCP connection, or of a WebSocket with a relay between: what travels is real.

import { type ByteStreams, connect, type TlsConnection } from "../../../src/index.ts";
import { type Case, expect, expectEqual, rejection, within } from "../../cases/case.ts";
import type { Fixtures } from "../fixtures.ts";
import type { Sockets } from "./sockets.ts";

/** A runtime lacks what a case needs: its message is the reason in the table. */
export class LackingError extends Error {
  override readonly name = "LackingError";
}

type Dial = () => Promise<ByteStreams>;

interface WebSocketLike {
  binaryType: string;
  send(bytes: Uint8Array): void;
  close(): void;
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
}
type WebSocketConstructor = new (address: string) => WebSocketLike;

/** As little as the cases need; src/adapters is for people. */
async function webSocketStreams(address: string): Promise<ByteStreams> {
  const { WebSocket } = globalThis as unknown as { readonly WebSocket?: WebSocketConstructor };
  if (WebSocket === undefined) throw new LackingError("no WebSocket in this runtime");
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let over = false;
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const finish = (end: () => void): void => {
        if (!over) end();
        over = true;
      };
      socket.addEventListener("message", ({ data }) => {
        if (!over) controller.enqueue(new Uint8Array(data as ArrayBuffer));
      });
      socket.addEventListener("close", () => finish(() => controller.close()));
      socket.addEventListener("error", () => finish(() => controller.error(new Error("the socket broke"))));
    },
    cancel: () => {
      over = true;
      socket.close();
    },
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("the relay was not reached")));
  });
  const writable = new WritableStream<Uint8Array>({
    write: (bytes) => socket.send(bytes),
    // A WebSocket has no half-close: it stays for the server's own end.
    close: () => {},
    abort: () => socket.close(),
  });
  return { readable, writable };
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let one = await reader.read(); !one.done; one = await reader.read()) chunks.push(one.value);
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The server sends back what it gets. */
async function talk(tls: TlsConnection, content: Uint8Array): Promise<Uint8Array> {
  const reading = readAll(tls.readable);
  const writer = tls.writable.getWriter();
  for (let at = 0; at < content.length; at += 50_000) await writer.write(content.subarray(at, at + 50_000));
  await writer.close();
  const echoed = await reading;
  await tls.closed;
  return echoed;
}

function casesOver(way: string, dial: Dial, { root }: Fixtures["peer"]): readonly Case[] {
  const open = async (serverName = "server.example"): Promise<TlsConnection> =>
    connect(await dial(), { serverName, trust: { roots: [root] } });
  return [
    {
      name: `a word there and back, ${way}`,
      rules: [],
      run: async () => {
        const tls = await open();
        const info = await within("it is open", tls.opened);
        expectEqual(info.identity?.verified, true, "whether the server was verified");
        const echoed = await within("the word is back", talk(tls, new TextEncoder().encode("hello")));
        expectEqual(new TextDecoder().decode(echoed), "hello", "the word");
      },
    },
    {
      name: `1 MiB there and back, ${way}`,
      rules: [],
      run: async () => {
        const content = Uint8Array.from({ length: 2 ** 20 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
        const echoed = await within("all is back", talk(await open(), content), 12_000);
        expectEqual(echoed.length, content.length, "the length");
        expectEqual(await hashOf(echoed), await hashOf(content), "the hash");
      },
    },
    {
      name: `a server of another name is refused, ${way}`,
      rules: [],
      run: async () => {
        const tls = await open("other.example");
        const error = await within("it is refused", rejection(tls.opened));
        const { code } = error as { readonly code?: string };
        expectEqual(code, "certificate_name_mismatch", "the error");
        expect((await rejection(tls.closed)) === error, "closed has another error");
      },
    },
  ];
}

export function relayCases({ peer }: Fixtures): readonly Case[] {
  return casesOver("through a WebSocket relay", () => webSocketStreams(peer.relay), peer);
}

export function tcpCases({ peer }: Fixtures, { tcp }: Sockets): readonly Case[] {
  const dial = async (): Promise<ByteStreams> => {
    if (tcp === undefined) throw new LackingError("pages have no TCP sockets");
    return tcp(peer.port);
  };
  return casesOver("over TCP", dial, peer);
}
