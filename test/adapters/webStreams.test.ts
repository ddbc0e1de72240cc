// The face that names no runtime, over web streams and over a Transport of one's own, with a node:tls server at the far end.

import { once } from "node:events";
import net from "node:net";
import { Duplex } from "node:stream";
import type tls from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type ByteStreams,
  type ConnectOptions,
  connect,
  type TlsConnection,
  TlsError,
  type Transport,
  type TransportReceiver,
  trustAnything,
} from "../../src/index.ts";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown, silence } from "../interop/nodeServer.ts";
import { textOf } from "../interop/talk.ts";
import { socketStreams } from "./socketStreams.ts";

let echoing: NodeServer;
let silent: NodeServer;
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
  await turns(3);
  expect(rejections).toEqual([]);
});

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** As Deno's are: to close the one stream closes the other, and a method of its own says the end. */
function likeDenos(server: { port: number }): ByteStreams {
  const { socket, readable, writable } = socketStreams(server);
  const writer = writable.getWriter();
  return {
    readable,
    writable: new WritableStream({
      write: (bytes) => writer.write(bytes),
      close: () => void socket.destroy(),
    }),
    closeWrite: () => writer.close(),
  };
}

/** Node's streams as web streams. */
function nodesStreams(server: { port: number }): ByteStreams {
  return Duplex.toWeb(net.connect(server.port, "127.0.0.1")) as unknown as ByteStreams;
}

/** A Transport in a few lines, without streams. */
function bareTransport(server: { port: number }): Transport {
  const socket = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  return {
    start: (receiver: TransportReceiver) => {
      socket.on("data", (bytes) => receiver.received(bytes));
      socket.on("end", () => receiver.ended());
      socket.on("error", (error) => receiver.failed(error));
    },
    write: (bytes, written) => {
      socket.write(bytes, () => written());
    },
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
    end: () => {
      socket.end();
    },
    close: () => {
      socket.end();
      socket.resume();
    },
    abort: () => {
      socket.destroy();
    },
  };
}

const trusting = { serverName: "localhost", trust: { roots: [usual.rootPem] } } as const;

/** Everything until the end. */
async function readAll(readable: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const reader = readable.getReader();
  for (let one = await reader.read(); !one.done; one = await reader.read()) text += decode(one.value);
  return text;
}

const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error("it did not reject"),
    (error: unknown) => error,
  );

const ways: readonly (readonly [
  string,
  (server: NodeServer, options?: Partial<ConnectOptions>) => TlsConnection,
])[] = [
  ["web streams", (server, options) => connect(socketStreams(server), { ...trusting, ...options })],
  ["streams like Deno's", (server, options) => connect(likeDenos(server), { ...trusting, ...options })],
  ["a Transport", (server, options) => connect(bareTransport(server), { ...trusting, ...options })],
];

describe.each(ways)("over %s", (_, open) => {
  test("opened, a word there and back, the end of both, closed", async () => {
    const tls = open(echoing, { alpn: ["x"] });
    const writer = tls.writable.getWriter();
    void writer.write(encode("before it is open "));
    const info = await tls.opened;
    expect(info).toMatchObject({ version: "TLS 1.3", serverName: "localhost", identity: { verified: true } });
    await writer.write(encode("and after"));
    await writer.close();
    expect(await readAll(tls.readable)).toBe("before it is open and after");
    expect(await tls.closed).toBeUndefined();
  });

  test("4 MiB both ways", async () => {
    const tls = open(echoing);
    const writer = tls.writable.getWriter();
    const chunk = new Uint8Array(64 * 1024).fill(5);
    const writing = (async () => {
      for (let i = 0; i < 64; i++) await writer.write(chunk);
      await writer.close();
    })();
    let received = 0;
    const reader = tls.readable.getReader();
    for (let one = await reader.read(); !one.done; one = await reader.read()) {
      expect(one.value.every((byte) => byte === 5)).toBe(true);
      received += one.value.length;
    }
    await writing;
    expect(received).toBe(64 * chunk.length);
    await tls.closed;
  });

  test("half-close: the server's end, and then more of ours", async () => {
    const tls = open(silent);
    await tls.opened;
    const peer = await silent.secured.next();
    const heard = textOf(peer);
    peer.end("greeting");
    expect(await readAll(tls.readable)).toBe("greeting");
    const writer = tls.writable.getWriter();
    await writer.write(encode("still here"));
    await writer.close();
    expect(await heard).toBe("still here");
    await tls.closed;
  });

  test("a server that is not believed: opened, closed, both streams, with one error", async () => {
    const tls = open(echoing, { serverName: "other.example" });
    const writer = tls.writable.getWriter();
    const reader = tls.readable.getReader();
    const outcomes = await Promise.all([
      rejectionOf(tls.opened),
      rejectionOf(tls.closed),
      rejectionOf(writer.write(encode("x"))),
      rejectionOf(reader.read()),
    ]);
    for (const outcome of outcomes) expect(outcome).toBe(outcomes[0]);
    expect(outcomes[0]).toBeInstanceOf(TlsError);
    expect(outcomes[0]).toMatchObject({ code: "certificate_name_mismatch", alert: { direction: "sent" } });
    await expect(writer.write(encode("later"))).rejects.toBe(outcomes[0]);
  });

  test.each(["opened", "closed"] as const)("awaiting %s alone leaves nothing unhandled", async (which) => {
    const tls = open(echoing, { serverName: "other.example" });
    await expect(tls[which]).rejects.toMatchObject({ code: "certificate_name_mismatch" });
    await turns(5);
    expect(rejections).toEqual([]);
  });

  test("reading alone leaves nothing unhandled", async () => {
    const tls = open(echoing, { serverName: "other.example" });
    await expect(readAll(tls.readable)).rejects.toMatchObject({ code: "certificate_name_mismatch" });
    await turns(5);
    expect(rejections).toEqual([]);
  });

  test("nobody awaits anything", async () => {
    open(echoing, { serverName: "other.example" });
    const tls = open(echoing);
    await turns(50);
    tls.close();
    await turns(5);
    expect(rejections).toEqual([]);
  });

  test("close(): closed resolves, what waits is told, the server hears close_notify", async () => {
    const tls = open(silent);
    await tls.opened;
    const peer = await silent.secured.next();
    const heard = textOf(peer);
    const reading = rejectionOf(tls.readable.getReader().read());
    tls.close();
    await tls.closed;
    expect(await reading).toMatchObject({ code: "closed" });
    expect(await heard).toBe("");
    await expect(tls.writable.getWriter().write(encode("late"))).rejects.toMatchObject({ code: "closed" });
    tls.close();
  });

  test("close() before it is open: opened and closed reject", async () => {
    const tls = open(echoing);
    tls.close();
    expect(await rejectionOf(tls.opened)).toMatchObject({ code: "aborted" });
    expect(await rejectionOf(tls.closed)).toMatchObject({ code: "aborted" });
  });

  test("cancelling the readable closes", async () => {
    const tls = open(silent);
    await tls.opened;
    const peer = await silent.secured.next();
    const heard = textOf(peer);
    await tls.readable.cancel("enough");
    await tls.closed;
    expect(await heard).toBe("");
  });

  test("aborting the writable closes", async () => {
    const tls = open(silent);
    await tls.opened;
    const peer = await silent.secured.next();
    const heard = textOf(peer);
    await tls.writable.abort("enough");
    await tls.closed;
    expect(await heard).toBe("");
  });

  test("a signal: at once, during the handshake, after it", async () => {
    for (const when of ["at once", "during", "after"] as const) {
      const controller = new AbortController();
      const tls = open(echoing, { signal: controller.signal });
      if (when === "during") await turns(2);
      if (when === "after") await tls.opened;
      controller.abort(when);
      expect(await rejectionOf(tls.closed)).toMatchObject({ code: "aborted", cause: when });
      if (when === "after") await tls.opened;
      else expect(await rejectionOf(tls.opened)).toMatchObject({ code: "aborted" });
      await expect(tls.readable.getReader().read()).rejects.toMatchObject({ code: "aborted" });
    }
  });

  test("idleTimeout: both streams and closed reject, and the server hears a clean end", async () => {
    const tls = open(silent, { idleTimeout: 50 });
    await tls.opened;
    const heard = textOf(await silent.secured.next());
    expect(await rejectionOf(tls.closed)).toMatchObject({ code: "timeout" });
    await expect(tls.readable.getReader().read()).rejects.toMatchObject({ code: "timeout" });
    expect(await heard).toBe("");
  });

  test("an end without close_notify: readable and closed reject", async () => {
    let raw: net.Socket | undefined;
    silent.server.once("connection", (socket) => {
      raw = socket;
    });
    const tls = open(silent);
    await tls.opened;
    await silent.secured.next();
    raw?.end();
    await expect(readAll(tls.readable)).rejects.toMatchObject({ code: "truncated" });
    await expect(tls.closed).rejects.toMatchObject({ code: "truncated" });
  });

  test("backpressure: what nobody reads is not taken, what nobody takes is not written", async () => {
    const tls = open(silent);
    await tls.opened;
    const peer: tls.TLSSocket = await silent.secured.next();
    const chunk = Buffer.alloc(64 * 1024);
    let pushed = 0;
    for (let idle = 0; idle < 20; idle++) {
      await turns(5);
      while (pushed < 256 * 2 ** 20 && peer.writableLength < 2 ** 20) {
        peer.write(chunk);
        pushed += chunk.length;
        idle = 0;
      }
    }
    expect(pushed).toBeLessThan(64 * 2 ** 20);
    const writer = tls.writable.getWriter();
    let written = 0;
    let idle = 0;
    const writing = (async () => {
      while (written < 256 * 2 ** 20) {
        await writer.ready;
        await writer.write(chunk);
        written += chunk.length;
        idle = 0;
      }
    })().catch(() => {});
    for (; idle < 20; idle++) await turns(5);
    expect(written).toBeLessThan(64 * 2 ** 20);
    // And it goes on where it stopped.
    let received = 0;
    const reader = tls.readable.getReader();
    while (received < pushed) received += (await reader.read()).value?.length ?? Number.NaN;
    expect(received).toBe(pushed);
    tls.close();
    peer.destroy();
    await writing;
  });

  test("exporter and key updates", async () => {
    const tls = open(silent);
    expect(() => tls.exportKeyingMaterial("label", undefined, 32)).toThrow(
      expect.objectContaining({ code: "closed" }),
    );
    expect(() => tls.updateKeys()).toThrow(expect.objectContaining({ code: "closed" }));
    await tls.opened;
    const peer = await silent.secured.next();
    expect(Buffer.from(tls.exportKeyingMaterial("label", encode("context"), 40))).toEqual(
      peer.exportKeyingMaterial(40, "label", Buffer.from("context")),
    );
    expect(tls.exportKeyingMaterial("label", undefined, 32)).toEqual(
      tls.exportKeyingMaterial("label", new Uint8Array(0), 32),
    );
    tls.updateKeys();
    const writer = tls.writable.getWriter();
    const heard = once(peer, "data");
    await writer.write(encode("under new keys"));
    expect(String((await heard)[0])).toBe("under new keys");
    tls.close();
    expect(() => tls.updateKeys()).toThrow(expect.objectContaining({ code: "closed" }));
  });
});

describe("streams that fail", () => {
  /** Streams whose nth chunk is an error. */
  function failing(where: "readable" | "writable", nth: number, cause: unknown): ByteStreams {
    const { readable, writable } = socketStreams(echoing);
    let count = 0;
    const fail = <T>(chunk: T, controller: TransformStreamDefaultController<T>): void => {
      if (++count === nth) controller.error(cause);
      else controller.enqueue(chunk);
    };
    const transform = new TransformStream<Uint8Array, Uint8Array>({ transform: fail });
    if (where === "readable") return { readable: readable.pipeThrough(transform), writable };
    transform.readable.pipeTo(writable).catch(() => {});
    return { readable, writable: transform.writable };
  }

  test.each(["readable", "writable"] as const)("the %s, at each chunk", async (where) => {
    for (let nth = 1; nth <= 4; nth++) {
      const cause = new Error(`${where} ${nth}`);
      const tls = connect(failing(where, nth, cause), trusting);
      const writer = tls.writable.getWriter();
      const writing = (async () => {
        for (;;) {
          await writer.write(encode("x"));
          await turns(1);
        }
      })().catch((error: unknown) => error);
      readAll(tls.readable).catch(() => {});
      const error = await rejectionOf(tls.closed);
      expect(error).toMatchObject({ code: "transport_failed", cause });
      expect(await writing).toBe(error);
    }
  });

  test.each(["readable", "writable"] as const)("a %s that is locked is refused at once", (which) => {
    const streams = socketStreams(echoing);
    if (which === "readable") streams.readable.getReader();
    else streams.writable.getWriter();
    expect(() => connect(streams, trusting)).toThrow(expect.objectContaining({ code: "invalid_option" }));
    streams.socket.destroy();
  });
});

test("a Transport that fails while it is started", async () => {
  const cause = new Error("no cable");
  const transport: Transport = {
    start: (receiver) => receiver.failed(cause),
    write: () => {},
    pause: () => {},
    resume: () => {},
    end: () => {},
    close: () => {},
    abort: () => {},
  };
  const tls = connect(transport, trusting);
  expect(await rejectionOf(tls.opened)).toMatchObject({ code: "transport_failed", cause });
  expect(await rejectionOf(tls.closed)).toMatchObject({ code: "transport_failed" });
});

test("over what Duplex.toWeb() makes", async () => {
  const tls = connect(nodesStreams(echoing), trusting);
  const writer = tls.writable.getWriter();
  await writer.write(encode("as web streams"));
  await writer.close();
  expect(await readAll(tls.readable)).toBe("as web streams");
  await tls.closed;
});

test("a verifier in the place of roots", async () => {
  const tls = connect(socketStreams(echoing), { serverName: "other.example", trust: trustAnything() });
  expect((await tls.opened).identity?.verified).toBe(false);
  tls.close();
  await tls.closed;
});

const sleepless = { start() {}, write() {}, pause() {}, resume() {}, end() {}, close() {} };

describe("over what can't be", () => {
  test.each<readonly [string, unknown, string]>([
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["text", "wss://relay.example", "string"],
    ["a stream of Node's", new Duplex(), "tls13/node"],
    ["a readable alone", { readable: new ReadableStream() }, "readable"],
    ["a Transport that lacks a method", sleepless, "start, write"],
    ["a socket without a state", { send() {}, addEventListener() {} }, "send, addEventListener"],
  ])("%s", (_, over, got) => {
    let thrown: unknown;
    try {
      connect(over as ByteStreams, trusting);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "invalid_option" });
    expect((thrown as TlsError).message).toMatch(/^over: expected .*WebSocket/);
    expect((thrown as TlsError).message).toContain(got);
  });
});

describe("options that can't be", () => {
  const bad: readonly (readonly [string, Record<string, unknown>])[] = [
    ["trust", { trust: undefined }],
    ["trust", { trust: {} }],
    ["trust", { trust: null }],
    ["roots", { trust: { roots: [""] } }],
    ["serverName", { serverName: undefined }],
    ["serverName", { serverName: "not a name" }],
    ["alpn", { alpn: [""] }],
    ["cipherSuites", { cipherSuites: ["TLS_NULL"] }],
    ["keyShares", { groups: ["x25519"], keyShares: ["secp384r1"] }],
    ["handshakeTimeout", { handshakeTimeout: "soon" }],
    ["idleTimeout", { idleTimeout: -1 }],
    ["prefix", { prefix: "220 ready" }],
  ];

  test.each(bad)("%s: %o", (option, options) => {
    const streams = { readable: new ReadableStream(), writable: new WritableStream() };
    let thrown: unknown;
    try {
      connect(streams, { ...trusting, ...options } as ConnectOptions);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TlsError);
    expect(thrown).toMatchObject({ code: "invalid_option" });
    expect((thrown as TlsError).message).toContain(option);
    // And the streams are still the caller's.
    expect(streams.readable.locked).toBe(false);
    expect(streams.writable.locked).toBe(false);
  });
});
