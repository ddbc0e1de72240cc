// What one page may take of the relay, as somebody would try it who wants it all.

import net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { checkLimits, type RelayLimits } from "../../../lab/relay/limits.ts";
import type { RelayOptions } from "../../../lab/relay/startRelay.ts";
import { tcpServer } from "../../interop/nodeServer.ts";
import { answerTo, origin, pageTo, relayTo, upgrade } from "./pages.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A relay to a server that does this with each connection. */
async function relayWith(
  talk: (socket: net.Socket) => void,
  limits: Partial<RelayLimits> = {},
  more: Partial<RelayOptions> = {},
) {
  const server = await tcpServer(talk, { allowHalfOpen: true });
  const target = `127.0.0.1:${server.port}`;
  const relay = await relayTo([target], { limits, ...more });
  closers.push(
    () => relay.close(),
    () => server.close(),
  );
  return { relay, target, page: () => pageTo(relay, target) };
}

const silent = (): void => {};

test("a limit is a number that means one", () => {
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    expect(() => checkLimits({ idleTimeout: value })).toThrow(
      /^idleTimeout: expected a whole number from 1 to/,
    );
  }
});

describe("connections", () => {
  test("of one address: those beyond the limit are turned away until one has ended", async () => {
    const { page, relay } = await relayWith((socket) => socket.on("end", () => socket.end()).resume(), {
      connectionsPerAddress: 2,
    });
    const taken = [page(), page()];
    for (const one of taken) await one.opened;
    const reason = "the relay has all the connections that it takes from one address";
    expect(await page().closed).toEqual([1013, reason]);
    const over = relay.passed();
    taken[0]?.socket.close();
    await over;
    const later = page();
    await later.opened;
    later.socket.close(1000, "enough");
    expect(await later.closed).toEqual([1000, "enough"]);
  });

  test("in all", async () => {
    const { page, relay } = await relayWith(silent, { connections: 1 });
    await page().opened;
    expect(await page().closed).toEqual([1013, "the relay has all the connections that it takes"]);
    expect(relay.connections).toBe(1);
  });

  test("a target that lingers still counts, though the page is gone", async () => {
    let target: net.Socket | undefined;
    const { page, relay } = await relayWith((socket) => {
      target = socket;
      socket.resume();
    });
    const first = page();
    await first.opened;
    first.socket.close();
    await first.closed;
    expect(relay.connections).toBe(1);
    const over = relay.passed();
    target?.end();
    await over;
    expect(relay.connections).toBe(0);
  });

  test("sockets that ask for nothing are cut off", async () => {
    const { relay } = await relayWith(silent, { handshakeTimeout: 100 });
    expect(await answerTo(relay, "")).toBe("");
    expect(await answerTo(relay, "GET / HTTP/1.1\r\nHost: x\r\n")).not.toContain("101");
    // By one header after another, too.
    const slow = net.connect(Number(new URL(relay.address).port), "127.0.0.1");
    slow.on("error", () => {});
    slow.write("GET / HTTP/1.1\r\n");
    const drip = setInterval(() => slow.write("A: b\r\n"), 20);
    slow.resume();
    await new Promise((resolve) => slow.once("close", resolve));
    clearInterval(drip);
  });

  test("sockets beyond connections and those that hear why not are not accepted at all", async () => {
    const { relay, page } = await relayWith(silent, { connections: 1 });
    const port = Number(new URL(relay.address).port);
    const sockets = Array.from({ length: 65 }, () => net.connect(port, "127.0.0.1"));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    expect(await page().closed).toEqual([expect.stringMatching(/hang up|ECONNRESET/), ""]);
    for (const socket of sockets) socket.destroy();
  });

  test("a header that never ends", async () => {
    const { relay } = await relayWith(silent);
    expect(await answerTo(relay, `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}`)).toBe("");
  });
});

describe("what passes", () => {
  test("no text", async () => {
    const { page } = await relayWith(silent);
    const one = page();
    await one.opened;
    one.socket.send("hello");
    expect(await one.closed).toEqual([1003, "the relay carries binary messages, no text"]);
  });

  test("no message longer than the limit, in one piece or in many", async () => {
    const { page, relay } = await relayWith(silent, { message: 1000 });
    const whole = page();
    await whole.opened;
    whole.socket.send(Buffer.alloc(1001));
    expect(await whole.closed).toEqual([1009, ""]);
    const pieces = page();
    await pieces.opened;
    for (let i = 0; i < 4; i++) pieces.socket.send(Buffer.alloc(300), { binary: true, fin: false });
    expect(await pieces.closed).toEqual([1009, ""]);
    await expect.poll(() => relay.events.length).toBe(2);
    for (const event of relay.events) {
      expect(event).toMatchObject({ kind: "passed", passed: { up: 0, down: 0, ending: { code: 1009 } } });
    }
  });

  test("nothing that is no frame", async () => {
    const { relay, target } = await relayWith(silent);
    // A reserved bit; a frame without its mask.
    for (const frame of ["\xc2\x80\x00\x00\x00\x00", "\x82\x01x"]) {
      const answer = await answerTo(relay, upgrade(`/${target}`) + frame);
      expect(Buffer.from(answer, "latin1").readUInt16BE(answer.length - 2)).toBe(1002);
    }
  });

  test("no more bytes than the limit, both directions together", async () => {
    let heard = 0;
    const { page, relay } = await relayWith(
      (socket) => {
        socket.write(Buffer.alloc(600));
        socket.on("data", (bytes) => {
          heard += bytes.length;
        });
      },
      { bytes: 1000 },
    );
    const one = page();
    await new Promise((resolve) => one.socket.once("message", resolve));
    one.socket.send(Buffer.alloc(400));
    await expect.poll(() => heard).toBe(400);
    const over = relay.passed();
    one.socket.send(Buffer.alloc(1));
    expect(await one.closed).toEqual([4413, "more than 1000 bytes on one connection"]);
    expect(await over).toMatchObject({ passed: { up: 401, down: 600, ending: { code: 4413 } } });
    expect(heard).toBe(400);
  });

  test("who floods it with pings, and reads no answer, is cut off", async () => {
    const { relay, target } = await relayWith(silent);
    const over = relay.passed();
    const socket = net.connect(Number(new URL(relay.address).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(upgrade(`/${target}`));
    await new Promise((resolve) => socket.once("readable", resolve));
    const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125, "p")]);
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    const more = (): void => {
      if (!socket.destroyed) socket.write(flood);
    };
    socket.on("drain", more);
    more();
    expect(await over).toMatchObject({ passed: { ending: { code: 1006 } } });
    socket.destroy();
  });
});

describe("whoever is slow", () => {
  test("a page that reads nothing holds the target back", async () => {
    let written = 0;
    const { relay, target } = await relayWith((socket) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (written < 100 * 2 ** 20) {
          written += chunk.length;
          if (!socket.write(chunk)) break;
        }
      };
      socket.on("drain", more);
      more();
    });
    const page = pageTo(relay, target);
    await page.opened;
    page.socket.pause();
    // Once nothing has moved for a while, it stands.
    await expect.poll(() => stood(() => written), { timeout: 20_000 }).toBe(true);
    // The buffers of the systems on both ways, and the relay's own.
    expect(written).toBeLessThan(24 * 2 ** 20);
    page.socket.resume();
    await expect.poll(() => written, { timeout: 20_000 }).toBeGreaterThan(90 * 2 ** 20);
    page.socket.terminate();
  });

  test("a target that reads nothing holds the page back", async () => {
    let target: net.Socket | undefined;
    const made = await relayWith((socket) => {
      target = socket;
    });
    const page = made.page();
    await page.opened;
    const chunk = Buffer.alloc(64 * 1024);
    let left = 0;
    for (let sent = 0; sent < 100 * 2 ** 20; sent += chunk.length)
      page.socket.send(chunk, () => (left += chunk.length));
    await expect.poll(() => stood(() => left), { timeout: 20_000 }).toBe(true);
    expect(left).toBeLessThan(24 * 2 ** 20);
    let heard = 0;
    target?.on("data", (bytes: Buffer) => {
      heard += bytes.length;
    });
    await expect.poll(() => heard, { timeout: 20_000 }).toBe(100 * 2 ** 20);
    page.socket.terminate();
  });

  test("what is said before the target has accepted waits for it, within the page's own buffers", async () => {
    let accept: (addresses: readonly string[]) => void = () => {};
    const server = await tcpServer((socket) => socket.pipe(socket));
    const target = `db.example:${server.port}`;
    const relay = await relayTo([], {
      privateTargets: [target],
      resolve: () => new Promise((resolve) => (accept = resolve)),
    });
    closers.push(
      () => relay.close(),
      () => server.close(),
    );
    const page = pageTo(relay, target);
    await page.opened;
    page.socket.send(Buffer.from("early"));
    await expect.poll(() => relay.connections).toBe(1);
    accept(["127.0.0.1"]);
    await expect.poll(() => page.heard().toString()).toBe("early");
  });

  /** Whether a count has not changed for 50 ms. */
  async function stood(count: () => number): Promise<boolean> {
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return count() === before && before > 0;
  }
});

describe("whoever is late", () => {
  test("a target that never accepts", async () => {
    const relay = await relayTo(["db.example:1"], {
      resolve: () => new Promise(() => {}),
      limits: { connectTimeout: 100 },
    });
    closers.push(() => relay.close());
    const over = relay.passed();
    expect(await pageTo(relay, "db.example:1").closed).toEqual([
      4504,
      "the target did not accept within 100 ms",
    ]);
    expect(await over).toMatchObject({ target: "db.example:1", passed: { up: 0, down: 0 } });
  });

  test("nobody says anything", async () => {
    const { page } = await relayWith(silent, { idleTimeout: 100 });
    expect(await page().closed).toEqual([4408, "no byte passed for 100 ms"]);
  });

  test("pings and empty messages are not something", async () => {
    const { page } = await relayWith(silent, { idleTimeout: 200 });
    const one = page();
    await one.opened;
    const talk = setInterval(() => {
      one.socket.ping();
      one.socket.send(Buffer.alloc(0));
    }, 20);
    expect(await one.closed).toEqual([4408, "no byte passed for 200 ms"]);
    clearInterval(talk);
  });

  test("a byte in either direction is", async () => {
    let target: net.Socket | undefined;
    const { page } = await relayWith(
      (socket) => {
        target = socket;
        socket.resume();
      },
      { idleTimeout: 300 },
    );
    const one = page();
    await one.opened;
    await expect.poll(() => target).toBeDefined();
    const began = performance.now();
    let turn = 0;
    const talk = setInterval(() => {
      if (turn++ % 2 === 0) one.socket.send(Buffer.alloc(1));
      else target?.write("x");
      if (turn === 20) clearInterval(talk);
    }, 50);
    await one.closed;
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  test("a page that does not answer the close", async () => {
    const { relay, target } = await relayWith((socket) => socket.end("x"), { closeTimeout: 100 });
    const over = relay.passed();
    const socket = net.connect(Number(new URL(relay.address).port), "127.0.0.1");
    socket.write(upgrade(`/${target}`));
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(await over).toMatchObject({ passed: { down: 1, ending: { code: 1000 } } });
  });

  test("a target that does not end after the page has closed", async () => {
    let target: net.Socket | undefined;
    const { relay, page } = await relayWith(
      (socket) => {
        target = socket;
        socket.resume();
        socket.write("hello");
      },
      { closeTimeout: 100 },
    );
    const over = relay.passed();
    const one = page();
    await new Promise((resolve) => one.socket.once("message", resolve));
    one.socket.close();
    await over;
    // Nobody is there any more to take it.
    const refused = new Promise((resolve) => target?.once("error", resolve));
    target?.write("x");
    expect(await refused).toMatchObject({ code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/) });
  });
});

test("an origin is no secret: another program may claim it, and meets the same limits", async () => {
  const { relay, target } = await relayWith((socket) => socket.end("hello"));
  const socket = new WebSocket(`${relay.address}/${target}`, { headers: { origin } });
  const code = await new Promise((resolve) => socket.once("close", resolve));
  expect(code).toBe(1000);
});
