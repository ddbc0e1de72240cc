// A socket with startTls(), over TCP to servers of Node's that speak in clear text first; and the two programs that it is for.

import { createHash, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import type net from "node:net";
import type tls from "node:tls";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { askForTls } from "../../examples/workers-postgres/askForTls.mjs";
import {
  createSocket,
  type OpenedStreams,
  type SocketOptions,
  type StartTlsOptions,
  type StartTlsSocket,
} from "../../src/shapes/socketLike.ts";
import { socketStreams } from "../adapters/socketStreams.ts";
import { makeChain } from "../certificates.ts";
import { usual } from "../interop/chains.ts";
import { take, textOf } from "../interop/talk.ts";
import { postgresStub, type StartTlsServer, startTlsServer } from "./startTlsServer.ts";

const trust = { roots: [usual.rootPem] };
const stranger = makeChain({ names: ["localhost"], label: "stranger" });

let server: StartTlsServer;
beforeAll(async () => {
  server = await startTlsServer();
});
afterAll(() => server.close());

interface Made {
  readonly socket: StartTlsSocket;
  /** Each event's name, in order; 'data' not among them. */
  readonly told: string[];
  /** The errors that were told. */
  readonly errors: (Error & { code?: string })[];
  /** The TCP connection below, closed. */
  readonly gone: Promise<void>;
  readonly closed: Promise<void>;
}

function make(options: Partial<SocketOptions> = {}): Made {
  const told: string[] = [];
  const errors: Error[] = [];
  let isGone = (): void => {};
  const gone = new Promise<void>((resolve) => {
    isGone = resolve;
  });
  const socket = createSocket({
    open: (address) => {
      const streams = socketStreams(address);
      streams.socket.once("close", () => isGone());
      return streams;
    },
    trust,
    ...options,
  });
  for (const event of ["connect", "secureConnect", "end", "finish", "close"] as const) {
    socket.on(event, () => told.push(event));
  }
  socket.on("error", (error) => {
    told.push("error");
    errors.push(error);
  });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  return { socket, told, errors, gone, closed };
}

type Event = "connect" | "secureConnect" | "end" | "finish" | "drain" | "close";

function next(socket: StartTlsSocket, event: Event): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

interface Clear extends Made {
  readonly raw: net.Socket;
}

async function inClear(options: Partial<SocketOptions> = {}): Promise<Clear> {
  const made = make(options);
  const connected = next(made.socket, "connect");
  made.socket.connect(server.port, "localhost");
  await connected;
  return { ...made, raw: await server.accepted.next() };
}

interface Secure extends Clear {
  readonly peer: tls.TLSSocket;
}

async function inTls(options: Partial<SocketOptions> = {}): Promise<Secure> {
  const clear = await inClear(options);
  const done = next(clear.socket, "secureConnect");
  const peer = server.secure(clear.raw);
  clear.socket.startTls();
  await done;
  return { ...clear, peer: await peer };
}

function farOf(made: Clear | Secure): net.Socket {
  return "peer" in made ? made.peer : made.raw;
}

/** So many bytes of the next data, as text; the listener goes away then. */
function hear(socket: StartTlsSocket, length: number): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const listener = (bytes: Uint8Array): void => {
      heard += Buffer.from(bytes).toString("latin1");
      if (heard.length < length) return;
      socket.off("data", listener);
      resolve(heard);
    };
    socket.on("data", listener);
  });
}

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

const code = (name: string): unknown => expect.objectContaining({ code: name });

describe("how it goes", () => {
  test("clear text, then TLS in the middle of it, and an echo", async () => {
    const { socket, told, errors, gone, closed } = make();
    expect(socket).toMatchObject({
      readyState: "closed",
      writable: true,
      encrypted: false,
      connecting: false,
    });
    expect(socket.getPeerCertificate()).toEqual({});
    // What is written before it is connected waits.
    socket.write("before, ");
    socket.connect(server.port, "localhost", () => told.push("onConnect"));
    expect(socket).toMatchObject({ readyState: "opening", connecting: true });
    await next(socket, "connect");
    const raw = await server.accepted.next();
    expect(socket).toMatchObject({ readyState: "open", encrypted: false, info: undefined });
    socket.write("tls?");
    expect(String(await take(raw, 12))).toBe("before, tls?");
    const answer = hear(socket, 1);
    raw.write("S");
    expect(await answer).toBe("S");
    const securing = server.secure(raw);
    socket.startTls();
    // Waits until the server is trusted.
    socket.write("secret");
    expect(socket.encrypted).toBe(false);
    await next(socket, "secureConnect");
    expect(socket).toMatchObject({ encrypted: true, info: { version: "TLS 1.3", serverName: "localhost" } });
    expect(socket.getPeerCertificate().raw).toEqual(new X509Certificate(usual.chainPem).raw);
    const peer = await securing;
    expect(String(await take(peer, 6))).toBe("secret");
    const echoed = hear(socket, 5);
    peer.write("hello");
    expect(await echoed).toBe("hello");
    const rest = textOf(peer);
    socket.end("bye");
    expect(await rest).toBe("bye");
    peer.end();
    await closed;
    await gone;
    expect(told).toEqual(["connect", "onConnect", "secureConnect", "finish", "end", "close"]);
    expect(errors).toEqual([]);
    expect(socket).toMatchObject({ readyState: "closed", destroyed: true, writable: false, readable: false });
  });

  test.each(["clear", "tls"] as const)("half-close of ours in %s: the server goes on", async (kind) => {
    const made = kind === "clear" ? await inClear() : await inTls();
    const far = farOf(made);
    const { socket, told, closed, gone } = made;
    const heard = textOf(far);
    const order: string[] = [];
    socket.write("a", () => order.push("written"));
    socket.end("b", () => order.push("ended"));
    expect(await heard).toBe("ab");
    expect(socket.readyState).toBe("readOnly");
    const answer = hear(socket, 4);
    far.end("more");
    expect(await answer).toBe("more");
    await closed;
    await gone;
    expect(order).toEqual(["written", "ended"]);
    expect(told.slice(-3)).toEqual(["finish", "end", "close"]);
    socket.end(() => order.push("late"));
    await turns();
    expect(order).toEqual(["written", "ended", "late"]);
  });

  test.each(["clear", "tls"] as const)(
    "the server's end in %s ends ours, and nothing is lost",
    async (kind) => {
      const made = kind === "clear" ? await inClear() : await inTls();
      const far = farOf(made);
      const { socket, told, errors, closed, gone } = made;
      const failed: unknown[] = [];
      const length = 2 ** 20;
      // Written while the end is being told, and far too much to have left by then.
      socket.on("end", () => socket.write(new Uint8Array(length), (error) => failed.push(error ?? "left")));
      far.end();
      const heard = textOf(far);
      await closed;
      expect((await heard).length).toBe(length);
      await gone;
      expect(told.slice(-3)).toEqual(["end", "finish", "close"]);
      expect(failed).toEqual(["left"]);
      expect(errors).toEqual([]);
    },
  );

  test("4 MiB each way at once, with pauses", async () => {
    const { socket, peer, closed } = await inTls();
    const length = 4 * 2 ** 20;
    const data = new Uint8Array(length).map((_, i) => (i * 31 + (i >>> 9)) & 0xff);
    const sum = createHash("sha256").update(data).digest("hex");
    const here = createHash("sha256");
    const there = createHash("sha256");
    socket.on("data", (bytes) => {
      here.update(bytes);
      socket.pause();
      setImmediate(() => socket.resume());
    });
    const heard = new Promise((resolve) => peer.once("end", resolve));
    peer.on("data", (bytes) => there.update(bytes));
    peer.end(data);
    for (let at = 0; at < length; at += 100_000) {
      if (!socket.write(data.subarray(at, at + 100_000))) await next(socket, "drain");
    }
    socket.end();
    await heard;
    await closed;
    expect([here.digest("hex"), there.digest("hex")]).toEqual([sum, sum]);
  });

  test("text in its encodings, bytes, and `done` in order", async () => {
    const { socket, peer } = await inTls();
    const order: string[] = [];
    const heard = take(peer, 7);
    const done = (name: string) => (error?: Error | null) => void order.push(error ? error.message : name);
    socket.write("é", done("1"));
    // Nothing waits for an empty one to leave, but it is told of in turn.
    socket.write("", done("2"));
    socket.write("é", "latin1", done("3"));
    socket.write("616f", "hex", done("4"));
    socket.write(new Uint8Array([0]), done("5"));
    socket.write("x", undefined as unknown as string, done("6"));
    expect((await heard).toString("hex")).toBe("c3a9e9616f0078");
    await turns();
    expect(order).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(() => socket.write(5 as unknown as string)).toThrow(code("invalid_option") as Error);
    socket.destroy();
  });
});

describe("what is held up", () => {
  test.each(["clear", "tls"] as const)(
    "write() answers false from 64 KiB on, and 'drain' comes: %s",
    async (kind) => {
      const made = kind === "clear" ? await inClear() : await inTls();
      const far = farOf(made);
      const { socket } = made;
      // What is sealed has left: TLS takes more before it waits for the stream below.
      if (kind === "clear") expect(socket.write(new Uint8Array(64 * 1024 - 1))).toBe(true);
      const drained = next(socket, "drain");
      expect(socket.write(new Uint8Array(kind === "clear" ? 1 : 16 * 2 ** 20))).toBe(false);
      expect(socket.writableLength).toBeGreaterThan(0);
      far.resume();
      await drained;
      expect(socket.writableLength).toBe(0);
      socket.destroy();
    },
  );

  test.each(["paused", "unheard"] as const)("the server is not read while %s", async (how) => {
    const { socket, peer } = await inTls();
    const length = 16 * 2 ** 20;
    let heard = 0;
    const listen = (): void => void socket.on("data", (bytes) => (heard += bytes.length));
    if (how === "paused") {
      listen();
      socket.pause();
    }
    let taken = false;
    peer.write(new Uint8Array(length), () => {
      taken = true;
    });
    await turns();
    expect(taken).toBe(false);
    expect(heard).toBe(0);
    if (how === "paused") socket.resume();
    else listen();
    const ended = next(socket, "end");
    peer.end();
    await ended;
    expect(heard).toBe(length);
  });
});

describe("what is refused", () => {
  test.each(["unheard", "paused"] as const)(
    "bytes in clear text before TLS, %s [starttls_injected]",
    async (how) => {
      const { socket, raw, told, errors, closed, gone } = await inClear();
      if (how === "paused") {
        socket.on("data", () => {});
        socket.pause();
      }
      raw.write("+OK injected");
      while (raw.bytesWritten === 0) await turns();
      await turns();
      expect(() => socket.startTls()).not.toThrow();
      await closed;
      await gone;
      expect(errors).toEqual([code("starttls_injected")]);
      expect(errors[0]?.message).toMatch(/^12 bytes/);
      expect(told).toEqual(["connect", "error", "close"]);
      expect(socket.info).toBeUndefined();
    },
  );

  test("bytes behind the answer that the program has read are no TLS", async () => {
    const { socket, raw, errors, closed } = await inClear();
    socket.once("data", () => socket.startTls());
    raw.write("S");
    await new Promise((resolve) => raw.once("data", resolve));
    raw.write("+OK injected");
    await closed;
    expect(errors).toEqual([code("unexpected_record_type")]);
  });

  test("startTls() in the wrong place [closed]", async () => {
    const unconnected = make();
    const refused = (one: Made): void => expect(() => one.socket.startTls()).toThrow(code("closed") as Error);
    refused(unconnected);
    unconnected.socket.connect(server.port, "localhost");
    refused(unconnected);
    expect(() => unconnected.socket.connect(server.port, "localhost")).toThrow(code("closed") as Error);
    await next(unconnected.socket, "connect");
    await server.accepted.next();
    unconnected.socket.destroy();
    refused(unconnected);

    const twice = await inTls();
    refused(twice);
    twice.socket.destroy();

    const ended = await inClear();
    ended.socket.end();
    refused(ended);
    ended.socket.destroy();
  });

  test.each(["heard", "paused"] as const)("startTls() after the server's end, %s [closed]", async (how) => {
    const { socket, raw, closed } = await inClear();
    if (how === "paused") socket.pause();
    raw.end();
    if (how === "heard") await closed;
    else await turns();
    expect(() => socket.startTls()).toThrow(code("closed") as Error);
    socket.destroy();
  });

  test.each<readonly [string, Partial<SocketOptions>, StartTlsOptions]>([
    ["certificate_unknown_ca", { trust: { roots: [stranger.rootPem] } }, {}],
    ["certificate_name_mismatch", {}, { servername: "other.example" }],
  ])("a server that is not to be trusted: %s", async (expected, options, startTls) => {
    const { socket, raw, told, errors, closed, gone } = await inClear(options);
    const written: unknown[] = [];
    server.tls.server.emit("connection", raw);
    socket.startTls(startTls);
    socket.write("never", (error) => written.push(error));
    await closed;
    await gone;
    expect(errors).toEqual([code(expected)]);
    expect(written).toEqual(errors);
    expect(told).toEqual(["connect", "error", "close"]);
  });

  test.each<readonly [string, Partial<SocketOptions>, Readonly<Record<string, unknown>>]>([
    ["rejectUnauthorized", {}, { rejectUnauthorized: false }],
    ["ca", {}, { ca: usual.rootPem }],
    [
      "cert",
      { identity: { certificates: [], schemes: [], sign: () => new Uint8Array() } as never },
      { cert: "x" },
    ],
    [
      "cert",
      { identity: { certificates: [], schemes: [], sign: () => new Uint8Array() } as never },
      { key: "x" },
    ],
    ["ALPNProtocols", { alpn: ["a"] }, { ALPNProtocols: ["b"] }],
    ["checkServerIdentity", {}, { checkServerIdentity: () => undefined }],
    ["crl", {}, { crl: "x" }],
    ["pfx", {}, { pfx: "x" }],
    ["secureContext", {}, { secureContext: {} }],
  ])("startTls() with %s [invalid_option]", async (option, options, startTls) => {
    const { socket } = await inClear(options);
    await expect(async () => socket.startTls(startTls)).rejects.toMatchObject({
      code: "invalid_option",
      message: expect.stringMatching(new RegExp(`^${option}: `)),
    });
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  test("`ca` and `ALPNProtocols` where the socket was made without", async () => {
    const { socket, raw } = await inClear({ trust: undefined });
    expect(() => socket.startTls()).toThrow(code("invalid_option") as Error);
    const securing = server.secure(raw);
    socket.startTls({ ca: usual.rootPem, rejectUnauthorized: true } as StartTlsOptions);
    await next(socket, "secureConnect");
    (await securing).resume();
    socket.destroy();
  });

  test.each([undefined, {}, { open: "localhost" }])("createSocket(%j) [invalid_option]", (options) => {
    expect(() => createSocket(options as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(/^open: /) }),
    );
  });

  test("write() after end() [closed]", async () => {
    const { socket, told, errors, closed } = await inTls();
    socket.end();
    const failed: unknown[] = [];
    expect(socket.write("late", (error) => failed.push(error))).toBe(false);
    await closed;
    expect(errors).toEqual([code("closed")]);
    expect(failed).toEqual(errors);
    // Closed is closed: told to the write, and to nobody else.
    const again = new Promise((resolve) => socket.write("later", resolve));
    expect(await again).toMatchObject({ code: "closed" });
    expect(told.filter((event) => event === "error" || event === "close")).toEqual(["error", "close"]);
  });
});

// Where a connection may stand when something happens to it

type Stage = "unconnected" | "opening" | "reaching" | "clear" | "handshake" | "open" | "stuck";
const stages = ["unconnected", "opening", "reaching", "clear", "handshake", "open", "stuck"] as const;

async function at(
  stage: Stage,
  options: Partial<SocketOptions> = {},
): Promise<Made & { reach?: () => void }> {
  if (stage === "unconnected") return make(options);
  if (stage === "open") return inTls(options);
  if (stage === "stuck") {
    const made = await inTls(options);
    made.socket.write(new Uint8Array(16 * 2 ** 20));
    await turns();
    return made;
  }
  if (stage === "opening" || stage === "reaching") {
    let reach = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      reach = resolve;
    });
    let isGone = (): void => {};
    const gone = new Promise<void>((resolve) => {
      isGone = resolve;
    });
    const open = async (address: { hostname: string; port: number }): Promise<OpenedStreams> => {
      const streams = socketStreams(address);
      streams.socket.once("close", () => isGone());
      if (stage === "reaching") return { ...streams, opened: waiting };
      await waiting;
      return streams;
    };
    const made = make({ ...options, open });
    made.socket.connect(server.port, "localhost");
    await server.accepted.next();
    await turns();
    return { ...made, gone, reach };
  }
  const made = await inClear(options);
  // Nobody answers the hello.
  if (stage === "handshake") made.socket.startTls();
  return made;
}

describe.each(stages)("%s", (stage) => {
  test("destroy()", async () => {
    const { socket, told, errors, closed, gone, reach } = await at(stage);
    socket.destroy();
    socket.destroy(new Error("second"));
    socket.end("late");
    await closed;
    reach?.();
    if (stage !== "unconnected") await gone;
    await turns();
    expect(errors).toEqual([]);
    expect(told.filter((event) => event === "close")).toEqual(["close"]);
    expect(told.at(-1)).toBe("close");
    expect(() => socket.connect(server.port, "localhost")).toThrow(code("closed") as Error);
  });

  test("destroy(error)", async () => {
    const { socket, told, errors, closed, gone, reach } = await at(stage);
    const failed: unknown[] = [];
    const error = new Error("enough");
    socket.write("never leaves", (why) => failed.push(why));
    socket.destroy(error);
    socket.destroy(new Error("second"));
    await closed;
    reach?.();
    if (stage !== "unconnected") await gone;
    await turns();
    expect(errors).toEqual([error]);
    expect(told.slice(-2)).toEqual(["error", "close"]);
    expect(told.filter((event) => event === "close")).toEqual(["close"]);
    // Of an open connection, it is sealed at once.
    expect(failed).toEqual([stage === "open" ? undefined : error]);
  });

  test("an abort by the signal [aborted]", async () => {
    const controller = new AbortController();
    const { socket, told, errors, closed, gone, reach } = await at(stage, { signal: controller.signal });
    controller.abort();
    if (stage === "unconnected") socket.connect(server.port, "localhost");
    await closed;
    reach?.();
    if (stage !== "unconnected") await gone;
    await turns();
    expect(errors).toEqual([code("aborted")]);
    expect(told.slice(-2)).toEqual(["error", "close"]);
    expect(told.filter((event) => event === "close")).toEqual(["close"]);
  });
});

describe("what breaks", () => {
  test("a server that is not there [connect_failed]", async () => {
    const lent = await startTlsServer();
    lent.close();
    const { socket, told, errors, closed, gone } = make();
    const failed: unknown[] = [];
    socket.write("never", (error) => failed.push(error));
    socket.connect(lent.port, "localhost");
    await closed;
    await gone;
    expect(errors).toEqual([code("connect_failed")]);
    expect(errors[0]?.message).toMatch(`localhost:${lent.port}`);
    expect(failed).toEqual(errors);
    expect(told).toEqual(["error", "close"]);
  });

  test.each<readonly [string, SocketOptions["open"]]>([
    [
      "throws",
      () => {
        throw new Error("no network");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no network"))],
    ["gives nothing", () => undefined as unknown as OpenedStreams],
  ])("an open() that %s [connect_failed]", async (_, open) => {
    const { socket, told, errors, closed } = make({ open });
    socket.connect(1, "localhost");
    await closed;
    expect(errors).toEqual([code("connect_failed")]);
    expect(told).toEqual(["error", "close"]);
  });

  test.each(["clear", "handshake", "open"] as const)(
    "a transport that fails: %s [transport_failed]",
    async (stage) => {
      let below: net.Socket | undefined;
      const open: SocketOptions["open"] = (address) => {
        const streams = socketStreams(address);
        below = streams.socket;
        return streams;
      };
      const { socket, told, errors, closed } = await at(stage, { open });
      const cause = new Error("no carrier");
      below?.destroy(cause);
      await closed;
      await turns();
      expect(errors).toEqual([expect.objectContaining({ code: "transport_failed", cause })]);
      expect(told.slice(-2)).toEqual(["error", "close"]);
      socket.destroy();
    },
  );

  test("an end of TCP without the end of TLS [truncated]", async () => {
    const { raw, errors, closed, peer } = await inTls();
    peer.on("error", () => {});
    raw.end();
    peer.destroy();
    await closed;
    expect(errors).toEqual([
      expect.objectContaining({ code: expect.stringMatching(/^truncated$|^transport_failed$/) }),
    ]);
  });
});

describe("programs that it is for", () => {
  let database: StartTlsServer;
  beforeAll(async () => {
    database = await postgresStub();
  });
  afterAll(() => database.close());

  interface PgClient {
    connect(): Promise<void>;
    query(text: string): Promise<{ rows: readonly unknown[] }>;
    end(): Promise<void>;
  }
  interface Pg {
    readonly Client: new (options: object) => PgClient;
  }

  /** pg starts TLS by startTls() where it takes itself to be in a Worker, and by node:tls elsewhere. */
  function pgAsInWorkers(): Pg {
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
    try {
      return createRequire(import.meta.url)("pg") as Pg;
    } finally {
      vi.unstubAllGlobals();
    }
  }

  test("pg, unchanged", async () => {
    const { Client } = pgAsInWorkers();
    const { socket, told, errors, gone } = make();
    const settings = { host: "localhost", port: database.port, user: "alice", database: "db", ssl: true };
    const client = new Client({ ...settings, stream: () => socket });
    await client.connect();
    expect(socket).toMatchObject({ encrypted: true, info: { serverName: "localhost" } });
    expect((await client.query("select one")).rows).toEqual([{ answer: "SELECT ONE" }]);
    await client.end();
    await gone;
    expect(errors).toEqual([]);
    expect(told.filter((event) => event === "close")).toEqual(["close"]);
  });

  test("pg is told why, where the server is not to be trusted", async () => {
    const { Client } = pgAsInWorkers();
    const { socket, gone } = make({ trust: { roots: [stranger.rootPem] } });
    const settings = { host: "localhost", port: database.port, user: "alice", database: "db", ssl: true };
    const client = new Client({ ...settings, stream: () => socket });
    await expect(client.connect()).rejects.toMatchObject({ code: "certificate_unknown_ca" });
    await gone;
  });

  test("postgres, unchanged, with a socket on which TLS was agreed", async () => {
    const { socket, errors, gone } = make();
    const settings = { host: "localhost", port: database.port, user: "alice", database: "db" };
    const sql = postgres({
      ...settings,
      max: 1,
      fetch_types: false,
      socket: () => askForTls(socket, database.port, "localhost"),
    } as object);
    const [row] = await sql.unsafe("select two");
    expect(row).toEqual({ answer: "SELECT TWO" });
    expect(socket.encrypted).toBe(true);
    await sql.end();
    await gone;
    expect(errors).toEqual([]);
  });
});
