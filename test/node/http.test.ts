import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";
import { usual } from "../interop/chains.ts";
import { shown } from "../interop/nodeServer.ts";
import { textOf } from "../interop/talk.ts";

let server: https.Server;
let port: number;
let connections = 0;

beforeAll(async () => {
  server = https.createServer({ ...shown(usual), minVersion: "TLSv1.3" }, (request, response) => {
    if (request.method === "POST") request.pipe(response);
    else response.end(`you asked for ${request.url}`);
  });
  server.on("secureConnection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open = (): TlsSocket =>
  connect({
    host: "127.0.0.1",
    port,
    servername: "localhost",
    ca: usual.rootPem,
    ALPNProtocols: ["http/1.1"],
  });

async function answerTo(request: ReturnType<typeof https.request>): Promise<IncomingMessage> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

describe("https.request", () => {
  test("over createConnection", async () => {
    const request = https.request({ host: "localhost", port, path: "/page", createConnection: open });
    request.end();
    const response = await answerTo(request);
    expect(response.statusCode).toBe(200);
    expect(await textOf(response)).toBe("you asked for /page");
  });

  test("a body of 8 MiB both ways", async () => {
    const request = https.request({ host: "localhost", port, method: "POST", createConnection: open });
    const body = "b".repeat(8 * 2 ** 20);
    request.end(body);
    expect(await textOf(await answerTo(request))).toBe(body);
  });

  test("a server that is not believed is the request's error", async () => {
    const createConnection = (): Duplex =>
      connect({ host: "127.0.0.1", port, servername: "other.example", ca: usual.rootPem });
    const request = https.request({ host: "localhost", port, createConnection });
    request.end();
    await expect(answerTo(request)).rejects.toMatchObject({ code: "certificate_name_mismatch" });
  });

  test("can be given up", async () => {
    const controller = new AbortController();
    const request = https.request({
      host: "localhost",
      port,
      createConnection: open,
      signal: controller.signal,
    });
    request.end();
    const failure = answerTo(request).catch((error: unknown) => error);
    controller.abort();
    expect(await failure).toMatchObject({ name: "AbortError" });
  });
});

describe("https.Agent", () => {
  test("keeps connections alive, and uses them again", async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 2 });
    Object.assign(agent, { createConnection: open });
    const before = connections;
    for (let i = 0; i < 5; i++) {
      const request = https.request({ host: "localhost", port, path: `/${i}`, agent });
      request.end();
      expect(await textOf(await answerTo(request))).toBe(`you asked for /${i}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connections - before).toBe(1);
    await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const request = https.request({ host: "localhost", port, path: `/p${i}`, agent });
        request.end();
        expect(await textOf(await answerTo(request))).toBe(`you asked for /p${i}`);
      }),
    );
    expect(connections - before).toBeLessThanOrEqual(2);
    agent.destroy();
  });
});

// Node bundles undici for fetch(), and shows neither its Agent nor its connector: what undici's own package calls
// `connect: (options, callback)`, node:http2 calls createConnection, and so that shall do.
test("node:http2 over createConnection", async () => {
  const { createSecureServer, connect: connectHttp2 } = await import("node:http2");
  const h2 = createSecureServer(shown(usual), (request, response) => {
    response.end(`h2 ${request.url}`);
  });
  h2.listen(0, "127.0.0.1");
  await once(h2, "listening");
  const { port: h2Port } = h2.address() as AddressInfo;
  const session = connectHttp2(`https://localhost:${h2Port}`, {
    createConnection: () =>
      connect({
        host: "127.0.0.1",
        port: h2Port,
        servername: "localhost",
        ca: usual.rootPem,
        ALPNProtocols: ["h2"],
      }),
  });
  const bodies = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => textOf(session.request({ ":path": `/${i}` }))),
  );
  expect(bodies).toEqual(Array.from({ length: 20 }, (_, i) => `h2 /${i}`));
  session.close();
  h2.close();
});
