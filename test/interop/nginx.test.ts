import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/node/index.ts";
import { chainOf } from "./chains.ts";
import { hasNginx, Nginx } from "./nginx.ts";
import { failureOf, secured, textOf } from "./talk.ts";

const page = "served by nginx\n".repeat(20_000);
const chain = chainOf("RSA");

describe.skipIf(!hasNginx)("nginx, TLS 1.3 only", () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await Nginx.start(chain, page);
  });
  afterAll(() => nginx.close());

  test.each([
    ["HTTP/1.1", ["http/1.1"]],
    ["HTTP/1.1, no ALPN", undefined],
  ] as const)("a page over %s, with a verified chain", async (_, protocols) => {
    const socket = connect({
      socket: net.connect(nginx.path),
      servername: "localhost",
      ca: chain.rootPem,
      ...(protocols === undefined ? {} : { ALPNProtocols: protocols }),
    });
    await secured(socket);
    expect(socket.info).toMatchObject({
      alpn: protocols?.[0],
      identity: { verified: true, vouchedBy: "CN=RSA Root" },
    });
    socket.write("GET /page.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const [head, body] = (await textOf(socket)).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\nServer: nginx/);
    expect(body).toBe(page);
  });

  test("h2 is agreed on where it is offered", async () => {
    const socket = connect({
      socket: net.connect(nginx.path),
      servername: "localhost",
      ca: chain.rootPem,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    await secured(socket);
    expect(socket.alpnProtocol).toBe("h2");
    socket.destroy();
  });

  test("its certificate is not believed without its root", async () => {
    const socket = connect({
      socket: net.connect(nginx.path),
      servername: "localhost",
      ca: chainOf("P-256").rootPem,
    });
    expect(await failureOf(socket)).toMatchObject({
      code: "certificate_unknown_ca",
      alert: { name: "unknown_ca", direction: "sent" },
    });
  });
});
