// TLS over streams that somebody has: a socket after STARTTLS, another TLS connection, any Duplex.

import { once } from "node:events";
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/node/index.ts";
import { duplexPair } from "../adapters/pairs.ts";
import { chainOf, usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown, tcpServer } from "../interop/nodeServer.ts";
import { drink, failureOf, finished, pour, Source, secured, take, textOf } from "../interop/talk.ts";

let server: NodeServer;
const toBeClosed: { close(): void }[] = [];
beforeAll(async () => {
  server = await nodeServer(shown(usual), echo);
});
afterAll(() => server.close());
afterEach(() => {
  for (const one of toBeClosed.splice(0)) one.close();
});

const trusting = { servername: "localhost", ca: usual.rootPem } as const;

/** A stream at whose other end the server listens. */
function tunnel(): Duplex {
  const [near, far] = duplexPair();
  const socket = net.connect(server.port, "127.0.0.1");
  far.pipe(socket).pipe(far);
  socket.on("error", () => far.destroy());
  far.on("error", () => socket.destroy());
  return near;
}

const lowers: readonly (readonly [string, () => Promise<Duplex> | Duplex])[] = [
  ["a socket that is still connecting", () => net.connect(server.port, "127.0.0.1")],
  [
    "a socket that is connected",
    async () => {
      const socket = net.connect(server.port, "127.0.0.1");
      await once(socket, "connect");
      return socket;
    },
  ],
  ["a Duplex that is no socket", tunnel],
];

describe.each(lowers)("over %s", (_, lower) => {
  test("a page there and back, and the end", async () => {
    const below = await lower();
    const socket = await secured(connect({ socket: below, ...trusting }));
    const length = 2 ** 20;
    const back = drink(socket, length);
    expect(await pour(new Source(length, 1), socket)).toBe(await back);
    await finished(socket);
    if (!below.closed) await once(below, "close");
  });

  test("destroy() takes it along", async () => {
    const below = await lower();
    const socket = await secured(connect({ socket: below, ...trusting }));
    socket.destroy();
    if (!below.closed) await once(below, "close");
  });

  test("its end without close_notify is truncated", async () => {
    const below = await lower();
    const socket = await secured(connect({ socket: below, ...trusting }));
    const failure = failureOf(socket);
    below.push(null);
    expect((await failure).code).toBe("truncated");
  });

  test("its error is ours", async () => {
    const below = await lower();
    const socket = await secured(connect({ socket: below, ...trusting }));
    const failure = failureOf(socket);
    const cause = new Error("the cable");
    below.destroy(cause);
    expect(await failure).toMatchObject({ code: "transport_failed", cause });
  });

  test("its close without an error is one", async () => {
    const below = await lower();
    const socket = await secured(connect({ socket: below, ...trusting }));
    const failure = failureOf(socket);
    below.destroy();
    expect((await failure).code).toBe("transport_failed");
  });
});

describe("a stream that is of no use any more", () => {
  test("destroyed", async () => {
    const [near] = duplexPair();
    near.destroy();
    await once(near, "close");
    expect(await failureOf(connect({ socket: near, ...trusting }))).toMatchObject({
      code: "transport_failed",
    });
  });

  test("read to its end", async () => {
    const [near, far] = duplexPair();
    far.end();
    near.resume();
    await once(near, "end");
    expect(await failureOf(connect({ socket: near, ...trusting }))).toMatchObject({ code: "truncated" });
  });

  test("ended by ourselves", async () => {
    const [near] = duplexPair();
    near.end();
    expect(await failureOf(connect({ socket: near, ...trusting }))).toMatchObject({
      code: "transport_failed",
    });
  });
});

test("TLS inside TLS, on both levels ours", async () => {
  const outerChain = chainOf("P-384");
  // The outer server hands on what it hears to the inner one.
  const outer = await nodeServer(shown(outerChain), (socket) => {
    const inner = net.connect(server.port, "127.0.0.1");
    socket.pipe(inner).pipe(socket);
    inner.on("error", () => socket.destroy());
  });
  toBeClosed.push(outer);
  const carrier = connect({
    host: "127.0.0.1",
    port: outer.port,
    servername: "localhost",
    ca: outerChain.rootPem,
  });
  const socket = await secured(connect({ socket: carrier, ...trusting }));
  expect(carrier.info?.identity?.vouchedBy).toBe("CN=P-384 Root");
  expect(socket.info?.identity?.vouchedBy).toBe("CN=P-256 Root");
  const length = 4 * 2 ** 20;
  const back = drink(socket, length);
  expect(await pour(new Source(length, 2), socket)).toBe(await back);
  await finished(socket);
  if (!carrier.closed) await once(carrier, "close");
});

test("a failure of the TLS below is none of this one's: no alert of ours, and the reason as its cause", async () => {
  const carrier = connect({
    host: "127.0.0.1",
    port: server.port,
    servername: "localhost",
    ca: chainOf("P-384").rootPem,
  });
  const socket = connect({ socket: carrier, ...trusting });
  const error = await failureOf(socket);
  expect(error).toMatchObject({ code: "transport_failed", alert: undefined });
  expect(error.cause).toMatchObject({ code: "certificate_unknown_ca", alert: { direction: "sent" } });
});

describe("STARTTLS", () => {
  test("the socket goes on where plain text ended", async () => {
    const context = tls.createSecureContext(shown(usual));
    const mail = await tcpServer((socket) => {
      socket.write("220 ready\r\n");
      socket.once("data", () => {
        socket.write("220 go ahead\r\n", () => {
          const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: context });
          secure.on("error", () => {});
          secure.pipe(secure);
        });
      });
    });
    toBeClosed.push(mail);
    const plain = net.connect(mail.port, "127.0.0.1");
    expect(String(await take(plain, 11))).toBe("220 ready\r\n");
    plain.write("STARTTLS\r\n");
    expect(String(await take(plain, 14))).toBe("220 go ahead\r\n");
    const socket = await secured(connect({ socket: plain, ...trusting }));
    expect(socket.remotePort).toBe(mail.port);
    socket.write("EHLO me");
    expect(String(await take(socket, 7))).toBe("EHLO me");
    await finished(socket);
  });

  // A server waits for our hello, so what was read before it is nothing that goes on well.
  test.each([
    [1, "timeout"],
    [50, "unexpected_record_type"],
    [2000, "unexpected_record_type"],
  ] as const)("prefix: %i bytes of no TLS are read first: %s", async (length, code) => {
    const prefix = Buffer.alloc(length, 0x99);
    const [near] = duplexPair();
    const error = await failureOf(connect({ socket: near, prefix, ...trusting, handshakeTimeout: 100 }));
    expect(error.code).toBe(code);
  });

  test("prefix: an alert that was read together with the plain text", async () => {
    const [near] = duplexPair();
    const prefix = Buffer.of(0x15, 3, 3, 0, 2, 2, 80);
    expect(await failureOf(connect({ socket: near, prefix, ...trusting }))).toMatchObject({
      code: "alert_received",
      alert: { name: "internal_error", direction: "received" },
    });
  });
});

test("what a stream like that is given is bounded where nobody reads it", async () => {
  const below = tunnel();
  const socket = await secured(connect({ socket: below, ...trusting }));
  const chunk = Buffer.alloc(64 * 1024);
  let written = 0;
  let idle = 0;
  const more = (): void => {
    idle = 0;
    let room = true;
    while (room && written < 256 * 2 ** 20) {
      written += chunk.length;
      room = socket.write(chunk);
    }
    if (!room) socket.once("drain", more);
  };
  // What is echoed is not read, so before long nothing moves.
  more();
  for (; idle < 50; idle++) await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBeLessThan(64 * 2 ** 20);
  expect(below.writableLength).toBeLessThan(2 ** 20);
  socket.destroy();
});

test("a text while it waits", async () => {
  const socket = await secured(connect({ socket: tunnel(), ...trusting }));
  const text = textOf(socket);
  socket.end("round and back");
  expect(await text).toBe("round and back");
});
