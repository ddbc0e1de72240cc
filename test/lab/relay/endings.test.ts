// How one side's end reaches the other: a stream that was cut off is not to look like a whole one.

import type net from "node:net";
import { afterEach, expect, test } from "vitest";
import type { RelayLimits } from "../../../lab/relay/limits.ts";
import { tcpServer } from "../../interop/nodeServer.ts";
import { pageTo, relayTo } from "./pages.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A page, and the target's end of its connection. */
async function meet(limits: Partial<RelayLimits> = {}) {
  let tell: (socket: net.Socket) => void;
  const accepted = new Promise<net.Socket>((resolve) => {
    tell = resolve;
  });
  const server = await tcpServer((socket) => tell(socket), { allowHalfOpen: true });
  const relay = await relayTo([`127.0.0.1:${server.port}`], { limits });
  closers.push(
    () => relay.close(),
    () => server.close(),
  );
  const over = relay.passed();
  const page = pageTo(relay, `127.0.0.1:${server.port}`);
  await page.opened;
  const target = await accepted;
  let heard = "";
  target.on("data", (bytes) => {
    heard += bytes.toString("latin1");
  });
  /** "end", or the code of the error that it was told. */
  const targetEnd = new Promise<string>((resolve) => {
    target.once("end", () => resolve("end"));
    target.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
  });
  return { relay, page, target, targetEnd, targetHeard: () => heard, over };
}

test("bytes pass both ways as they are", async () => {
  const { page, target, targetHeard } = await meet();
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  page.socket.send(all);
  page.socket.send(Buffer.alloc(0));
  page.socket.send(all);
  target.write(all);
  await expect.poll(() => targetHeard()).toBe(Buffer.concat([all, all]).toString("latin1"));
  await expect.poll(() => page.heard().equals(all)).toBe(true);
});

test("the page's close is a FIN for the target, after all that was said before it", async () => {
  const { page, target, targetEnd, targetHeard, over } = await meet();
  page.socket.send(Buffer.alloc(300_000, "x"));
  page.socket.close(1000, "done");
  expect(await targetEnd).toBe("end");
  expect(targetHeard().length).toBe(300_000);
  target.end();
  expect(await over).toMatchObject({
    passed: { up: 300_000, down: 0, ending: { code: 1000, reason: "done" } },
  });
});

test("a page that is lost is a reset for the target", async () => {
  const { page, targetEnd, over } = await meet();
  page.socket.terminate();
  expect(await targetEnd).toBe("ECONNRESET");
  expect(await over).toMatchObject({ passed: { ending: { code: 1006 } } });
});

test("the target's FIN is a close for the page, after all that was said before it; the target still hears what follows", async () => {
  const { page, target, targetEnd, targetHeard, over } = await meet();
  target.end(Buffer.alloc(300_000, "y"));
  // Sent while the close is on its way, or at the latest before it is answered.
  page.socket.send(Buffer.from("last words"));
  expect(await page.closed).toEqual([1000, "the target has ended the connection"]);
  expect(page.heard().length).toBe(300_000);
  expect(await targetEnd).toBe("end");
  expect(targetHeard()).toBe("last words");
  expect(await over).toMatchObject({ passed: { down: 300_000, ending: { code: 1000 } } });
});

test("a target that dies is no peaceful close for the page", async () => {
  const { page, target, over } = await meet();
  target.write("half of it");
  await expect.poll(() => page.heard().toString()).toBe("half of it");
  target.resetAndDestroy();
  expect(await page.closed).toEqual([1014, "the target has broken the connection off"]);
  expect(await over).toMatchObject({ passed: { down: 10, ending: { code: 1014 } } });
});

test("after the target's end a page can't make the relay keep what the target does not take", async () => {
  const { page, target, over } = await meet({ buffered: 1000 });
  target.pause();
  target.end();
  // Its answer to the close would be too soon.
  page.socket.send(Buffer.alloc(900_000));
  page.socket.send(Buffer.alloc(900_000));
  await over;
  expect(await page.closed).toEqual([1000, "the target has ended the connection"]);
});

test("when the relay stops, everybody is told, and it waits until all are gone", async () => {
  const { relay, page, target, targetEnd } = await meet();
  target.write("hello");
  await expect.poll(() => page.heard().toString()).toBe("hello");
  await Promise.all([relay.close(), relay.close()]);
  expect(await page.closed).toEqual([1001, "the relay stops"]);
  expect(await targetEnd).toBe("ECONNRESET");
  expect(relay.connections).toBe(0);
});

test("when it stops while the end of a connection is on its way, too", async () => {
  const { relay, page, target } = await meet();
  target.on("end", () => target.end());
  page.socket.send(Buffer.from("x"));
  page.socket.close();
  await page.closed;
  await relay.close();
  expect(relay.connections).toBe(0);
});
