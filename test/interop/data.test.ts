import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import { connect, type TraceEvent } from "../../src/node/index.ts";
import { suites, usual } from "./chains.ts";
import { echo, type NodeServer, nodeServer, Queue, shown, silence } from "./nodeServer.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { drink, finished, happens, pour, Source, secured, take, textOf } from "./talk.ts";

const mebibyte = 2 ** 20;
const trusting = { host: "127.0.0.1", servername: "localhost", ca: usual.rootPem } as const;

const providers = [
  ["node", undefined],
  ["web", webProvider],
] as const;

describe("node:tls", () => {
  let silent: NodeServer;
  let echoing: NodeServer;
  beforeAll(async () => {
    silent = await nodeServer(shown(usual), silence);
    echoing = await nodeServer(shown(usual), echo);
  });
  afterAll(() => {
    silent.close();
    echoing.close();
  });

  describe.each(providers)("%s provider", (_, provider) => {
    const given = provider === undefined ? {} : { provider };

    test.each(suites)("64 MiB both ways at once, %s", async (suite) => {
      const length = 64 * mebibyte;
      const socket = connect({ ...trusting, port: silent.port, cipherSuites: [suite], ...given });
      await secured(socket);
      const peer = await silent.secured.next();
      const [sent, received, theirSent, theirReceived] = await Promise.all([
        pour(new Source(length, 1), socket),
        drink(socket, length),
        pour(new Source(length, 2), peer),
        drink(peer, length),
      ]);
      expect(received).toBe(theirSent);
      expect(theirReceived).toBe(sent);
      expect(sent).not.toBe(theirSent);
      peer.end();
      await finished(socket);
    });

    test("64 MiB there and back, with new keys now and then", async () => {
      const length = 64 * mebibyte;
      const socket = connect({ ...trusting, port: echoing.port, ...given });
      await secured(socket);
      const back = drink(socket, length);
      const source = new Source(length, 3);
      for (let chunk = source.next(), n = 0; chunk !== undefined; chunk = source.next(), n++) {
        if (n % 100 === 50) socket.updateKeys();
        if (!socket.write(chunk)) await happens(socket, "drain");
      }
      expect(await back).toBe(source.hash.digest("hex"));
      await finished(socket);
    });

    test("1-byte writes", async () => {
      const socket = connect({ ...trusting, port: echoing.port, ...given });
      await secured(socket);
      const text = Buffer.from("one byte at a time ".repeat(50));
      const back = take(socket, text.length);
      for (const byte of text) {
        await new Promise((written) => socket.write(Buffer.of(byte), written));
      }
      expect(String(await back)).toBe(String(text));
      for (const byte of text) socket.write(Buffer.of(byte));
      expect(String(await take(socket, text.length))).toBe(String(text));
      await finished(socket);
    });

    test("writes of every size about the edges of records", async () => {
      const socket = connect({ ...trusting, port: echoing.port, ...given });
      await secured(socket);
      const sizes = [0, 1, 16_383, 16_384, 16_385, 32_768, 32_769, 65_536 + 1, 200_000, 0, 3];
      const all = createHash("sha256");
      const back = drink(
        socket,
        sizes.reduce((sum, size) => sum + size, 0),
      );
      for (const size of sizes) {
        const chunk = Buffer.alloc(size, size);
        all.update(chunk);
        socket.write(chunk);
      }
      expect(await back).toBe(all.digest("hex"));
      await finished(socket);
    });

    test("what was written before the handshake waits for it", async () => {
      const socket = connect({ ...trusting, port: echoing.port, ...given });
      socket.write("early ");
      socket.write("bird");
      expect(String(await take(socket, 10))).toBe("early bird");
      await finished(socket);
    });

    test("records that are padded", async () => {
      const socket = connect({
        ...trusting,
        port: echoing.port,
        padding: (_type, length) => 512 - (length % 512),
        ...given,
      });
      await secured(socket);
      const text = "padded ".repeat(5000);
      socket.write(text);
      expect(String(await take(socket, text.length))).toBe(text);
      await finished(socket);
    });

    test("our updateKeys(): the server answers, and data goes on under the new keys", async () => {
      const events: TraceEvent[] = [];
      const socket = connect({
        ...trusting,
        port: echoing.port,
        trace: (event) => events.push(event),
        ...given,
      });
      await secured(socket);
      for (let round = 1; round <= 40; round++) {
        socket.updateKeys();
        socket.write(`round ${round}`);
        expect(String(await take(socket, `round ${round}`.length))).toBe(`round ${round}`);
      }
      const keys = (direction: "in" | "out"): number[] =>
        events.flatMap((event) =>
          event.kind === "keys" && event.epoch === "application" && event.direction === direction
            ? [event.generation]
            : [],
        );
      const generations = Array.from({ length: 41 }, (_, generation) => generation);
      expect(keys("out")).toEqual(generations);
      expect(keys("in")).toEqual(generations);
      await finished(socket);
    });
  });

  describe("half-close", () => {
    test("ours: the server hears the end, and its answer still comes", async () => {
      const socket = await secured(connect({ ...trusting, port: silent.port, allowHalfOpen: true }));
      const peer = await silent.secured.next();
      socket.end("question");
      expect(await textOf(peer)).toBe("question");
      const answer = textOf(socket);
      peer.write("an");
      peer.end("swer");
      expect(await answer).toBe("answer");
      if (!socket.closed) await happens(socket, "close");
    });

    test("the server's: we hear the end, and may go on for long", async () => {
      const socket = await secured(connect({ ...trusting, port: silent.port, allowHalfOpen: true }));
      const peer = await silent.secured.next();
      peer.end("greeting");
      expect(await textOf(socket)).toBe("greeting");
      expect(socket.writable).toBe(true);
      const length = 4 * mebibyte;
      const heard = drink(peer, length);
      expect(await pour(new Source(length, 4), socket)).toBe(await heard);
      socket.updateKeys();
      socket.end("goodbye");
      expect(await textOf(peer)).toBe("goodbye");
      if (!socket.closed) await happens(socket, "close");
    });

    test("the server's, where we don't allow it: our side ends by itself", async () => {
      const socket = await secured(connect({ ...trusting, port: silent.port }));
      const peer = await silent.secured.next();
      const theirs = textOf(peer);
      peer.end("bye");
      expect(await textOf(socket)).toBe("bye");
      expect(await theirs).toBe("");
      if (!socket.closed) await happens(socket, "close");
    });

    test("data that comes while we wait for the end", async () => {
      const socket = await secured(connect({ ...trusting, port: silent.port }));
      const peer = await silent.secured.next();
      const length = 2 * mebibyte;
      const received = drink(socket, length);
      socket.end();
      const sent = await pour(new Source(length, 5), peer);
      expect(await received).toBe(sent);
      peer.end();
      await finished(socket);
    });
  });
});

// node:tls as a server has no way to ask for a KeyUpdate; openssl's has.
describe.skipIf(!hasOpenssl)("openssl s_server", () => {
  let server: OpensslServer;
  beforeAll(async () => {
    server = await OpensslServer.start(usual, ["-tls1_3"]);
  });
  afterAll(() => server.close());

  /** What stands in the trace of KeyUpdates. */
  function updatesOf(events: readonly TraceEvent[]): string[] {
    return events.flatMap((event) =>
      event.kind === "message" && event.name === "KeyUpdate"
        ? [`${event.direction} ${event.body.requestUpdate}`]
        : [],
    );
  }

  /** A trace, and the server's KeyUpdates one by one. */
  function watch(): { events: TraceEvent[]; trace: (event: TraceEvent) => void; came: Queue<TraceEvent> } {
    const events: TraceEvent[] = [];
    const came = new Queue<TraceEvent>();
    const trace = (event: TraceEvent): void => {
      events.push(event);
      if (event.kind === "message" && event.name === "KeyUpdate" && event.direction === "in")
        came.push(event);
    };
    return { events, trace, came };
  }

  describe.each(providers)("%s provider", (_, provider) => {
    const given = provider === undefined ? {} : { provider };

    test("64 MiB both ways at once, with new keys now and then", async () => {
      server.forget();
      const length = 64 * mebibyte;
      const socket = connect({ ...trusting, port: server.port, ...given });
      await secured(socket);
      // Bytes over 0x7f are no commands of s_server's.
      const theirs = pour(new Source(length, 6, "high"), server.stdin);
      const received = drink(socket, length);
      const source = new Source(length, 7, "high");
      for (let chunk = source.next(), n = 0; chunk !== undefined; chunk = source.next(), n++) {
        if (n % 100 === 50) socket.updateKeys();
        if (!socket.write(chunk)) await happens(socket, "drain");
      }
      const sent = source.hash.digest("hex");
      expect(await received).toBe(await theirs);
      expect(await server.hashOf(length)).toBe(sent);
      await finished(socket);
      server.forget();
    });

    test.each([
      ["K", "asks for ours", ["in 1", "out 0"]],
      ["k", "does not ask for ours", ["in 0"]],
    ] as const)("KeyUpdate from the server (%s, %s), in the middle of data", async (command, _asks, told) => {
      server.forget();
      const { events, trace, came } = watch();
      const socket = connect({ ...trusting, port: server.port, trace, ...given });
      await secured(socket);
      const source = new Source(8 * mebibyte, 8, "high");
      let rounds = 0;
      for (let chunk = source.next(); chunk !== undefined; chunk = source.next()) {
        if (!socket.write(chunk)) await happens(socket, "drain");
        if (rounds < 10) {
          rounds++;
          server.type(`${command}\n`);
          // A command has to be at the start of what s_server reads at once.
          await came.next();
          server.type(`after ${rounds}\n`);
          expect(String(await take(socket, `after ${rounds}\n`.length))).toBe(`after ${rounds}\n`);
        }
      }
      const sent = source.hash.digest("hex");
      expect(await server.hashOf(8 * mebibyte)).toBe(sent);
      expect(updatesOf(events)).toEqual(Array.from({ length: 10 }, () => told).flat());
      await finished(socket);
      server.forget();
    });

    test("KeyUpdates that cross", async () => {
      server.forget();
      const { events, trace, came } = watch();
      const socket = connect({ ...trusting, port: server.port, trace, ...given });
      await secured(socket);
      for (let round = 1; round <= 10; round++) {
        server.type("K\n");
        socket.updateKeys();
        socket.write(Buffer.of(0x80 + round));
        await server.until(() => server.received === round);
        // Its own, and its answer to ours.
        await came.next();
        await came.next();
        server.type(`round ${round}\n`);
        expect(String(await take(socket, `round ${round}\n`.length))).toBe(`round ${round}\n`);
      }
      expect(updatesOf(events).filter((one) => one === "out 1")).toHaveLength(10);
      await finished(socket);
      server.forget();
    });
  });

  test("half-close: it goes on after our end, and its end is one", async () => {
    server.forget();
    const socket = await secured(connect({ ...trusting, port: server.port, allowHalfOpen: true }));
    server.type("before\n");
    expect(String(await take(socket, 7))).toBe("before\n");
    // s_server answers a close_notify with its own at once.
    await finished(socket);
  });

  test("many tickets, which are dropped", async () => {
    const generous = await OpensslServer.start(usual, ["-tls1_3", "-rev", "-num_tickets", "200"]);
    const events: TraceEvent[] = [];
    const socket = connect({ ...trusting, port: generous.port, trace: (event) => events.push(event) });
    await secured(socket);
    socket.write("0123\n");
    expect(String(await take(socket, 5))).toBe("3210\n");
    const tickets = events.filter((event) => event.kind === "message" && event.name === "NewSessionTicket");
    expect(tickets).toHaveLength(200);
    await finished(socket);
    generous.close();
  });
});
