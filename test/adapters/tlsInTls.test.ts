// TLS inside TLS: the streams of one connection carry another, through a server that ends the outer one and passes the inner on.

import net from "node:net";
import type tls from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type TlsConnection } from "../../src/index.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown } from "../interop/nodeServer.ts";

const trusting = { serverName: "localhost", trust: { roots: [usual.rootPem] } } as const;

let inner: NodeServer;
let outer: NodeServer;
/** How the outer connection ended, as its server heard it. */
const outerEnds: Promise<string>[] = [];
const innerEnds: Promise<string>[] = [];

const endOf = (socket: tls.TLSSocket): Promise<string> =>
  new Promise((resolve) => {
    socket.on("end", () => resolve("close_notify"));
    socket.on("close", () => resolve("no close_notify"));
  });

beforeAll(async () => {
  inner = await nodeServer(shown(usual), (socket) => {
    innerEnds.push(endOf(socket));
    echo(socket);
  });
  outer = await nodeServer(shown(usual), (socket) => {
    outerEnds.push(endOf(socket));
    const far = net.connect({ port: inner.port, host: "127.0.0.1", allowHalfOpen: true });
    far.on("error", () => socket.destroy());
    socket.on("close", () => far.destroy());
    socket.pipe(far).pipe(socket);
  });
});
afterAll(() => {
  inner.close();
  outer.close();
});

async function open(): Promise<{ readonly below: TlsConnection; readonly above: TlsConnection }> {
  const lower = net.connect({ port: outer.port, host: "127.0.0.1", allowHalfOpen: true });
  const below = connect(duplexTransport(lower, undefined), trusting);
  const above = connect(below, trusting);
  await above.opened;
  return { below, above };
}

test("1 MiB there and back", async () => {
  const { below, above } = await open();
  const sent = Buffer.alloc(2 ** 20, "inside of it ");
  const writer = above.writable.getWriter();
  const writing = writer.write(sent).then(() => writer.close());
  const chunks: Uint8Array[] = [];
  for await (const chunk of above.readable) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  await writing;
  await above.closed;
  await below.closed;
  expect(await Promise.all([innerEnds.at(-1), outerEnds.at(-1)])).toEqual(["close_notify", "close_notify"]);
});

test("the inner one is closed first: both servers hear close_notify", async () => {
  const { below, above } = await open();
  above.close();
  await above.closed;
  await below.closed;
  expect(await Promise.all([innerEnds.at(-1), outerEnds.at(-1)])).toEqual(["close_notify", "close_notify"]);
});

test("the outer one is closed first: the inner one fails, and its server is told the end only of the outer", async () => {
  const { below, above } = await open();
  below.close();
  await below.closed;
  await expect(above.closed).rejects.toMatchObject({
    code: "transport_failed",
    cause: { code: "closed" },
  });
  expect(await Promise.all([innerEnds.at(-1), outerEnds.at(-1)])).toEqual([
    "no close_notify",
    "close_notify",
  ]);
});
