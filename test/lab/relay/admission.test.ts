// Who is let in, and where to: as somebody would try it who is not meant to.

import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countedAs, isPublic, mayReach } from "../../../lab/relay/addresses.ts";
import type { Relay } from "../../../lab/relay/startRelay.ts";
import { startRelay } from "../../../lab/relay/startRelay.ts";
import { parseOrigin, parseTarget } from "../../../lab/relay/targets.ts";
import { tcpServer } from "../../interop/nodeServer.ts";
import { answerTo, closeIn, origin, pageTo, relayTo, upgrade } from "./pages.ts";

const unlisted = [1008, "the relay does not lead to this target"] as const;

describe("targets", () => {
  let server: Awaited<ReturnType<typeof tcpServer>>;
  let relay: Relay;
  let reached = 0;
  beforeAll(async () => {
    server = await tcpServer((socket) => {
      reached++;
      socket.end("hello");
    });
    relay = await relayTo([`localhost:${server.port}`, "db.example:5432"], {
      resolve: async () => ["127.0.0.1"],
    });
  });
  afterAll(async () => {
    await relay.close();
    server.close();
  });

  test("one that is listed is reached", async () => {
    const page = pageTo(relay, `localhost:${server.port}`);
    expect(await page.closed).toEqual([1000, "the target has ended the connection"]);
    expect(page.heard().toString()).toBe("hello");
    expect(reached).toBe(1);
  });

  const port = (): number => server.port;
  const tricks: readonly (readonly [string, () => string])[] = [
    ["another host", () => `/other.example:${port()}`],
    ["another port", () => "/localhost:22"],
    ["the port of another target", () => "/localhost:5432"],
    ["no port", () => "/localhost"],
    ["nothing", () => "/"],
    ["upper case", () => `/LOCALHOST:${port()}`],
    ["a dot at the end", () => `/localhost.:${port()}`],
    ["an address for the name", () => `/127.0.0.1:${port()}`],
    ["a short address", () => `/127.1:${port()}`],
    ["a decimal address", () => `/2130706433:${port()}`],
    ["an octal address", () => `/0177.0.0.1:${port()}`],
    ["a hexadecimal address", () => `/0x7f.1:${port()}`],
    ["IPv6", () => `/[::1]:${port()}`],
    ["IPv4 in IPv6", () => `/[::ffff:127.0.0.1]:${port()}`],
    ["a name before an @", () => `/localhost:${port()}@other.example:80`],
    ["a name behind an @", () => `/evil@localhost:${port()}`],
    ["a port with zeros", () => `/localhost:0${port()}`],
    ["a port with a sign", () => `/localhost:+${port()}`],
    ["a port that wraps round", () => `/localhost:${port() + 65_536}`],
    ["an encoded letter", () => `/%6cocalhost:${port()}`],
    ["an encoded colon", () => `/localhost%3A${port()}`],
    ["an encoded NUL", () => `/localhost:${port()}%00.other.example`],
    ["an encoded line end", () => `/localhost:${port()}%0d%0aX:%20y`],
    ["a fullwidth colon", () => `/localhost\xef\xbc\x9a${port()}`],
    ["a query", () => `/localhost:${port()}?x`],
    ["an empty query", () => `/localhost:${port()}?`],
    ["a slash at the end", () => `/localhost:${port()}/`],
    ["two slashes", () => `//localhost:${port()}`],
    ["a step up", () => `/x/../localhost:${port()}`],
    ["a backslash", () => `\\localhost:${port()}`],
    ["a whole URL", () => `http://localhost:${port()}/localhost:${port()}`],
    ["a name of Object's", () => "/constructor"],
    ["an asterisk", () => "*"],
  ];
  test.each(tricks)("%s is not, whatever it would mean elsewhere", async (_, path) => {
    const before = reached;
    const answer = await answerTo(relay, upgrade(path()), true);
    // What is no request to begin with gets no answer.
    if (answer !== "" && !answer.startsWith("HTTP/1.1 400")) expect(closeIn(answer)).toEqual(unlisted);
    expect(reached).toBe(before);
  });

  test("line ends within the path or a header open nothing", async () => {
    const before = reached;
    const path = `/other.example:80 HTTP/1.1\r\nX: y\r\n\r\nGET /localhost:${server.port}`;
    const answer = await answerTo(relay, upgrade(path), true);
    expect(answer).toMatch(/^(HTTP\/1\.1 426 |$)/);
    expect(answer).not.toContain("101 Switching");
    expect(await answerTo(relay, upgrade(`/localhost:${port()}\r\n`), true)).not.toContain("101 Switching");
    const injected = upgrade(`/localhost:${port()}`, {
      Origin: "https://evil.example\nOrigin: https://lab.example",
    });
    expect(await answerTo(relay, injected, true)).not.toContain("101 Switching");
    expect(reached).toBe(before);
  });

  test("with an empty list nowhere is reached, and with no origins nobody reaches anything", async () => {
    const empty = await relayTo([]);
    expect(await pageTo(empty, `localhost:${server.port}`).closed).toEqual(unlisted);
    await empty.close();
    const nobodys = await startRelay({ targets: [`localhost:${server.port}`], origins: [] });
    expect(await pageTo(nobodys, `localhost:${server.port}`).closed).toEqual([
      "Unexpected server response: 403",
      "",
    ]);
    await nobodys.close();
  });

  test.each([
    ["", "db.example", "db.example:", "db.example:0", "db.example:65536", "db.example:05", ":5432"],
    ["DB.example:1", "db.example.:1", "-db.example:1", "db..example:1", "d b:1", "db/x:1", "u@db:1", "*:443"],
    ["127.1:1", "2130706433:1", "0x7f.1:1", "0x7f000001:1", "1.2.3:4", "1.2.3.4.5:1", "999.1.1.1:1"],
    ["[::1]", "[::1]:0", "[0:0:0:0:0:0:0:1]:1", "[::FFFF:1]:1", "[fe80::1%eth0]:1", "[x]:1", "::1:1"],
    [`${"a".repeat(64)}.example:1`, `${"a.".repeat(130)}example:1`],
  ])("no target: %j …", (...texts) => {
    for (const text of texts) expect(() => parseTarget(text, true), text).toThrow(/^target ".*": expected /s);
  });

  test.each([
    "null",
    "*",
    "",
    "lab.example",
    "https://lab.example/",
    "https://LAB.example",
    "file:///x",
    "https://lab.example:443",
  ])("no origin: %j", (text) =>
    expect(() => parseOrigin(text)).toThrow(/^origin ".*": expected one as browsers send it/),
  );

  test("the spellings that are targets and origins", () => {
    expect(parseTarget("db.example:5432", false)).toEqual({
      host: "db.example",
      port: 5432,
      reach: "public",
    });
    expect(parseTarget("db.example:5432", true)).toEqual({ host: "db.example", port: 5432, reach: "any" });
    expect(parseTarget("a.localhost:1", true)).toEqual({ host: "a.localhost", port: 1, reach: "loopback" });
    expect(parseTarget("192.168.1.1:1", false)).toEqual({ host: "192.168.1.1", port: 1, reach: "any" });
    expect(parseTarget("[fe80::1]:443", false)).toEqual({ host: "fe80::1", port: 443, reach: "any" });
    for (const text of ["http://localhost:8080", "https://lab.example"]) expect(parseOrigin(text)).toBe(text);
  });
});

describe("origins", () => {
  let relay: Relay;
  let server: Awaited<ReturnType<typeof tcpServer>>;
  beforeAll(async () => {
    server = await tcpServer((socket) => socket.end());
    relay = await relayTo([`localhost:${server.port}`]);
  });
  afterAll(async () => {
    await relay.close();
    server.close();
  });
  const ask = (headers: Readonly<Record<string, string | undefined>>): Promise<string> =>
    answerTo(relay, upgrade(`/localhost:${server.port}`, headers), true);

  test.each([
    undefined,
    "null",
    "",
    "https://evil.example",
    "http://lab.example",
    "https://lab.example:8443",
    "https://lab.example.evil.example",
    "https://sub.lab.example",
    "https://LAB.example",
    "https://lab.example/",
    "https://lab.example, https://evil.example",
    "https://lab.example\r\nOrigin: https://evil.example",
  ])("%j is turned away", async (from) => {
    expect(await ask({ Origin: from })).toMatch(
      /^HTTP\/1\.1 403 Forbidden\r\n.*\r\n\r\nthe relay does not serve pages of this origin\n$/s,
    );
  });

  test("the one that is listed is served, however it asks for subprotocols and extensions", async () => {
    const answer = await ask({
      "Sec-WebSocket-Protocol": "binary, chat",
      "Sec-WebSocket-Extensions": "permessage-deflate",
    });
    expect(answer).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(answer).not.toMatch(/Sec-WebSocket-(Protocol|Extensions)/);
  });

  test.each([
    ["h2c", { Upgrade: "h2c" }, /^HTTP\/1\.1 400 /],
    ["another WebSocket", { "Sec-WebSocket-Version": "7" }, /^HTTP\/1\.1 400 /],
    ["no key", { "Sec-WebSocket-Key": undefined }, /^HTTP\/1\.1 400 /],
    ["no upgrade", { Upgrade: undefined, Connection: "close" }, /^HTTP\/1\.1 426 .*relay for WebSockets/s],
  ])("%s is no WebSocket", async (_, headers, expected) => {
    expect(await ask(headers)).toMatch(expected);
  });

  test.each(["POST", "OPTIONS"])("nor is %s", async (method) => {
    expect(
      await answerTo(relay, upgrade("/", { Upgrade: undefined, Connection: "close" }, method), true),
    ).toMatch(/^HTTP\/1\.1 426 /);
    expect(await answerTo(relay, upgrade(`/localhost:${server.port}`, {}, method), true)).toMatch(
      /^HTTP\/1\.1 4/,
    );
  });

  test("nor CONNECT, the way of an open proxy", async () => {
    const request = `CONNECT localhost:${server.port} HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n\r\n`;
    expect(await answerTo(relay, request, true)).toBe("");
  });

  test("nor what is no HTTP", async () => {
    expect(await answerTo(relay, "\x16\x03\x01\x00\x05hello", true)).toBe("");
  });
});

describe("addresses", () => {
  test.each([
    ["8.8.8.8", true],
    ["2606:4700::1", true],
    ["10.1.2.3", false],
    ["127.0.0.1", false],
    ["0.0.0.0", false],
    ["169.254.169.254", false],
    ["172.31.255.255", false],
    ["192.168.0.1", false],
    ["100.127.0.1", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["::1", false],
    ["::", false],
    ["fe80::1", false],
    ["fc00::1", false],
    ["::ffff:10.0.0.1", false],
    ["::ffff:8.8.8.8", false],
    ["64:ff9b::a00:1", false],
    ["2002:a00:1::", false],
    ["2001:db8::1", false],
    ["not an address", false],
  ])("%s is reachable for all: %s", (address, expected) => {
    expect(isPublic(address)).toBe(expected);
    expect(mayReach(parseTarget("db.example:1", false), address)).toBe(expected);
    expect(mayReach(parseTarget("db.example:1", true), address)).toBe(true);
  });

  test("localhost is this machine, whatever DNS says", () => {
    const target = parseTarget("localhost:1", true);
    expect(["127.0.0.1", "::1", "8.8.8.8", "10.0.0.1"].map((one) => mayReach(target, one))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test.each([
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["1::2:3:4:5:6:7", "1:0:2:3::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("%s counts as %s", (address, expected) => expect(countedAs(address)).toBe(expected));

  test.each([
    [
      "a private address",
      ["127.0.0.1"],
      [1014, "the target's name leads to a private address, which is not listed"],
    ],
    ["nowhere", [], [1014, "the target's name leads nowhere"]],
  ])("a public target whose name leads to %s", async (_, addresses, expected) => {
    let reached = false;
    const server = await tcpServer(() => {
      reached = true;
    });
    const relay = await relayTo([`db.example:${server.port}`], { resolve: async () => addresses });
    expect(await pageTo(relay, `db.example:${server.port}`).closed).toEqual(expected);
    expect(reached).toBe(false);
    await relay.close();
    server.close();
  });

  test("a name that leads elsewhere the second time is asked for once", async () => {
    const server = await tcpServer((socket) => socket.end("here"));
    let asked = 0;
    const target = `db.example:${server.port}`;
    const relay = await relayTo([], {
      privateTargets: [target],
      resolve: async () => (asked++ === 0 ? ["127.0.0.1"] : ["192.0.2.1"]),
    });
    const page = pageTo(relay, target);
    await page.closed;
    expect(page.heard().toString()).toBe("here");
    expect(asked).toBe(1);
    await relay.close();
    server.close();
  });

  test("the next address is tried where the first does not answer", async () => {
    const server = await tcpServer((socket) => socket.end("here"));
    const target = `db.example:${server.port}`;
    const relay = await relayTo([], { privateTargets: [target], resolve: async () => ["::1", "127.0.0.1"] });
    const page = pageTo(relay, target);
    await page.closed;
    expect(page.heard().toString()).toBe("here");
    await relay.close();
    server.close();
  });

  test("a name that is not there", async () => {
    const relay = await relayTo(["db.example:1"], { resolve: () => Promise.reject(new Error("ENOTFOUND")) });
    expect(await pageTo(relay, "db.example:1").closed).toEqual([1014, "the target's name leads nowhere"]);
    await relay.close();
  });

  test("a target that is switched off", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const relay = await relayTo([`127.0.0.1:${port}`]);
    const reason = "the target does not accept connections";
    expect(await pageTo(relay, `127.0.0.1:${port}`).closed).toEqual([1014, reason]);
    await relay.close();
  });
});
