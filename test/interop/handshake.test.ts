import { readFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import { connect, createServerVerifier, type TraceEvent } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";
import { ballast, type Chain, makeChain, toPem } from "../certificates.ts";
import { groups, suites, usual } from "./chains.ts";
import { type NodeServer, nodeServer, shown, silence } from "./nodeServer.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { failureOf, finished, secured, take, textOf } from "./talk.ts";

const trusting = { host: "127.0.0.1", servername: "localhost", ca: usual.rootPem } as const;
const toBeClosed: { close(): void }[] = [];
afterEach(() => {
  for (const one of toBeClosed.splice(0)) one.close();
});

async function serverFor(
  options: tls.TlsOptions,
  talk?: Parameters<typeof nodeServer>[1],
): Promise<NodeServer> {
  const server = await nodeServer({ ...shown(usual), ...options }, talk);
  toBeClosed.push(server);
  return server;
}

async function openssl(...args: Parameters<typeof OpensslServer.start>): Promise<OpensslServer> {
  const server = await OpensslServer.start(...args);
  toBeClosed.push(server);
  return server;
}

/** The names of the messages that came and went, a mark for their direction. */
function messagesOf(events: readonly TraceEvent[]): string[] {
  return events.flatMap((event) =>
    event.kind === "message" ? [`${event.direction === "in" ? "<" : ">"} ${event.name}`] : [],
  );
}

/** A server may send certificates that lead nowhere. */
function withMore(chain: Chain, more: Chain["leafDer"]): Chain {
  const intermediates = [...chain.intermediates, more];
  return {
    ...chain,
    intermediates,
    sent: [...chain.sent, more],
    chainPem: chain.chainPem + toPem(more),
  };
}

async function echoes(socket: TlsSocket, text = "ping"): Promise<void> {
  socket.write(text);
  expect(String(await take(socket, text.length))).toBe(text);
}

const retried = ["> ClientHello", "< HelloRetryRequest", "> ClientHello", "< ServerHello"];

describe("HelloRetryRequest", () => {
  describe("node:tls", () => {
    const names = { x25519: "X25519", secp256r1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

    test.each(groups)("the server takes %s only, whose share was not sent", async (group) => {
      const { port } = await serverFor({ ecdhCurve: names[group] });
      const other = group === "x25519" ? "secp256r1" : "x25519";
      const events: TraceEvent[] = [];
      const trace = (event: TraceEvent): number => events.push(event);
      const socket = await secured(
        connect({ ...trusting, port, groups: [other, ...groups.filter((one) => one !== other)], trace }),
      );
      expect(socket.info).toMatchObject({ retried: true, group });
      expect(messagesOf(events).slice(0, 4)).toEqual(retried);
      await echoes(socket);
      await finished(socket);
    });

    test.each([
      ["node", undefined],
      ["web", webProvider],
    ] as const)("no share on purpose, in each suite: %s provider", async (_, provider) => {
      const { port } = await serverFor({});
      for (const suite of suites) {
        const given = provider === undefined ? {} : { provider };
        const socket = connect({ ...trusting, port, keyShares: [], cipherSuites: [suite], ...given });
        await secured(socket);
        expect(socket.info).toMatchObject({ retried: true, cipherSuite: suite });
        await echoes(socket);
        await finished(socket);
      }
    });

    test("several shares: no retry for any of them", async () => {
      const { port } = await serverFor({ ecdhCurve: "P-384" });
      const socket = connect({ ...trusting, port, keyShares: ["x25519", "secp384r1"] });
      expect((await secured(socket)).info).toMatchObject({ retried: false, group: "secp384r1" });
      await finished(socket);
    });

    test("no group in common: the server's alert", async () => {
      const server = await serverFor({ ecdhCurve: "P-521" });
      const error = await failureOf(connect({ ...trusting, port: server.port, groups: ["x25519"] }));
      expect(error).toMatchObject({ code: "alert_received", alert: { name: "handshake_failure" } });
    });
  });

  // A cookie is beyond both peers: node:tls sends none, and `s_server -stateless` hangs up after its retry.
  test.skipIf(!hasOpenssl)("without looking like TLS 1.2, openssl s_server and a retry", async () => {
    const server = await openssl(usual, ["-tls1_3", "-rev", "-groups", "P-521"]);
    const events: TraceEvent[] = [];
    const trace = (event: TraceEvent): number => events.push(event);
    const socket = await secured(connect({ ...trusting, port: server.port, compatibility: false, trace }));
    expect(socket.info?.group).toBe("secp521r1");
    // OpenSSL sends one all the same, and it is passed over.
    expect(events.filter((event) => event.kind === "change_cipher_spec")).toMatchObject([
      { direction: "in" },
    ]);
    await finished(socket);
  });
});

test("the server's choice among suites is taken: openssl's order, or ours", async () => {
  for (const suite of suites) {
    const { port } = await serverFor({ ciphers: suite });
    const socket = await secured(connect({ ...trusting, port }));
    expect(socket.info?.cipherSuite).toBe(suite);
    expect(socket.getCipher()).toEqual({ name: suite, standardName: suite, version: "TLSv1.3" });
    await finished(socket);
  }
});

test("no suite in common: the server's alert", async () => {
  const { port } = await serverFor({ ciphers: "TLS_AES_256_GCM_SHA384" });
  const error = await failureOf(connect({ ...trusting, port, cipherSuites: ["TLS_AES_128_GCM_SHA256"] }));
  expect(error).toMatchObject({
    code: "alert_received",
    alert: { name: "handshake_failure", direction: "received" },
  });
  expect(error.message).toContain("nothing in common");
});

describe("ALPN", () => {
  test.each([
    ["the server's preference wins", ["h2", "http/1.1"], ["http/1.1", "h2"], "h2"],
    ["one in common", ["http/1.1"], ["h2", "http/1.1"], "http/1.1"],
    ["one of ours alone, as long as may be", ["x".repeat(255)], ["x".repeat(255)], "x".repeat(255)],
  ] as const)("%s", async (_, theirs, ours, agreed) => {
    const server = await serverFor({ ALPNProtocols: [...theirs] });
    const socket = await secured(connect({ ...trusting, port: server.port, ALPNProtocols: ours }));
    expect(socket.alpnProtocol).toBe(agreed);
    expect(socket.info?.alpn).toBe(agreed);
    expect((await server.secured.next()).alpnProtocol).toBe(agreed);
    await finished(socket);
  });

  test.each([
    ["the server has none", undefined, ["h2"]],
    ["the client has none", ["h2"], undefined],
    ["neither has any", undefined, undefined],
  ] as const)("none agreed: %s", async (_, theirs, ours) => {
    const server = await serverFor(theirs === undefined ? {} : { ALPNProtocols: [...theirs] });
    const socket = await secured(
      connect({ ...trusting, port: server.port, ...(ours === undefined ? {} : { ALPNProtocols: ours }) }),
    );
    expect(socket.alpnProtocol).toBe(false);
    expect(socket.info?.alpn).toBeUndefined();
    expect((await server.secured.next()).alpnProtocol).toBe(false);
    await finished(socket);
  });

  const noOverlap = {
    code: "alert_received",
    alert: { name: "no_application_protocol", direction: "received" },
    message: expect.stringContaining("none of the application protocols offered"),
  };

  test("no overlap: node:tls", async () => {
    const server = await serverFor({ ALPNProtocols: ["h2"] });
    const error = await failureOf(connect({ ...trusting, port: server.port, ALPNProtocols: ["smtp"] }));
    expect(error).toMatchObject(noOverlap);
  });

  test.skipIf(!hasOpenssl)("agreed, and no overlap: openssl s_server", async () => {
    const server = await openssl(usual, ["-tls1_3", "-rev", "-alpn", "postgresql,imap"]);
    const socket = await secured(connect({ ...trusting, port: server.port, ALPNProtocols: ["imap"] }));
    expect(socket.alpnProtocol).toBe("imap");
    await finished(socket);
    const error = await failureOf(connect({ ...trusting, port: server.port, ALPNProtocols: ["smtp"] }));
    expect(error).toMatchObject(noOverlap);
  });
});

describe("server_name", () => {
  test.each([
    ["localhost", "localhost"],
    ["LOCALHOST", "localhost"],
    ["bücher.example", "xn--bcher-kva.example"],
  ])("%s is sent as %s, and verified", async (servername, sent) => {
    const chain = makeChain({ names: ["localhost", "xn--bcher-kva.example"] });
    const asked: string[] = [];
    const server = await serverFor({
      ...shown(chain),
      SNICallback: (name, done) => {
        asked.push(name);
        done(null, tls.createSecureContext(shown(chain)));
      },
    });
    const socket = await secured(
      connect({ host: "127.0.0.1", port: server.port, servername, ca: chain.rootPem }),
    );
    expect(asked.map((name) => name.toLowerCase())).toEqual([sent]);
    expect((await server.secured.next()) as { servername?: string }).toMatchObject({
      servername: expect.stringMatching(new RegExp(sent, "i")),
    });
    await finished(socket);
  });

  test.each(["127.0.0.1", "::1"])("an IP address, %s, is verified and not sent", async (address) => {
    const chain = makeChain({ ips: [address] });
    const server = await serverFor(shown(chain));
    const socket = await secured(
      connect({ host: "127.0.0.1", port: server.port, servername: address, ca: chain.rootPem }),
    );
    expect(((await server.secured.next()) as { servername?: string | false }).servername).toBe(false);
    expect(socket.info?.serverName).toBe(address);
    await finished(socket);
  });

  test("the host is the default, an IP address too", async () => {
    const { port } = await serverFor({});
    const socket = await secured(connect({ host: "127.0.0.1", port, ca: usual.rootPem }));
    expect(socket.servername).toBe("127.0.0.1");
    await finished(socket);
    const named = await secured(connect({ port, ca: usual.rootPem }));
    expect(named.servername).toBe("localhost");
    await finished(named);
  });
});

describe("large certificate chains", () => {
  const large = makeChain({ extensions: [ballast(50_000)] });
  const stranger = makeChain({ extensions: [ballast(50_000)], label: "Stranger" });
  const chains: [string, Chain][] = [
    ["over one record", makeChain({ extensions: [ballast(20_000)] })],
    // Half of it is a certificate that no path needs.
    ["about 100 KB", withMore(large, stranger.leafDer)],
    ["of eight certificates", makeChain({ intermediates: 7 })],
  ];

  test.each(chains)("%s, node:tls", async (_, chain) => {
    const { port } = await serverFor(shown(chain));
    for (const provider of [undefined, webProvider]) {
      const given = provider === undefined ? {} : { provider };
      const socket = connect({ ...trusting, ca: chain.rootPem, port, ...given });
      await secured(socket);
      expect(socket.info?.certificates.map((der) => der.length)).toEqual(chain.sent.map((der) => der.length));
      await echoes(socket);
      await finished(socket);
    }
  });

  test.skipIf(!hasOpenssl).each(chains)("%s, openssl s_server", async (_, chain) => {
    const server = await openssl(chain, ["-tls1_3", "-rev"]);
    const socket = await secured(connect({ ...trusting, ca: chain.rootPem, port: server.port }));
    expect(socket.info?.identity?.verified).toBe(true);
    await finished(socket);
  });

  test.skipIf(!hasOpenssl)("in records of 512 bytes, openssl s_server -max_send_frag", async () => {
    const chain = makeChain({ extensions: [ballast(20_000)] });
    const server = await openssl(chain, ["-tls1_3", "-rev", "-max_send_frag", "512"]);
    const events: TraceEvent[] = [];
    const trace = (event: TraceEvent): number => events.push(event);
    const socket = connect({ ...trusting, ca: chain.rootPem, port: server.port, trace });
    await secured(socket);
    const certificate = events.find((event) => event.kind === "message" && event.name === "Certificate");
    expect(certificate).toMatchObject({ record: { epoch: "handshake" } });
    if (certificate?.kind === "message") expect(certificate.record.sequence).toBeGreaterThan(38);
    await finished(socket);
  });
});

describe("CertificateRequest", () => {
  test("answered by an empty Certificate, where the server only asks: node:tls", async () => {
    const server = await serverFor({ requestCert: true, rejectUnauthorized: false, ca: usual.rootPem });
    for (const keyShares of [undefined, [] as const]) {
      const events: TraceEvent[] = [];
      const socket = await secured(
        connect({
          ...trusting,
          port: server.port,
          trace: (event) => events.push(event),
          ...(keyShares === undefined ? {} : { keyShares }),
        }),
      );
      expect(socket.info?.certificateRequested).toBe(true);
      const peer = await server.secured.next();
      expect(peer.getPeerCertificate()).toEqual({});
      expect(peer.authorized).toBe(false);
      expect(messagesOf(events)).toContain("> Certificate");
      await echoes(socket);
      await finished(socket);
    }
  });

  test.skipIf(!hasOpenssl)("answered by an empty Certificate: openssl s_server -verify", async () => {
    const server = await openssl(usual, ["-tls1_3", "-rev", "-verify", "1"]);
    const socket = await secured(connect({ ...trusting, port: server.port }));
    expect(socket.info?.certificateRequested).toBe(true);
    socket.write("0123\n");
    expect(String(await take(socket, 5))).toBe("3210\n");
    await finished(socket);
  });

  const demanded = {
    code: "alert_received",
    alert: { name: "certificate_required", direction: "received" },
  };

  // In TLS 1.3 the client is done before the server has looked at its certificate.
  test("demanded: the alert is the error of the connection, node:tls", async () => {
    const server = await serverFor({ requestCert: true, rejectUnauthorized: true, ca: usual.rootPem });
    const socket = connect({ ...trusting, port: server.port });
    const failure = failureOf(socket);
    await secured(socket);
    expect(await failure).toMatchObject(demanded);
    expect(await server.failed.next()).toMatchObject({
      message: expect.stringContaining("peer did not return a certificate"),
    });
  });

  test.skipIf(!hasOpenssl)("demanded: openssl s_server -Verify", async () => {
    const server = await openssl(usual, ["-tls1_3", "-rev", "-Verify", "1"]);
    const socket = connect({ ...trusting, port: server.port });
    const failure = failureOf(socket);
    await secured(socket);
    expect(await failure).toMatchObject(demanded);
  });
});

describe("both ends derive the same secrets", () => {
  test.each(suites)("the exporter's, node:tls, %s", async (suite) => {
    const server = await serverFor({ ciphers: suite });
    const socket = await secured(connect({ ...trusting, port: server.port }));
    const peer = await server.secured.next();
    for (const label of ["EXPORTER-Channel-Binding", "EXPERIMENTAL tls13", "x"]) {
      for (const context of [Buffer.alloc(0), Buffer.from("context"), Buffer.alloc(255, 7)]) {
        for (const length of [1, 16, 32, 48, 64, 255]) {
          expect(socket.exportKeyingMaterial(length, label, context).toString("hex")).toBe(
            peer.exportKeyingMaterial(length, label, context).toString("hex"),
          );
        }
      }
      // RFC 9846 §7.5: no context is the same as an empty one.
      expect(socket.exportKeyingMaterial(32, label)).toEqual(
        peer.exportKeyingMaterial(32, label, undefined as unknown as Buffer),
      );
    }
    await finished(socket);
  });

  test.each(suites)("the key log's, node:tls, %s", async (suite) => {
    const server = await serverFor({ ciphers: suite });
    const lines: string[] = [];
    const socket = await secured(
      connect({ ...trusting, port: server.port, keyLog: (line) => lines.push(line), keyShares: [] }),
    );
    await server.secured.next();
    expect([...lines].sort()).toEqual([...server.keyLog].sort());
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
      "SERVER_HANDSHAKE_TRAFFIC_SECRET",
      "CLIENT_TRAFFIC_SECRET_0",
      "SERVER_TRAFFIC_SECRET_0",
      "EXPORTER_SECRET",
    ]);
    await finished(socket);
  });

  test.skipIf(!hasOpenssl)("the exporter's and the key log's, openssl s_server", async () => {
    const server = await openssl(usual, (folder) => [
      ...["-tls1_3", "-keymatexport", "EXPORTER-tls13", "-keymatexportlen", "40"],
      ...["-keylogfile", join(folder, "keys.log")],
    ]);
    const lines: string[] = [];
    const socket = await secured(
      connect({ ...trusting, port: server.port, keyLog: (line) => lines.push(line) }),
    );
    const [, material] = await server.prints(/Keying material: ([0-9A-F]{80})\n/);
    expect(socket.exportKeyingMaterial(40, "EXPORTER-tls13").toString("hex").toUpperCase()).toBe(material);
    const theirs = readFileSync(join(server.folder, "keys.log"), "latin1").split("\n");
    expect(theirs).toEqual(expect.arrayContaining(lines));
    expect(lines).toHaveLength(5);
    await finished(socket);
  });
});

describe("a stapled OCSP response", () => {
  let server: NodeServer;
  const staple = Buffer.from("not one, which only some verifiers look into");
  beforeAll(async () => {
    server = await nodeServer(shown(usual), silence);
    server.server.on("OCSPRequest", (_certificate, _issuer, done) => done(null, staple));
  });
  afterAll(() => server.close());

  test("that can't be read is refused by default, node:tls", async () => {
    expect(await failureOf(connect({ ...trusting, port: server.port }))).toMatchObject({
      code: "certificate_status_invalid",
      alert: { name: "bad_certificate_status_response", direction: "sent" },
    });
  });

  test("is handed on, node:tls", async () => {
    const verifier = createServerVerifier({ roots: [usual.rootPem] });
    const socket = await secured(connect({ ...trusting, verifier, port: server.port }));
    expect(Buffer.from(socket.info?.ocspResponse ?? []).toString()).toBe(String(staple));
    (await server.secured.next()).end("bye");
    expect(await textOf(socket)).toBe("bye");
  });
});
