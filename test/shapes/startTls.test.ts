// tls13/socket: clear text first, TLS from a byte on, and the habits of a socket of Node's, over web streams.

import type net from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import {
  createSocket,
  type SocketOptions,
  type StartTlsOptions,
  type StartTlsSocket,
} from "../../src/shapes/socketLike.ts";
import { socketStreams } from "../adapters/socketStreams.ts";
import { makeChain } from "../certificates.ts";
import { usual } from "../interop/chains.ts";
import { nodeServer, shown, tcpServer } from "../interop/nodeServer.ts";

const trust = { roots: [usual.rootPem] };
const ask = "TLS?";

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanUp.splice(0)) step();
});

const echo = (socket: tls.TLSSocket): void => {
  socket.pipe(socket);
};

/** Answers the question with what it is told to, and speaks TLS from there on. */
async function server(
  talk: (socket: tls.TLSSocket) => void = echo,
  { answer = "S", options = {} as tls.TLSSocketOptions } = {},
): Promise<{ port: number; sockets: net.Socket[] }> {
  const sockets: net.Socket[] = [];
  const { port, close } = await tcpServer((socket) => {
    sockets.push(socket);
    socket.once("data", (asked) => {
      if (String(asked) !== ask) return socket.destroy();
      socket.write(answer);
      const secure = new tls.TLSSocket(socket, {
        isServer: true,
        secureContext: tls.createSecureContext({ ...shown(usual), minVersion: "TLSv1.3" }),
        ...options,
      });
      secure.on("error", () => {});
      return secure.once("secure", () => setImmediate(() => talk(secure)));
    });
  });
  cleanUp.push(close);
  return { port, sockets };
}

interface Told {
  readonly socket: StartTlsSocket;
  /** Each event, in order. */
  readonly events: string[];
  readonly closed: Promise<Error | undefined>;
}

function connected(port: number, options: Partial<SocketOptions> = {}): Told {
  const socket = createSocket({ open: socketStreams, trust, ...options });
  const events: string[] = [];
  for (const event of ["connect", "secureConnect", "end", "finish", "drain", "close"] as const) {
    socket.on(event, () => events.push(event));
  }
  let failure: Error | undefined;
  socket.on("error", (error) => {
    failure = error;
    events.push("error");
  });
  const closed = new Promise<Error | undefined>((resolve) => {
    socket.once("close", (hadError) => {
      expect(hadError).toBe(failure !== undefined);
      resolve(failure);
    });
  });
  socket.connect(port, "localhost");
  return { socket, events, closed };
}

/** Asks for TLS, and starts it when the server has answered. */
function agreed({ socket }: Told, options?: StartTlsOptions): Promise<Uint8Array> {
  return new Promise((resolve) => {
    socket.once("data", (answer) => {
      socket.startTls(options);
      resolve(answer);
    });
    socket.write(ask);
  });
}

const once = (socket: StartTlsSocket, event: "connect" | "secureConnect" | "drain"): Promise<void> =>
  new Promise((resolve) => socket.once(event, resolve));
const data = (socket: StartTlsSocket): Promise<string> =>
  new Promise((resolve) => socket.once("data", (bytes) => resolve(String(bytes))));
const written = (socket: StartTlsSocket, text: string): Promise<unknown> =>
  new Promise((resolve) => socket.write(text, resolve));

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("clear text, then TLS", () => {
  test("a word each way, what is written before 'secureConnect', the end of both", async () => {
    const { port } = await server();
    const told = connected(port);
    const { socket, events, closed } = told;
    expect([socket.readyState, socket.connecting]).toEqual(["opening", true]);
    expect(await agreed(told)).toEqual(Buffer.from("S"));
    expect(socket.encrypted).toBe(false);
    expect(socket.getPeerCertificate()).toEqual({});
    const heard = data(socket);
    const left = new Promise((resolve) => socket.write("c2VjcmV0", "base64", resolve));
    expect(await heard).toBe("secret");
    expect(await left).toBeUndefined();
    expect(socket.info).toMatchObject({ version: "TLS 1.3", serverName: "localhost" });
    expect(socket.getPeerCertificate().raw).toEqual(Buffer.from(usual.leafDer));
    expect([socket.readyState, socket.encrypted, socket.writableLength]).toEqual(["open", true, 0]);
    const last: string[] = [];
    socket.on("data", (bytes) => last.push(String(bytes)));
    socket.end("bye");
    expect([socket.readyState, socket.writable, socket.readable]).toEqual(["readOnly", false, true]);
    expect(await closed).toBeUndefined();
    expect(last.join("")).toBe("bye");
    expect(events).toEqual(["connect", "secureConnect", "finish", "end", "close"]);
    expect([socket.readyState, socket.destroyed, socket.readable]).toEqual(["closed", true, false]);
    let finished = false;
    socket.end(() => {
      finished = true;
    });
    await turns(1);
    expect(finished).toBe(true);
  });

  test("TLS at once, with what startTls() is told", async () => {
    const client = makeChain({ label: "Clients", names: ["client.example"], purposes: ["clientAuth"] });
    const { port, close, secured } = await nodeServer(
      { ...shown(usual), requestCert: true, ca: client.rootPem, ALPNProtocols: ["postgresql"] },
      (socket) => socket.end("welcome"),
    );
    cleanUp.push(close);
    const { socket, closed } = connected(port, { trust: undefined });
    await once(socket, "connect");
    socket.startTls({
      host: "server.example",
      ca: usual.rootPem,
      cert: client.chainPem,
      key: client.leafKeyPem,
      ALPNProtocols: ["postgresql"],
    });
    expect(await data(socket)).toBe("welcome");
    expect(socket.info).toMatchObject({ serverName: "server.example", alpn: "postgresql" });
    expect(await secured.next()).toMatchObject({ authorized: true, alpnProtocol: "postgresql" });
    expect(await closed).toBeUndefined();
  });

  test("clear text both ways, and its end, with no TLS at all", async () => {
    const { port, close } = await tcpServer((socket) => socket.pipe(socket), { allowHalfOpen: true });
    cleanUp.push(close);
    const { socket, closed, events } = connected(port);
    const heard: string[] = [];
    socket.on("data", (bytes) => heard.push(String(bytes)));
    socket.write("before it is connected, ");
    await once(socket, "connect");
    socket.end("and after");
    expect(await closed).toBeUndefined();
    expect(heard.join("")).toBe("before it is connected, and after");
    expect(events).toEqual(["connect", "finish", "end", "close"]);
  });

  test("what came while nobody listened is told to who listens next", async () => {
    const { port } = await server((socket) => socket.end("one"));
    const told = connected(port);
    await agreed(told);
    await once(told.socket, "secureConnect");
    await turns(20);
    expect(told.events).not.toContain("end");
    expect(await data(told.socket)).toBe("one");
    expect(await told.closed).toBeUndefined();
  });
});

describe("bytes in clear text before TLS", () => {
  test("those that nobody has read are refused [starttls_injected]", async () => {
    const { port, close } = await tcpServer((socket) => {
      socket.once("data", () => {
        socket.write("S");
        socket.once("data", () => socket.write("E: injected"));
      });
    });
    cleanUp.push(close);
    const told = connected(port);
    told.socket.write(ask);
    expect(await data(told.socket)).toBe("S");
    // Nobody listens: what comes waits here, and is not lost.
    await written(told.socket, "go on");
    await turns(50);
    told.socket.startTls();
    expect(await told.closed).toMatchObject({ code: "starttls_injected" });
    expect(told.events).toEqual(["connect", "error", "close"]);
  });

  test("those behind the answer come with it, for the program to see", async () => {
    const { port } = await server(undefined, { answer: "S and more" });
    const { socket } = connected(port);
    socket.write(ask);
    expect(await data(socket)).toBe("S and more");
    socket.destroy();
  });

  test("those on their way meet TLS, which can't be made of them", async () => {
    const { port, close } = await tcpServer((socket) => {
      socket.once("data", () => {
        socket.write("S");
        socket.once("data", () => socket.write("E: this is no record of TLS"));
      });
    });
    cleanUp.push(close);
    const told = connected(port);
    await agreed(told);
    expect(await told.closed).toMatchObject({ alert: { direction: "sent" } });
    expect(told.socket.info).toBeUndefined();
  });
});

describe("how it fails", () => {
  test("a server that is not believed", async () => {
    const { port } = await server();
    const told = connected(port);
    await agreed(told, { servername: "other.example" });
    const writing = written(told.socket, "secret");
    const error = await told.closed;
    expect(error).toMatchObject({ code: "certificate_name_mismatch" });
    expect(await writing).toBe(error);
    expect(told.events).toEqual(["connect", "error", "close"]);
  });

  test("the server's alert", async () => {
    const { port } = await server(undefined, { options: { requestCert: true, rejectUnauthorized: true } });
    const told = connected(port);
    await agreed(told);
    expect(await told.closed).toMatchObject({ code: "alert_received" });
  });

  test("an end without close_notify", async () => {
    const { port, sockets } = await server(() => sockets[0]?.end());
    const told = connected(port);
    await agreed(told);
    expect(await told.closed).toMatchObject({ code: "truncated" });
  });

  test("nobody listens on the port", async () => {
    const { port, close, server: listener } = await tcpServer(() => {});
    const gone = new Promise((resolve) => listener.once("close", resolve));
    close();
    await gone;
    const { closed, events } = connected(port);
    expect(await closed).toMatchObject({ code: "connect_failed", cause: { code: "ECONNREFUSED" } });
    expect(events).toEqual(["error", "close"]);
  });

  test("open() throws", async () => {
    const cause = new Error("not today");
    const open = (): never => {
      throw cause;
    };
    expect(await connected(1, { open }).closed).toMatchObject({ code: "connect_failed", cause });
  });

  test("the stream below breaks in clear text", async () => {
    const { port, close } = await tcpServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    cleanUp.push(close);
    const { socket, closed } = connected(port);
    socket.write("x");
    expect(await closed).toMatchObject({ code: "transport_failed", cause: { code: "ECONNRESET" } });
  });

  test.each(["while it opens", "in clear text", "in TLS"] as const)("a signal %s", async (when) => {
    const { port } = await server();
    const controller = new AbortController();
    const open: SocketOptions["open"] = ({ port: to }) =>
      when === "while it opens" ? new Promise(() => {}) : socketStreams({ port: to });
    const told = connected(port, { signal: controller.signal, open });
    if (when !== "while it opens") await once(told.socket, "connect");
    if (when === "in TLS") await agreed(told);
    controller.abort("enough");
    expect(await told.closed).toMatchObject({ code: "aborted", cause: "enough" });
  });

  test("a signal that has fired already", async () => {
    const { port } = await server();
    const { closed } = connected(port, { signal: AbortSignal.abort("too late") });
    expect(await closed).toMatchObject({ code: "aborted", cause: "too late" });
  });

  test.each(["while it opens", "in clear text", "in the handshake", "in TLS"] as const)(
    "destroy() %s: 'close' and no error, and the server's end of it goes",
    async (when) => {
      const { port, sockets } = await server();
      const told = connected(port);
      if (when !== "while it opens") await once(told.socket, "connect");
      if (when === "in the handshake" || when === "in TLS") await agreed(told);
      if (when === "in TLS") await once(told.socket, "secureConnect");
      const [peer] = sockets;
      const gone = peer && new Promise((resolve) => peer.once("close", resolve));
      told.socket.destroy();
      expect(await told.closed).toBeUndefined();
      expect(told.events).not.toContain("error");
      await gone;
      expect(await written(told.socket, "late")).toMatchObject({ code: "closed" });
    },
  );

  test("destroy(error): that error, then 'close'; what waits is told it", async () => {
    const { port } = await server();
    const told = connected(port);
    await agreed(told);
    const writing = written(told.socket, "x");
    const error = new Error("timeout expired");
    told.socket.destroy(error);
    expect(await told.closed).toBe(error);
    expect(await writing).toBe(error);
  });

  test("a stream below that takes nothing is cut off, once the socket is destroyed", async () => {
    const { port } = await server();
    let stuck = false;
    let signal: AbortSignal | undefined;
    const told = connected(port, {
      open: ({ port: to }) => {
        const { readable, writable, opened } = socketStreams({ port: to });
        const writer = writable.getWriter();
        const slow = new WritableStream<Uint8Array>({
          start: (controller) => {
            // The types of Node 20 do not know it.
            signal = (controller as unknown as { readonly signal: AbortSignal }).signal;
          },
          write: (bytes) => (stuck ? new Promise(() => {}) : writer.write(bytes)),
        });
        return { readable, writable: slow, opened };
      },
    });
    await agreed(told);
    await once(told.socket, "secureConnect");
    stuck = true;
    told.socket.write(new Uint8Array(2 ** 20));
    const cutOff = new Promise((resolve) => signal?.addEventListener("abort", resolve));
    told.socket.destroy();
    await told.closed;
    await cutOff;
  });

  test("write() behind end()", async () => {
    const { port } = await server();
    const told = connected(port);
    await agreed(told);
    told.socket.end();
    expect(await written(told.socket, "late")).toMatchObject({ code: "closed" });
    expect(await told.closed).toMatchObject({ code: "closed" });
  });
});

describe("backpressure", () => {
  test("write() answers false, 'drain' says when all has left, and nothing is lost", async () => {
    let received = 0;
    let peer: tls.TLSSocket | undefined;
    const { port } = await server((socket) => {
      peer = socket;
      socket.on("data", (bytes) => {
        received += bytes.length;
      });
      socket.pause();
    });
    const told = connected(port);
    await agreed(told);
    await once(told.socket, "secureConnect");
    while (peer === undefined) await turns(1);
    const chunk = new Uint8Array(2 ** 20);
    for (let i = 0; i < 32; i++) expect(told.socket.write(chunk)).toBe(false);
    await turns(50);
    expect(told.events).not.toContain("drain");
    expect(told.socket.writableLength).toBeGreaterThan(0);
    const drained = once(told.socket, "drain");
    peer.resume();
    await drained;
    expect(told.socket.writableLength).toBe(0);
    expect(told.socket.write("x")).toBe(true);
    const ended = new Promise((resolve) => peer?.once("end", resolve));
    told.socket.end();
    await ended;
    expect(received).toBe(32 * 2 ** 20 + 1);
  });

  test("pause() and resume(): what nobody takes is not read", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const { port } = await server((socket) => {
      const more = (): void => {
        while (sent < 64 * 2 ** 20) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once("drain", more);
        }
        socket.end();
      };
      more();
    });
    const told = connected(port);
    await agreed(told);
    let received = 0;
    told.socket.on("data", (bytes) => {
      received += bytes.length;
    });
    told.socket.pause();
    await once(told.socket, "secureConnect");
    await turns(200);
    expect(received).toBe(0);
    expect(sent).toBeLessThan(32 * 2 ** 20);
    told.socket.resume();
    expect(await told.closed).toBeUndefined();
    expect(received).toBe(64 * 2 ** 20);
  });
});

describe("what can't be asked for", () => {
  type Bad = readonly [string, StartTlsOptions & Record<string, unknown>, Partial<SocketOptions>];
  const bad: readonly Bad[] = [
    ["trust", {}, { trust: undefined }],
    ["ca", { ca: usual.rootPem }, {}],
    ["cert", { cert: usual.chainPem, key: usual.leafKeyPem }, { identity: () => undefined }],
    ["key", { cert: usual.chainPem }, {}],
    ["ALPNProtocols", { ALPNProtocols: ["a"] }, { alpn: ["a"] }],
    ["serverName", { servername: "not a name" }, {}],
    ["rejectUnauthorized", { rejectUnauthorized: false }, {}],
    ["checkServerIdentity", { checkServerIdentity: () => undefined }, {}],
    ["crl", { crl: "" }, {}],
    ["pfx", { pfx: "" }, {}],
    ["secureContext", { secureContext: {} }, {}],
  ];

  test.each(bad)("%s", async (option, asked, options) => {
    const { port } = await server();
    const { socket } = connected(port, options);
    await once(socket, "connect");
    expect(() => socket.startTls(asked)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(`${option}:`) }),
    );
    socket.destroy();
  });

  test("open: nothing that opens a stream", () => {
    expect(() => createSocket({ trust } as unknown as SocketOptions)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining("open:") }),
    );
  });

  test("startTls() before there is a connection, twice, after the end; connect() twice", async () => {
    const { port } = await server();
    const refused = (work: () => void): void =>
      expect(work).toThrow(expect.objectContaining({ code: "closed" }));
    const idle = createSocket({ open: socketStreams, trust });
    expect(idle.readyState).toBe("closed");
    refused(() => idle.startTls());
    const told = connected(port);
    refused(() => told.socket.startTls());
    refused(() => void told.socket.connect(port, "localhost"));
    await agreed(told);
    refused(() => told.socket.startTls());
    told.socket.destroy();
    refused(() => told.socket.startTls());
    await told.closed;
    refused(() => void told.socket.connect(port, "localhost"));
  });

  test("startTls() where the server has ended in clear text", async () => {
    const { port, close } = await tcpServer((socket) => socket.end());
    cleanUp.push(close);
    const { socket } = connected(port);
    socket.pause();
    await once(socket, "connect");
    await turns(50);
    expect(() => socket.startTls()).toThrow(
      expect.objectContaining({ code: "closed", message: expect.stringContaining("has ended") }),
    );
    socket.destroy();
  });

  test("write(): neither bytes nor text", async () => {
    const { socket } = connected((await server()).port);
    expect(() => socket.write(7 as unknown as string)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining("write:") }),
    );
    socket.destroy();
  });
});

test("listeners come and go, and one that throws keeps none of the others from hearing", async () => {
  const { port } = await server();
  const { socket } = connected(port);
  const heard: string[] = [];
  const never = (): void => void heard.push("never");
  socket.on("connect", never).off("connect", never).removeListener("connect", never);
  socket.addListener("data", never).removeAllListeners("data");
  expect(socket.listenerCount("data")).toBe(0);
  const before = socket.listenerCount("connect");
  const thrown = new Error("thrown by a listener");
  const caught = new Promise((resolve) => {
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => {
      for (const other of others) process.on("uncaughtException", other);
      resolve(error);
    });
  });
  socket.once("connect", () => {
    throw thrown;
  });
  socket.once("connect", () => heard.push("once"));
  await once(socket, "connect");
  expect(heard).toEqual(["once"]);
  expect(socket.listenerCount("connect")).toBe(before);
  expect(await caught).toBe(thrown);
  socket.destroy();
});
