import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import net from "node:net";
import { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connect, createServerVerifier, type ServerVerifier, type TlsError } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";
import { peerError } from "../../src/wire/error.ts";
import { duplexPair } from "../adapters/pairs.ts";
import { usual } from "../interop/chains.ts";
import {
  echo,
  type NodeServer,
  nodeServer,
  proxy,
  shown,
  silence,
  tcpServer,
} from "../interop/nodeServer.ts";
import { failureOf, finished, happens, secured, take, textOf } from "../interop/talk.ts";

let echoing: NodeServer;
let silent: NodeServer;
const toBeClosed: { close(): void }[] = [];
const rejections: unknown[] = [];
const noteRejection = (reason: unknown): void => {
  rejections.push(reason);
};

beforeAll(async () => {
  process.on("unhandledRejection", noteRejection);
  echoing = await nodeServer(shown(usual), echo);
  silent = await nodeServer(shown(usual), silence);
});
afterAll(() => {
  process.off("unhandledRejection", noteRejection);
  echoing.close();
  silent.close();
});
beforeEach(() => {
  rejections.length = 0;
});
afterEach(async () => {
  for (const one of toBeClosed.splice(0)) one.close();
  await turns(2);
  expect(rejections).toEqual([]);
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

type Options = Partial<Parameters<typeof connect>[0]>;

const open = (server: { port: number }, options: Options = {}): TlsSocket =>
  connect({ host: "127.0.0.1", port: server.port, servername: "localhost", ca: usual.rootPem, ...options });

/** A server that takes connections and says nothing. */
async function mute(): Promise<{ port: number; close(): void }> {
  const server = await tcpServer(() => {});
  toBeClosed.push(server);
  return server;
}

const events = ["connect", "secureConnect", "data", "end", "finish", "error", "close"] as const;

/** Whatever it ends with. */
function closed(socket: TlsSocket): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** What it tells, in order. */
function listen(socket: TlsSocket, except: readonly string[] = []): string[] {
  const told: string[] = [];
  for (const event of events) {
    if (except.includes(event)) continue;
    socket.on(event, (value?: unknown) => {
      told.push(event === "error" ? `error ${(value as TlsError).code}` : event);
    });
  }
  return told;
}

describe("events", () => {
  test("in order: connect, secureConnect, finish, data, end, close", async () => {
    const socket = open(echoing);
    const told = listen(socket);
    socket.on("secureConnect", () => {
      expect(socket.info?.version).toBe("TLS 1.3");
      socket.end("ping");
    });
    await once(socket, "close");
    expect(told).toEqual(["connect", "secureConnect", "finish", "data", "end", "close"]);
    expect(socket.destroyed).toBe(true);
  });

  test("the callback is a listener of secureConnect, called once", async () => {
    let called = 0;
    const options = { host: "127.0.0.1", port: echoing.port, servername: "localhost", ca: usual.rootPem };
    const socket = connect(options, () => called++);
    await secured(socket);
    await finished(socket);
    expect(called).toBe(1);
  });

  test("what it knows: before, and after", async () => {
    const socket = open(echoing);
    expect(socket).toMatchObject({
      encrypted: true,
      authorized: false,
      alpnProtocol: false,
      servername: "localhost",
      info: undefined,
      connecting: true,
      remoteAddress: undefined,
    });
    expect(socket.getCipher()).toBeUndefined();
    expect(() => socket.exportKeyingMaterial(32, "label")).toThrow(
      expect.objectContaining({ code: "closed" }),
    );
    expect(() => socket.updateKeys()).toThrow(expect.objectContaining({ code: "closed" }));
    await secured(socket);
    expect(socket).toMatchObject({
      authorized: true,
      connecting: false,
      remoteAddress: "127.0.0.1",
      remotePort: echoing.port,
      localAddress: "127.0.0.1",
      localPort: expect.any(Number),
    });
    expect(socket.getProtocol()).toBe("TLSv1.3");
    expect(socket.getCipher()?.name).toMatch(/^TLS_/);
    await finished(socket);
    expect(() => socket.updateKeys()).toThrow(expect.objectContaining({ code: "closed" }));
  });

  test("a failed connection: one error, then close, and nothing else", async () => {
    const socket = open(echoing, { servername: "other.example" });
    const told = listen(socket);
    await closed(socket);
    await turns(5);
    expect(told).toEqual(["connect", "error certificate_name_mismatch", "close"]);
    expect(socket.errored).toMatchObject({ code: "certificate_name_mismatch" });
  });

  test("'finish' only once all has left, with a server that takes its time", async () => {
    const socket = open(silent);
    await secured(socket);
    const peer = await silent.secured.next();
    const told = listen(socket);
    const length = 8 * 2 ** 20;
    socket.end(Buffer.alloc(length));
    await turns(50);
    expect(told).toEqual([]);
    let received = 0;
    peer.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    await happens(peer, "end");
    expect(received).toBe(length);
    peer.end();
    socket.resume();
    await happens(socket, "close");
    expect(told).toEqual(["finish", "end", "close"]);
  });
});

describe("backpressure", () => {
  test("of ours: what a server does not read is not taken", async () => {
    const socket = open(silent);
    await secured(socket);
    await silent.secured.next();
    let written = 0;
    let idle = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const more = (): void => {
      idle = 0;
      let room = true;
      while (room && written < 256 * 2 ** 20) {
        written += chunk.length;
        room = socket.write(chunk);
      }
      if (!room) socket.once("drain", more);
    };
    more();
    // The kernel's buffers are full before long, and then there is no 'drain'.
    for (; idle < 20; idle++) await turns(10);
    expect(written).toBeLessThan(64 * 2 ** 20);
    expect(socket.writableLength).toBeLessThan(2 ** 20);
    socket.destroy();
  });

  test("of the server's: what we do not read is not taken from the network", async () => {
    const socket = open(silent);
    await secured(socket);
    const peer = await silent.secured.next();
    const chunk = Buffer.alloc(64 * 1024);
    let pushed = 0;
    for (let idle = 0; idle < 20; idle++) {
      await turns(10);
      while (pushed < 256 * 2 ** 20 && peer.writableLength < 2 ** 20) {
        peer.write(chunk);
        pushed += chunk.length;
        idle = 0;
      }
    }
    expect(pushed).toBeLessThan(64 * 2 ** 20);
    expect(socket.readableLength).toBeLessThan(2 ** 20);
    // And all of it comes once it is asked for.
    peer.end();
    let received = 0;
    for await (const bytes of socket) received += (bytes as Buffer).length;
    expect(received).toBe(pushed);
  });

  test("pause() and resume(), again and again", async () => {
    const socket = open(echoing);
    await secured(socket);
    const length = 4 * 2 ** 20;
    let received = 0;
    const all = new Promise<void>((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        received += chunk.length;
        socket.pause();
        setImmediate(() => socket.resume());
        if (received === length) resolve();
      });
    });
    socket.write(Buffer.alloc(length));
    await all;
    await finished(socket);
  });
});

describe("writes", () => {
  test.each([
    ["destroy()", (socket: TlsSocket) => socket.destroy(), "closed"],
    ["destroy(error)", (socket: TlsSocket) => socket.destroy(new Error("enough")), undefined],
  ])("that %s overtakes are told so", async (_, end, code) => {
    const socket = open(silent);
    socket.on("error", () => {});
    await secured(socket);
    await silent.secured.next();
    const outcomes: unknown[] = [];
    const settled = Promise.all(
      Array.from(
        { length: 4 },
        () =>
          new Promise<void>((resolve) => {
            socket.write(Buffer.alloc(16 * 2 ** 20), (error) => {
              outcomes.push(error);
              resolve();
            });
          }),
      ),
    );
    await turns(10);
    end(socket);
    await settled;
    expect(outcomes).toHaveLength(4);
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Error);
    if (code !== undefined) expect(outcomes[0]).toMatchObject({ code });
    else expect(outcomes[0]).toMatchObject({ message: "enough" });
  });

  test("that wait for a handshake which fails get its error", async () => {
    const socket = open(echoing, { servername: "other.example" });
    socket.on("error", () => {});
    const outcome = new Promise((resolve) => socket.write("early", resolve));
    expect(await outcome).toMatchObject({ code: "certificate_name_mismatch" });
  });

  test("after the end: Node's own error", async () => {
    const socket = open(echoing);
    socket.on("error", () => {});
    await secured(socket);
    socket.end();
    expect(await new Promise((resolve) => socket.write("late", resolve))).toMatchObject({
      code: "ERR_STREAM_WRITE_AFTER_END",
    });
    socket.destroy();
  });
});

describe("destroy", () => {
  const phases: Readonly<Record<string, (socket: TlsSocket) => Promise<unknown>>> = {
    "at once": async () => {},
    "before it is connected": () => Promise.resolve(),
    "once it is connected": (socket) => once(socket, "connect"),
    "during the handshake": async (socket) => {
      await once(socket, "connect");
      await turns(1);
    },
    "in secureConnect": (socket) => new Promise((resolve) => socket.once("secureConnect", resolve)),
    "when it is open": async (socket) => {
      await secured(socket);
      await turns(5);
    },
  };

  describe.each(Object.entries(phases))("%s", (_, reached) => {
    test("destroy(): closes, without an error", async () => {
      const socket = open(echoing);
      const told = listen(socket, ["connect", "secureConnect"]);
      await reached(socket);
      socket.destroy();
      await closed(socket);
      await turns(5);
      expect(told).toEqual(["close"]);
    });

    test("destroy(error): closes with that error, once", async () => {
      const socket = open(echoing);
      const cause = new Error("mine");
      const errors: Error[] = [];
      socket.on("error", (error) => errors.push(error));
      await reached(socket);
      socket.destroy(cause);
      await closed(socket);
      await turns(5);
      expect(errors).toEqual([cause]);
    });

    test("an AbortSignal: closes with the error aborted, and its reason", async () => {
      const controller = new AbortController();
      const socket = open(echoing, { signal: controller.signal });
      const errors: TlsError[] = [];
      socket.on("error", (error) => errors.push(error as TlsError));
      await reached(socket);
      const reason = new Error("changed my mind");
      controller.abort(reason);
      await closed(socket);
      await turns(5);
      expect(errors).toMatchObject([{ code: "aborted", cause: reason }]);
    });
  });

  test("a signal that has fired already: nothing is sent", async () => {
    const connections: net.Socket[] = [];
    const server = await tcpServer((socket) => {
      connections.push(socket);
      socket.on("data", () => connections.push(socket));
    });
    toBeClosed.push(server);
    const error = await failureOf(open(server, { signal: AbortSignal.abort("before") }));
    expect(error).toMatchObject({ code: "aborted", cause: "before" });
    await turns(20);
    expect(connections.length).toBeLessThan(2);
  });

  test("a signal that fires once all is over changes nothing", async () => {
    const controller = new AbortController();
    const socket = open(echoing, { signal: controller.signal });
    const told = listen(socket);
    await secured(socket);
    await finished(socket);
    controller.abort();
    await turns(5);
    expect(told).not.toContain("error aborted");
  });

  test("does not wait for a server that takes nothing", async () => {
    const raw: net.Socket[] = [];
    const server = await nodeServer(shown(usual), silence);
    toBeClosed.push(server);
    server.server.on("connection", (socket) => raw.push(socket));
    const socket = open(server);
    await secured(socket);
    const peer = await server.secured.next();
    socket.write(Buffer.alloc(64 * 2 ** 20));
    await turns(50);
    const { localPort } = socket;
    socket.destroy();
    const clients = (): unknown[] =>
      (process as unknown as { _getActiveHandles(): { localPort?: number }[] })
        ._getActiveHandles()
        .filter((handle) => handle.localPort === localPort);
    expect(clients()).toHaveLength(1);
    await expect.poll(clients, { timeout: 5000 }).toEqual([]);
    peer.destroy();
  });

  test("tells the server: close_notify once open, user_canceled before", async () => {
    const socket = open(silent);
    await secured(socket);
    const peer = await silent.secured.next();
    socket.destroy();
    expect(await textOf(peer)).toBe("");

    const alerts: string[] = [];
    const waiting = open(silent, {
      verifier: () => new Promise(() => {}),
      trace: (event) => {
        if (event.kind === "alert") alerts.push(`${event.direction} ${event.name}`);
      },
    });
    waiting.on("error", () => {});
    await once(waiting, "connect");
    await turns(10);
    waiting.destroy();
    expect(alerts).toEqual(["out user_canceled", "out close_notify"]);
  });
});

describe("a slow end", () => {
  test("what was written before it still leaves, though the server has said close_notify long ago", async () => {
    const server = await nodeServer(shown(usual), silence);
    toBeClosed.push(server);
    // Keeps the server's FIN to itself, and takes nothing from us for more than the second that a closing socket lingers.
    let toServer: (() => void) | undefined;
    const between = await proxy(server.port, {
      downlink: (bytes, { client }) => {
        if (toServer === undefined) toServer = () => client.resume();
        return bytes;
      },
      ended: ({ client }) => client.pause(),
    });
    toBeClosed.push(between);
    const socket = open(between, { allowHalfOpen: true });
    await secured(socket);
    const peer = await server.secured.next();
    peer.end("done");
    expect(await textOf(socket)).toBe("done");
    await turns(10);
    // More than the kernel takes by itself, so that some of it waits in this process.
    const length = 16 * 2 ** 20;
    let received = 0;
    peer.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    const heard = happens(peer, "end");
    const ended = new Promise((resolve) => socket.end(Buffer.alloc(length), () => resolve(undefined)));
    await new Promise((resolve) => setTimeout(resolve, 1300));
    toServer?.();
    await heard;
    await ended;
    expect(received).toBe(length);
  });

  test("'finish' waits until the stream below has finished", async () => {
    const lower = net.connect(echoing.port, "127.0.0.1");
    let hold = false;
    let release: (() => void) | undefined;
    // Its writes are done when we say so.
    const slow = new Duplex({
      allowHalfOpen: true,
      read: () => {},
      write: (chunk, _encoding, done) => {
        lower.write(chunk);
        if (hold) release = done;
        else done();
      },
    });
    lower.on("data", (chunk) => slow.push(chunk));
    lower.on("end", () => slow.push(null));
    const socket = connect({ socket: slow, servername: "localhost", ca: usual.rootPem });
    await secured(socket);
    await turns(2);
    const told = listen(socket);
    hold = true;
    socket.end("all of it");
    await turns(20);
    expect(told).not.toContain("finish");
    hold = false;
    release?.();
    await happens(socket, "finish");
    lower.destroy();
    socket.destroy();
  });
});

describe("timeouts", () => {
  test("handshakeTimeout while TCP is not connected: connect_failed", async () => {
    // A lookup that never answers.
    const socket = open(echoing, { host: "localhost", lookup: () => {}, handshakeTimeout: 30 });
    expect(await failureOf(socket)).toMatchObject({
      code: "connect_failed",
      alert: undefined,
      message: expect.stringMatching(/localhost:\d+ within 30 ms/),
    });
  });

  test("handshakeTimeout while the server says nothing: timeout", async () => {
    const error = await failureOf(open(await mute(), { handshakeTimeout: 1000 }));
    expect(error).toMatchObject({ code: "timeout", alert: { name: "user_canceled", direction: "sent" } });
    expect(error.message).toContain("1000 ms");
  });

  test("handshakeTimeout while the verifier does not answer: timeout, and its signal fires", async () => {
    let signal: AbortSignal | undefined;
    const verifier: ServerVerifier = (presented) => {
      signal = presented.signal;
      return new Promise(() => {});
    };
    const error = await failureOf(open(echoing, { handshakeTimeout: 500, verifier }));
    expect(error.code).toBe("timeout");
    expect(signal?.aborted).toBe(true);
  });

  test("handshakeTimeout over a given stream", async () => {
    const { port } = await mute();
    const socket = net.connect(port, "127.0.0.1");
    const error = await failureOf(
      connect({ socket, servername: "localhost", ca: usual.rootPem, handshakeTimeout: 30 }),
    );
    expect(error.code).toBe("timeout");
  });

  test("none fires once the connection is open", async () => {
    const socket = open(echoing, { handshakeTimeout: 200 });
    await secured(socket);
    await new Promise((resolve) => setTimeout(resolve, 250));
    socket.write("still here");
    expect(String(await take(socket, 10))).toBe("still here");
    await finished(socket);
  });

  test("setTimeout: 'timeout' after idle time, and no more than that", async () => {
    const socket = open(echoing);
    await secured(socket);
    await new Promise<void>((resolve) => socket.setTimeout(20, resolve));
    expect(socket.destroyed).toBe(false);
    socket.setTimeout(0);
    socket.write("x");
    await take(socket, 1);
    await finished(socket);
  });

  test("setTimeout: 'timeout' again after the next move, on any stream, connected or not", async () => {
    const [near] = duplexPair();
    const socket = connect({ socket: near, servername: "localhost", ca: usual.rootPem, timeout: 20 });
    expect(socket.timeout).toBe(20);
    await once(socket, "timeout");
    near.push(Buffer.of(22));
    await once(socket, "timeout");
    let called = 0;
    const listener = (): void => void called++;
    expect(socket.setTimeout(1000, listener)).toBe(socket);
    expect(socket.listenerCount("timeout")).toBe(1);
    socket.setTimeout(0, listener);
    expect([socket.listenerCount("timeout"), socket.timeout, called]).toEqual([0, undefined, 0]);
    expect(() => socket.setTimeout(-1)).toThrow(expect.objectContaining({ code: "invalid_option" }));
    socket.destroy();
    // No clock is left, so none can tell.
    socket.setTimeout(1, () => expect.unreachable());
    await turns(10);
  });

  test("idleTimeout: timeout, and the server hears a clean end", async () => {
    const socket = open(silent, { idleTimeout: 50 });
    const failure = failureOf(socket);
    await secured(socket);
    const peer = await silent.secured.next();
    expect(await textOf(peer)).toBe("");
    expect(await failure).toMatchObject({ code: "timeout" });
  });

  test("setNoDelay, setKeepAlive, ref and unref answer with the socket", async () => {
    const socket = open(echoing);
    expect(socket.setNoDelay().setKeepAlive(true, 1000).unref().ref()).toBe(socket);
    await secured(socket);
    await finished(socket);
  });
});

describe("a verifier of one's own", () => {
  let server: NodeServer;
  beforeAll(async () => {
    server = await nodeServer(shown(usual), echo);
  });
  afterAll(() => server.close());

  const believer = createServerVerifier({ roots: [usual.rootPem] });

  test("may take its time", async () => {
    const verifier: ServerVerifier = async (presented) => {
      await turns(20);
      return believer(presented);
    };
    const socket = await secured(open(echoing, { verifier }));
    expect(socket.authorized).toBe(true);
    await finished(socket);
  });

  test.each([
    [
      "throws",
      () => {
        throw peerError("certificate_rejected", "not on the list");
      },
    ],
    [
      "rejects",
      async () => {
        throw peerError("certificate_rejected", "not on the list");
      },
    ],
  ] as const)("that %s with a TlsError: its code and its alert", async (_, verifier) => {
    expect(await failureOf(open(server, { verifier }))).toMatchObject({
      code: "certificate_rejected",
      alert: { name: "certificate_unknown", direction: "sent" },
    });
    expect((await server.failed.next()).message).toContain("certificate unknown");
  });

  test.each([
    [
      "throws",
      () => {
        throw new RangeError("a bug");
      },
    ],
    [
      "rejects",
      async () => {
        throw new RangeError("a bug");
      },
    ],
    ["answers with nothing", () => undefined as never],
  ] as const)("that %s otherwise: internal_error", async (_, verifier) => {
    const error = await failureOf(open(server, { verifier }));
    expect(error).toMatchObject({
      code: "internal_error",
      alert: { name: "internal_error", direction: "sent" },
    });
    expect((await server.failed.next()).message).toContain("internal error");
  });
});

describe("listeners that throw", () => {
  test("a trace, at any event of the handshake: internal_error, one error", async () => {
    for (const keyShares of [undefined, []] as const) {
      for (let nth = 1; nth <= 25; nth++) {
        let count = 0;
        let threw = false;
        const socket = open(echoing, {
          trace: () => {
            if (++count !== nth) return;
            threw = true;
            throw new RangeError("a bug");
          },
          ...(keyShares === undefined ? {} : { keyShares }),
        });
        const told = listen(socket);
        const ended = closed(socket);
        await Promise.race([secured(socket).catch(() => {}), ended]);
        if (!threw) {
          socket.destroy();
          break;
        }
        await ended;
        expect(socket.errored).toMatchObject({ code: "internal_error", cause: { message: "a bug" } });
        expect(told.filter((one) => one.startsWith("error"))).toHaveLength(1);
      }
    }
  });

  test("a key log: internal_error", async () => {
    const keyLog = (): never => {
      throw new RangeError("disk full");
    };
    expect(await failureOf(open(echoing, { keyLog }))).toMatchObject({ code: "internal_error" });
  });
});

describe("diagnostics_channel", () => {
  const names = ["start", "secure", "failure"].map((name) => `tls13:connection:${name}`);
  let told: { name: string; message: Record<string, unknown> }[] = [];
  const note = (message: unknown, name: string | symbol): void => {
    told.push({ name: String(name), message: message as Record<string, unknown> });
  };
  beforeEach(() => {
    told = [];
    for (const name of names) channel(name).subscribe(note);
  });
  afterEach(() => {
    for (const name of names) channel(name).unsubscribe(note);
  });

  test("start and secure", async () => {
    const socket = open(echoing);
    await secured(socket);
    await finished(socket);
    expect(told.map(({ name }) => name)).toEqual(names.slice(0, 2));
    expect(told[0]?.message).toEqual({ socket, serverName: "localhost" });
    expect(told[1]?.message).toEqual({ socket, info: socket.info });
  });

  test("start and failure", async () => {
    const socket = open(echoing, { servername: "other.example" });
    const error = await failureOf(socket);
    expect(told.map(({ name }) => name)).toEqual([names[0], names[2]]);
    expect(told[1]?.message).toEqual({ socket, error });
  });
});
