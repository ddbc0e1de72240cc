// How connections end when something is wrong: the alert is the error, never what the reset that follows it does to a write.

import type net from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type tls from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { connect } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";
import { usual } from "./chains.ts";
import { type Ends, nodeServer, proxy, shown, silence, tcpServer } from "./nodeServer.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { failureOf, secured } from "./talk.ts";

const trusting = { host: "127.0.0.1", servername: "localhost", ca: usual.rootPem } as const;
const toBeClosed: { close(): void }[] = [];
afterEach(() => {
  for (const one of toBeClosed.splice(0)) one.close();
});

async function closing<T extends { close(): void }>(server: Promise<T>): Promise<T> {
  const made = await server;
  toBeClosed.push(made);
  return made;
}

/** Writes for as long as it may. */
function upload(socket: TlsSocket): void {
  const chunk = Buffer.alloc(64 * 1024, 1);
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
    if (!socket.destroyed) socket.once("drain", more);
  };
  more();
}

const alertRecord = (code: number): Buffer => Buffer.of(0x15, 3, 3, 0, 2, 2, code);

describe("a server that resets after its alert: the alert is the error", () => {
  test.each([
    ["handshake_failure", 40],
    ["protocol_version", 70],
    ["unrecognized_name", 112],
  ] as const)("in answer to the hello, 100 times: %s", async (name, code) => {
    const server = await closing(
      tcpServer((socket) => {
        socket.once("data", () => {
          socket.write(alertRecord(code), () => socket.resetAndDestroy());
        });
      }),
    );
    for (let i = 0; i < 100; i++) {
      const socket = connect({ ...trusting, port: server.port });
      socket.write(Buffer.alloc(100_000));
      expect(await failureOf(socket)).toMatchObject({
        code: "alert_received",
        alert: { name, direction: "received" },
      });
    }
  });

  // The server demands a certificate, and finds none when we are done already and write.
  test("while the client uploads, 50 times: certificate_required", async () => {
    const server = await closing(
      nodeServer({ ...shown(usual), requestCert: true, rejectUnauthorized: true, ca: usual.rootPem }),
    );
    for (let i = 0; i < 50; i++) {
      const socket = connect({ ...trusting, port: server.port });
      const failure = failureOf(socket);
      socket.once("secureConnect", () => upload(socket));
      expect(await failure).toMatchObject({
        code: "alert_received",
        alert: { name: "certificate_required", direction: "received" },
      });
    }
  });

  /** Spoils a byte of what the client uploads; the server says bad_record_mac and hangs up. */
  function spoil(ended: (ends: Ends) => void) {
    return (port: number): ReturnType<typeof proxy> => {
      const passed = new WeakMap<net.Socket, number>();
      return proxy(port, {
        uplink: (bytes, { client }) => {
          const before = passed.get(client) ?? 0;
          passed.set(client, before + bytes.length);
          if (before < 500_000 && before + bytes.length >= 500_000) bytes[bytes.length - 1]! ^= 1;
          return bytes;
        },
        ended,
      });
    };
  }

  test("while the client uploads through someone who spoils a byte, 20 times: bad_record_mac", async () => {
    const server = await closing(nodeServer(shown(usual), (socket) => socket.resume()));
    const between = await closing(spoil(({ client }) => client.resetAndDestroy())(server.port));
    for (let i = 0; i < 20; i++) {
      const socket = connect({ ...trusting, port: between.port });
      const failure = failureOf(socket);
      socket.once("secureConnect", () => upload(socket));
      expect(await failure).toMatchObject({
        code: "alert_received",
        alert: { name: "bad_record_mac", direction: "received" },
      });
    }
  });

  test("and with an application that does not read", async () => {
    const server = await closing(
      nodeServer({ ...shown(usual), requestCert: true, rejectUnauthorized: true, ca: usual.rootPem }),
    );
    const socket = connect({ ...trusting, port: server.port });
    const failure = new Promise((resolve) => socket.once("error", resolve));
    socket.once("secureConnect", () => upload(socket));
    expect(await failure).toMatchObject({ alert: { name: "certificate_required" } });
  });
});

describe("a server that resets without an alert", () => {
  test("in answer to the hello: transport_failed", async () => {
    const server = await closing(
      tcpServer((socket) => {
        socket.once("data", () => socket.resetAndDestroy());
      }),
    );
    for (let i = 0; i < 20; i++) {
      const error = await failureOf(connect({ ...trusting, port: server.port }));
      expect(error).toMatchObject({ code: "transport_failed", alert: undefined });
      expect(error.message).toContain("ECONNRESET");
    }
  });

  test("while the client uploads: transport_failed", async () => {
    const server = await closing(nodeServer(shown(usual), silence));
    const raw: net.Socket[] = [];
    server.server.on("connection", (socket) => raw.push(socket));
    for (let i = 0; i < 20; i++) {
      const socket = connect({ ...trusting, port: server.port });
      const failure = failureOf(socket);
      await secured(socket);
      await server.secured.next();
      upload(socket);
      raw.pop()?.resetAndDestroy();
      const error = await failure;
      expect(error).toMatchObject({ code: "transport_failed", alert: undefined });
      expect(error.message).toMatch(/ECONNRESET|EPIPE/);
    }
  });

  test.skipIf(!hasOpenssl)("openssl s_server is killed while the client uploads", async () => {
    const server = await OpensslServer.start(usual, ["-tls1_3"]);
    const socket = await secured(connect({ ...trusting, port: server.port }));
    const failure = failureOf(socket);
    upload(socket);
    await server.until(() => true);
    server.close();
    expect((await failure).code).toMatch(/^(transport_failed|truncated)$/);
  });
});

describe("a server that ends without close_notify", () => {
  test("before it has said anything", async () => {
    const server = await closing(
      tcpServer((socket) => {
        socket.once("data", () => socket.end());
      }),
    );
    const error = await failureOf(connect({ ...trusting, port: server.port }));
    expect(error).toMatchObject({ code: "truncated", alert: undefined });
    expect(error.message).toContain("before the handshake was done");
  });

  test("in the middle of its flight", async () => {
    const server = await closing(nodeServer(shown(usual)));
    const between = await closing(
      proxy(server.port, {
        downlink: (bytes, { client }) => {
          client.end(bytes.subarray(0, 200));
          return Buffer.alloc(0);
        },
      }),
    );
    expect(await failureOf(connect({ ...trusting, port: between.port }))).toMatchObject({
      code: "truncated",
    });
  });

  test.each([0, 1, 1000, 100_000])("after %i bytes of data, which still come", async (length) => {
    const server = await closing(nodeServer(shown(usual), silence));
    const raw: net.Socket[] = [];
    server.server.on("connection", (socket) => raw.push(socket));
    const socket = await secured(connect({ ...trusting, port: server.port }));
    const peer = await server.secured.next();
    let received = 0;
    let ended = false;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    socket.on("end", () => {
      ended = true;
    });
    const failure = failureOf(socket);
    if (length > 0) await new Promise((written) => peer.write(Buffer.alloc(length), written));
    await turn();
    raw[0]?.end();
    expect(await failure).toMatchObject({ code: "truncated", alert: undefined });
    expect(received).toBe(length);
    expect(ended).toBe(false);
  });

  test.skipIf(!hasOpenssl).each(["q", "Q"])("openssl s_server, by its command %s", async (command) => {
    const server = await closing(OpensslServer.start(usual, ["-tls1_3"]));
    const socket = await secured(connect({ ...trusting, port: server.port }));
    const failure = failureOf(socket);
    server.type(`${command}\n`);
    expect(await failure).toMatchObject({ code: "truncated" });
  });
});

test("a server that is no TLS server", async () => {
  const server = await closing(
    tcpServer((socket) => {
      socket.end("220 mail.example ESMTP\r\n");
    }),
  );
  const error = await failureOf(connect({ ...trusting, port: server.port }));
  expect(error.alert).toMatchObject({ direction: "sent" });
});

test("nobody listens", async () => {
  const server = await tcpServer(() => {});
  server.close();
  const error = await failureOf(connect({ ...trusting, port: server.port }));
  expect(error).toMatchObject({ code: "connect_failed", alert: undefined });
  expect(error.message).toContain(`127.0.0.1:${server.port}`);
  expect((error.cause as NodeJS.ErrnoException).code).toBe("ECONNREFUSED");
});

describe("a server that only speaks older versions", () => {
  const tls12: tls.TlsOptions = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" };

  // OpenSSL looks at supported_versions, so it answers with an alert; a server that never heard of it answers with its hello.
  test("node:tls answers with an alert", async () => {
    const server = await closing(nodeServer({ ...shown(usual), ...tls12 }));
    const error = await failureOf(connect({ ...trusting, port: server.port }));
    expect(error).toMatchObject({
      code: "alert_received",
      alert: { name: "protocol_version", direction: "received" },
    });
    expect(error.message).toMatch(/refused TLS 1\.3.*older versions/);
    expect((await server.failed.next()).message).toContain("unsupported protocol");
  });

  test.skipIf(!hasOpenssl)("openssl s_server -tls1_2 answers with an alert", async () => {
    const server = await closing(OpensslServer.start(usual, ["-tls1_2", "-www"]));
    const error = await failureOf(connect({ ...trusting, port: server.port }));
    expect(error).toMatchObject({ code: "alert_received", alert: { name: "protocol_version" } });
    expect(error.message).toMatch(/refused TLS 1\.3.*older versions/);
  });

  /** A ServerHello as an old server sends it: its version, no session, ECDHE-RSA-AES128-GCM-SHA256. */
  function oldHello(version: number, random: Buffer): Buffer {
    const body = Buffer.concat([Buffer.of(3, version), random, Buffer.of(0, 0xc0, 0x2f, 0)]);
    const message = Buffer.concat([Buffer.of(2, 0, 0, body.length), body]);
    return Buffer.concat([Buffer.of(0x16, 3, version, 0, message.length), message]);
  }

  test.each([
    ["TLS 1.2", 3],
    ["TLS 1.1", 2],
    ["TLS 1.0", 1],
    ["SSL 3.0", 0],
  ] as const)("one that answers with its hello: %s", async (spoken, minor) => {
    let answer: Buffer | undefined;
    const server = await closing(
      tcpServer((socket) => {
        socket.once("data", () => {
          socket.write(oldHello(minor, Buffer.alloc(32, 9)));
          socket.on("data", (bytes) => {
            answer = bytes;
          });
        });
      }),
    );
    const error = await failureOf(connect({ ...trusting, port: server.port }));
    expect(error).toMatchObject({
      code: "tls13_not_negotiated",
      alert: { name: "protocol_version", direction: "sent" },
    });
    expect(error.message).toContain("refused TLS 1.3");
    expect(error.message).toContain(spoken);
    await expect.poll(() => answer?.includes(alertRecord(70))).toBe(true);
  });

  test("one that could speak TLS 1.3, and was kept from it", async () => {
    const random = Buffer.concat([Buffer.alloc(24, 9), Buffer.from("DOWNGRD\x01", "latin1")]);
    const server = await closing(
      tcpServer((socket) => {
        socket.once("data", () => socket.write(oldHello(3, random)));
      }),
    );
    const error = await failureOf(connect({ ...trusting, port: server.port }));
    expect(error).toMatchObject({
      code: "downgrade_detected",
      alert: { name: "illegal_parameter", direction: "sent" },
    });
    expect(error.message).toContain("TLS 1.2");
  });
});
