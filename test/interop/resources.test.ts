// What is left behind: nothing.

import net from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";
import { usual } from "./chains.ts";
import { echo, type NodeServer, nodeServer, shown } from "./nodeServer.ts";
import { failureOf, finished, secured, take } from "./talk.ts";

let server: NodeServer;
beforeAll(async () => {
  // With allowHalfOpen, node:tls keeps a connection that ended before its hello for two minutes.
  server = await nodeServer({ ...shown(usual), allowHalfOpen: false }, echo);
});
afterAll(() => server.close());

const open = (): TlsSocket =>
  connect({ host: "127.0.0.1", port: server.port, servername: "localhost", ca: usual.rootPem });

/** Sockets and timers that keep the process alive, once those on their way out are gone. */
async function expectNothingLeft(): Promise<void> {
  const busy = (): string[] =>
    process.getActiveResourcesInfo().filter((name) => /^(TCP(Connect|Socket)?Wrap|Timeout|TLS)/.test(name));
  // Vitest has timers of its own: a test's time limit.
  await expect.poll(() => busy().filter((name) => name !== "Timeout"), { interval: 5 }).toEqual([]);
  await expect
    .poll(() => new Promise((resolve) => server.server.getConnections((_, count) => resolve(count))))
    .toBe(0);
}

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("300 connections, one after the other", async () => {
  const before = timers();
  for (let i = 0; i < 300; i++) {
    const socket = await secured(open());
    if (i % 3 === 0) await finished(socket);
    else if (i % 3 === 1) {
      socket.write("x");
      await take(socket, 1);
      await finished(socket);
    } else socket.destroy();
  }
  await expectNothingLeft();
  expect(timers()).toBeLessThanOrEqual(before);
});

test("50 connections at once", async () => {
  const before = timers();
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const socket = await secured(open());
      const text = `connection ${i} `.repeat(1000);
      socket.write(text);
      expect(String(await take(socket, text.length))).toBe(text);
      await finished(socket);
    }),
  );
  await expectNothingLeft();
  expect(timers()).toBeLessThanOrEqual(before);
});

test("50 connections that fail, or are given up at some point", async () => {
  const before = timers();
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const socket = connect({
        host: "127.0.0.1",
        port: server.port,
        servername: i % 2 === 0 ? "other.example" : "localhost",
        ca: usual.rootPem,
      });
      if (i % 2 === 0) await failureOf(socket);
      else {
        for (let turns = 0; turns < i; turns++) await new Promise((resolve) => setImmediate(resolve));
        socket.on("error", () => {});
        socket.destroy();
      }
    }),
  );
  await expectNothingLeft();
  expect(timers()).toBeLessThanOrEqual(before);
});

// A socket in this process that the server's side has let go of is not one of ours.
test("the sockets that are counted are counted", async () => {
  const socket = net.connect(server.port, "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  expect(process.getActiveResourcesInfo()).toContain("TCPSocketWrap");
  socket.destroy();
  await expectNothingLeft();
});
