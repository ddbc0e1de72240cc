// The connection breaks at every point there is: one error, at once, and no promise that nobody awaits.

import net from "node:net";
import { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type TlsError } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";
import { usual } from "../interop/chains.ts";
import { type Ends, echo, type NodeServer, nodeServer, proxy, shown } from "../interop/nodeServer.ts";
import { finished, secured, take } from "../interop/talk.ts";

let server: NodeServer;
const rejections: unknown[] = [];
const noteRejection = (reason: unknown): void => {
  rejections.push(reason);
};
beforeAll(async () => {
  process.on("unhandledRejection", noteRejection);
  server = await nodeServer(shown(usual), echo);
});
afterAll(() => {
  process.off("unhandledRejection", noteRejection);
  server.close();
  expect(rejections).toEqual([]);
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Talks until it breaks: what it told. */
async function errorsOf(socket: TlsSocket): Promise<string[]> {
  const errors: string[] = [];
  socket.on("error", (error) => errors.push((error as TlsError).code));
  socket.write("ping");
  socket.on("data", () => socket.write("ping"));
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await turn();
  return errors;
}

describe("the server's bytes stop after so many of them", () => {
  const ways: readonly (readonly [string, (ends: Ends) => void, RegExp])[] = [
    ["by a reset", ({ client }) => client.resetAndDestroy(), /^(transport_failed|truncated)$/],
    ["by an end", ({ client }) => client.end(), /^truncated$/],
  ];

  test.each(ways)("%s", async (_, end, code) => {
    // ServerHello 127, its flight about 1200, tickets, then echoes of 26 bytes.
    for (const most of [
      0, 1, 4, 5, 6, 100, 127, 128, 133, 134, 500, 1100, 1212, 1213, 1214, 1500, 1760, 2000,
    ]) {
      const passed = new WeakMap<net.Socket, number>();
      const between = await proxy(server.port, {
        downlink: (bytes, ends) => {
          const before = passed.get(ends.client) ?? 0;
          passed.set(ends.client, before + bytes.length);
          if (before + bytes.length < most) return bytes;
          if (before > most) return Buffer.alloc(0);
          ends.client.write(bytes.subarray(0, most - before), () => end(ends));
          return Buffer.alloc(0);
        },
      });
      const socket = connect({
        host: "127.0.0.1",
        port: between.port,
        servername: "localhost",
        ca: usual.rootPem,
      });
      const errors = await errorsOf(socket);
      expect(errors, `after ${most} bytes`).toEqual([expect.stringMatching(code)]);
      between.close();
    }
  });
});

/** A stream over TCP whose nth write fails, or whose nth read brings an error. */
function frail(fault: { write?: number; read?: number; throws?: boolean }, cause: Error): Duplex {
  const raw = net.connect(server.port, "127.0.0.1");
  let [writes, reads] = [0, 0];
  const stream = new Duplex({
    read: () => {},
    write: (chunk, _encoding, done) => {
      if (++writes === fault.write) {
        if (fault.throws === true) throw cause;
        done(cause);
      } else raw.write(chunk, done);
    },
    final: (done) => {
      raw.end();
      done();
    },
    destroy: (error, done) => {
      raw.destroy();
      done(error);
    },
  });
  raw.on("data", (bytes) => {
    if (++reads === fault.read) stream.destroy(cause);
    else stream.push(bytes);
  });
  raw.on("error", (error) => stream.destroy(error));
  raw.on("end", () => stream.push(null));
  return stream;
}

describe("a given stream fails", () => {
  test.each(["write", "read"] as const)("in each %s", async (where) => {
    for (let nth = 1; nth <= 6; nth++) {
      const cause = new Error(`${where} ${nth}`);
      const socket = connect({
        socket: frail({ [where]: nth }, cause),
        servername: "localhost",
        ca: usual.rootPem,
      });
      expect(await errorsOf(socket)).toEqual(["transport_failed"]);
      expect((socket.errored as TlsError).cause).toBe(cause);
    }
  });
});

// A bounded look for a connection that never ends: each of these is over within seconds, or the test's time is.
describe("cycles of a handshake and an end, none of which hangs", () => {
  let prompt: NodeServer;
  beforeAll(async () => {
    prompt = await nodeServer({ ...shown(usual), allowHalfOpen: false }, echo);
  });
  afterAll(() => prompt.close());

  const open = (): TlsSocket =>
    connect({ host: "127.0.0.1", port: prompt.port, servername: "localhost", ca: usual.rootPem });

  const closed = (socket: TlsSocket): Promise<void> =>
    new Promise((resolve) => socket.once("close", () => resolve()));

  /** When the TCP connection below is gone too, as the server sees it. */
  async function gone(): Promise<void> {
    await expect
      .poll(() => new Promise((resolve) => prompt.server.getConnections((_, count) => resolve(count))), {
        timeout: 10_000,
      })
      .toBe(0);
  }

  const ways: Readonly<Record<string, (socket: TlsSocket) => Promise<unknown>>> = {
    "end() in secureConnect, reading": async (socket) => {
      socket.once("secureConnect", () => socket.resume().end());
      await closed(socket);
    },
    "end() before it is connected": async (socket) => {
      socket.resume().end();
      await closed(socket);
    },
    "destroy() in secureConnect": async (socket) => {
      socket.once("secureConnect", () => socket.destroy());
      await closed(socket);
    },
    "end() and destroy() in secureConnect": async (socket) => {
      socket.once("secureConnect", () => {
        socket.end("x");
        socket.destroy();
      });
      await closed(socket);
    },
    "a word, the answer, and the end": async (socket) => {
      await secured(socket);
      socket.write("x");
      await take(socket, 1);
      await finished(socket);
    },
    "paused when the server ends": async (socket) => {
      await secured(socket);
      socket.end("x");
      socket.pause();
      await turn();
      socket.resume();
      await closed(socket);
    },
    "the server ends first": async (socket) => {
      prompt.server.once("secureConnection", (peer) => setImmediate(() => peer.end()));
      socket.resume();
      await closed(socket);
    },
  };

  test.each(Object.entries(ways))("%s, 150 times", async (_, end) => {
    for (let i = 0; i < 150; i++) await end(open());
    await gone();
  });
});
