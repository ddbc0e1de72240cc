import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type TlsSocket } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import { makeChain } from "../certificates.ts";
import { hasRedis, redisCommand } from "../session/redisServer.ts";
import { usual } from "./chains.ts";
import { failureOf, happens, secured, take } from "./talk.ts";

const client = makeChain({ label: "Clients", names: ["client.example"], purposes: ["clientAuth"] });

/** A port that nobody has at the moment: redis-server can't have one chosen. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A server that demands certificates; undefined where somebody else was quicker to take its port. */
async function attempt(folder: string): Promise<{ port: number; child: ChildProcess } | undefined> {
  const port = await freePort();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const child = spawn(
    redisCommand,
    [
      ...["--port", "0", "--tls-port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
      ...[
        "--tls-cert-file",
        file("chain.pem", usual.chainPem),
        "--tls-key-file",
        file("key.pem", usual.leafKeyPem),
      ],
      ...["--tls-ca-cert-file", file("clients.pem", client.rootPem), "--tls-auth-clients", "yes"],
      ...["--tls-protocols", "TLSv1.3"],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    said += String(chunk);
    if (/ready to accept connections/i.test(said)) {
      child.stdout?.resume();
      return { port, child };
    }
  }
  if (/address already in use/i.test(said)) return undefined;
  throw new Error(`redis-server did not start: ${said}`);
}

describe.skipIf(!hasRedis)("redis-server with TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "tls13-redis-tls-"));
  let server: { port: number; child: ChildProcess };
  beforeAll(async () => {
    for (let started = await attempt(folder); ; started = await attempt(folder)) {
      if (started === undefined) continue;
      server = started;
      return;
    }
  });
  afterAll(() => {
    server.child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  const open = (options: Partial<Parameters<typeof connect>[0]> = {}): TlsSocket =>
    connect({
      host: "127.0.0.1",
      port: server.port,
      servername: "localhost",
      ca: usual.rootPem,
      cert: client.chainPem,
      key: client.leafKeyPem,
      ...options,
    });

  async function pings(socket: TlsSocket): Promise<void> {
    socket.write("PING\r\n");
    expect(String(await take(socket, 7))).toBe("+PONG\r\n");
  }

  /** Redis ends without close_notify, so that there is no clean end to wait for. */
  async function left(socket: TlsSocket): Promise<void> {
    const closed = happens(socket, "close");
    socket.destroy();
    await closed;
  }

  test("a client with a certificate, and its session", async () => {
    const sessions = createSessionCache();
    for (const resumed of [false, true, true]) {
      const socket = await secured(open({ sessions }));
      await pings(socket);
      expect(socket.info).toMatchObject({ resumed, certificateRequested: !resumed });
      await left(socket);
    }
  });

  test("values of any size, both ways, on one connection whose keys are moved on", async () => {
    const socket = await secured(open());
    for (const length of [1, 16_384, 1_000_000]) {
      const value = Buffer.alloc(length, "v");
      socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${length}\r\n`);
      socket.updateKeys();
      socket.write(value);
      socket.write("\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
      const head = `+OK\r\n$${length}\r\n`;
      const answer = await take(socket, head.length + length + 2);
      expect(String(answer.subarray(0, head.length))).toBe(head);
      expect(answer.subarray(head.length, -2).equals(value)).toBe(true);
    }
    await left(socket);
  });

  test("a client without one is refused", async () => {
    const socket = open({ cert: undefined, key: undefined });
    expect(await failureOf(socket)).toMatchObject({
      code: "alert_received",
      alert: { name: "certificate_required", direction: "received" },
    });
  });
});
