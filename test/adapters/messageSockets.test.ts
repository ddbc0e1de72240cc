// TLS over messages: a real WebSocket with a relay behind it, and an RTCDataChannel with the standard's members and no more.

import { once } from "node:events";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { maxUnread } from "../../src/adapters/inbound.ts";
import { maxBuffered } from "../../src/adapters/messageTransport.ts";
import { transportOver } from "../../src/adapters/transportOver.ts";
import { type ConnectOptions, connect, type TlsConnection, type TlsError } from "../../src/index.ts";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown, silence } from "../interop/nodeServer.ts";
import { textOf } from "../interop/talk.ts";
import { FakeDataChannel, FakeWebSocket } from "./fakeSockets.ts";
import { type Relay, startRelay } from "./relay.ts";

const trusting = { serverName: "localhost", trust: { roots: [usual.rootPem] } } as const;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let echoing: NodeServer;
let silent: NodeServer;
let relay: Relay;

beforeAll(async () => {
  echoing = await nodeServer(shown(usual), echo);
  silent = await nodeServer(shown(usual), silence);
  relay = await startRelay();
});
afterAll(() => {
  relay.close();
  echoing.close();
  silent.close();
});

const webSocket = (server: NodeServer): WebSocket => new WebSocket(relay.url(server));

/** Unlike events.once(), takes no notice of an 'error'. */
const closing = (socket: WebSocket): Promise<unknown> =>
  new Promise((resolve) => socket.addEventListener("close", resolve));

function open(server: NodeServer, options: Partial<ConnectOptions> = {}): TlsConnection {
  return connect(webSocket(server), { ...trusting, ...options });
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let one = await reader.read(); !one.done; one = await reader.read()) chunks.push(one.value);
  return Buffer.concat(chunks);
}

describe("over a WebSocket to a relay", () => {
  test("that is still connecting: there and back, and the end of both", async () => {
    const tls = open(echoing);
    const writer = tls.writable.getWriter();
    await writer.write(encode("hello"));
    await writer.close();
    expect(String(await readAll(tls.readable))).toBe("hello");
    await tls.closed;
  });

  test("that is open already", async () => {
    const socket = webSocket(echoing);
    await once(socket, "open");
    const tls = connect(socket, trusting);
    await tls.opened;
    expect(socket.binaryType).toBe("arraybuffer");
    tls.close();
    await tls.closed;
    await closing(socket);
  });

  test("8 MiB both ways", async () => {
    const tls = open(echoing);
    const writer = tls.writable.getWriter();
    const sent = Buffer.alloc(8 * 2 ** 20, "all that is sent comes back; ");
    const writing = writer.write(sent).then(() => writer.close());
    expect((await readAll(tls.readable)).equals(sent)).toBe(true);
    await writing;
    await tls.closed;
  });

  test("the server's end comes first, and ours is heard", async () => {
    const tls = open(silent);
    await tls.opened;
    const peer = await silent.secured.next();
    const heard = textOf(peer);
    peer.end("bye");
    expect(String(await readAll(tls.readable))).toBe("bye");
    await tls.writable.close();
    expect(await heard).toBe("");
    await tls.closed;
  });

  test.each<readonly [string, (socket: WebSocket) => void, string]>([
    ["closed with 1000 and no close_notify", (socket) => socket.close(1000), "truncated"],
    ["closed with a reason", (socket) => socket.close(1011, "no such host"), "transport_failed"],
    ["broken off", (socket) => socket.terminate(), "transport_failed"],
    ["with a text message", (socket) => socket.send("hello"), "message_not_binary"],
  ])("%s", async (_, act, code) => {
    const tls = open(silent);
    await tls.opened;
    act(relay.sockets.at(-1)!);
    const error: unknown = await tls.closed.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    if (code === "transport_failed")
      expect((error as TlsError).message).toMatch(/closed: (1011 no such host|1006)/);
    await expect(tls.writable.getWriter().write(encode("x"))).rejects.toBe(error);
  });

  test("nobody listens there [connect_failed]", async () => {
    const gone = await new Promise<number>((resolve) => {
      const server = net.createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as net.AddressInfo;
        server.close(() => resolve(port));
      });
    });
    const tls = connect(new WebSocket(`ws://127.0.0.1:${gone}`), trusting);
    await expect(tls.opened).rejects.toMatchObject({ code: "connect_failed" });
    await expect(tls.closed).rejects.toMatchObject({ code: "connect_failed" });
  });

  test("that is closed already [connect_failed]", async () => {
    const socket = webSocket(silent);
    await once(socket, "open");
    socket.terminate();
    await closing(socket);
    await expect(connect(socket, trusting).opened).rejects.toMatchObject({ code: "connect_failed" });
  });

  test.each(["at once", "connecting", "during the handshake", "after it"])("a signal: %s", async (when) => {
    const controller = new AbortController();
    const socket = webSocket(silent);
    if (when === "at once") controller.abort();
    const tls = connect(socket, { ...trusting, signal: controller.signal });
    if (when === "during the handshake") await once(socket, "open");
    if (when === "after it") await tls.opened;
    const closed = closing(socket);
    controller.abort();
    await expect(tls.closed).rejects.toMatchObject({ code: "aborted" });
    await closed;
  });
});

const kinds = [
  ["WebSocket", FakeWebSocket],
  ["RTCDataChannel", FakeDataChannel],
] as const;

describe.each(kinds)("over a fake %s", (name, Fake) => {
  const started = (): { socket: FakeWebSocket | FakeDataChannel; tls: TlsConnection } => {
    const socket = new Fake();
    return { socket, tls: connect(socket, trusting) };
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  /** A fatal alert, which ends the connection where it is heard. */
  const fatal = Uint8Array.of(21, 3, 3, 0, 2, 2, 40);

  test("nothing is sent before it is open, and then all of it", async () => {
    const { socket, tls } = started();
    await turn();
    expect(socket.sent).toEqual([]);
    socket.open();
    await vi.waitUntil(() => socket.sent.length > 0);
    expect(socket.sent[0]?.[0]).toBe(22);
    tls.close();
    await expect(tls.closed).rejects.toMatchObject({ code: "aborted" });
    expect(socket.closes).toBe(1);
  });

  test("views, and buffers of any realm, are bytes; text and Blobs are not [message_not_binary]", async () => {
    for (const [data, code] of [
      [fatal.buffer, "alert_received"],
      [Buffer.from(fatal), "alert_received"],
      ["text", "message_not_binary"],
      [new Blob(["x"]), "message_not_binary"],
    ] as const) {
      const { socket, tls } = started();
      socket.open();
      await turn();
      socket.fire("message", { data });
      await expect(tls.closed).rejects.toMatchObject({ code });
    }
  });

  test("an error event fails it, with its cause [transport_failed]", async () => {
    const { socket, tls } = started();
    socket.open();
    await turn();
    const error = new Error("user-initiated abort");
    socket.fire("error", { error });
    await expect(tls.closed).rejects.toMatchObject({ code: "transport_failed", cause: error });
  });

  test("closed before it was open [connect_failed]", async () => {
    const { socket, tls } = started();
    socket.fire("close", { code: 1006, wasClean: false });
    await expect(tls.closed).rejects.toMatchObject({ code: "connect_failed" });
  });

  test("a send that throws [transport_failed]", async () => {
    const { socket, tls } = started();
    const cause = new Error("the buffer is full");
    socket.onSend = () => {
      throw cause;
    };
    socket.open();
    await expect(tls.closed).rejects.toMatchObject({ code: "transport_failed", cause });
  });

  test.each([
    ["1 MiB", 2 ** 20, maxUnread / 2 ** 20],
    ["one byte", 1, maxUnread / 512],
  ])(
    `what nobody reads is bounded, and ${name} says so: pieces of %s [unread_limit_reached]`,
    (_, size, most) => {
      const socket = new Fake().opened();
      const transport = transportOver(socket);
      const failures: unknown[] = [];
      transport.start({ received: () => {}, ended: () => {}, failed: (cause) => failures.push(cause) });
      const message = { data: new ArrayBuffer(size) };
      socket.fire("message", message);
      transport.pause();
      for (let sent = 0; sent < most; sent++) socket.fire("message", message);
      expect(failures).toEqual([]);
      socket.fire("message", message);
      expect(failures).toMatchObject([{ code: "unread_limit_reached" }]);
    },
  );

  test("empty messages are no pieces, and none of them waits", () => {
    const socket = new Fake().opened();
    const transport = transportOver(socket);
    const lengths: number[] = [];
    transport.start({ received: ({ length }) => lengths.push(length), ended: () => {}, failed: () => {} });
    transport.pause();
    for (const length of [0, 3, 0]) socket.fire("message", { data: new ArrayBuffer(length) });
    transport.resume();
    socket.fire("message", { data: new ArrayBuffer(0) });
    expect(lengths).toEqual([3]);
  });

  test("what came while it was paused comes before the end; a write does not wait for that", () => {
    for (const how of ["resume", "write"] as const) {
      const socket = new Fake().opened();
      const transport = transportOver(socket);
      const told: string[] = [];
      transport.start({
        received: (bytes) => told.push(`${bytes.length}`),
        ended: () => told.push("ended"),
        failed: () => told.push("failed"),
      });
      socket.fire("message", { data: new ArrayBuffer(1) });
      transport.pause();
      socket.fire("message", { data: new ArrayBuffer(2) });
      socket.fire("close", { code: 1000, wasClean: true });
      expect(told).toEqual(["1"]);
      if (how === "resume") transport.resume();
      else transport.write(new Uint8Array(1), () => {});
      expect(told).toEqual(["1", "2", "ended", "failed"]);
    }
  });

  test("two writes in one go wait for the socket together", async () => {
    const socket = new Fake().opened();
    const transport = transportOver(socket);
    transport.start({ received: () => {}, ended: () => {}, failed: () => {} });
    let written = 0;
    transport.write(new Uint8Array(1), () => written++);
    transport.write(new Uint8Array(2 * maxBuffered), () => written++);
    await turn();
    expect(written).toBe(0);
    socket.drain();
    await vi.waitUntil(() => written === 2);
  });

  test("what waits in the socket holds writing up, and no wait outlives the connection", async () => {
    for (const how of ["drained", "closed", "lost"] as const) {
      const socket = new Fake().opened();
      const transport = transportOver(socket);
      let failed = 0;
      transport.start({ received: () => {}, ended: () => {}, failed: () => failed++ });
      if (how !== "drained") vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const looks = vi.spyOn(socket, "bufferedAmount", "get");
      let written = 0;
      transport.write(new Uint8Array(3 * maxBuffered), () => written++);
      await turn();
      expect(written).toBe(0);
      if (how === "drained") {
        socket.drain();
        await vi.waitUntil(() => written === 1);
        continue;
      }
      if (how === "closed") transport.close();
      else socket.fire("close", { code: 1006, wasClean: false });
      expect(failed).toBe(how === "lost" ? 1 : 0);
      const { length } = looks.mock.calls;
      vi.advanceTimersByTime(60_000);
      vi.useRealTimers();
      expect(looks.mock.calls).toHaveLength(length);
      expect(written).toBe(0);
    }
  });
});

describe("an RTCDataChannel", () => {
  test("takes messages of 16 KiB at most, in order", () => {
    const channel = new FakeDataChannel().opened();
    const transport = transportOver(channel);
    transport.start({ received: () => {}, ended: () => {}, failed: () => {} });
    const bytes = Uint8Array.from({ length: 40_000 }, (_, i) => i);
    transport.write(bytes, () => {});
    expect(channel.sent.map(({ length }) => length)).toEqual([16384, 16384, 7232]);
    expect(Buffer.concat(channel.sent).equals(bytes)).toBe(true);
  });

  test.each<readonly [string, Partial<FakeDataChannel>]>([
    ["not ordered", { ordered: false }],
    ["not reliable", { maxRetransmits: 0 }],
    ["not reliable", { maxPacketLifeTime: 100 }],
  ])("that is %s is refused: %o", (what, members) => {
    const channel = Object.assign(new FakeDataChannel(), members);
    expect(() => connect(channel, trusting)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(what) }),
    );
  });
});
