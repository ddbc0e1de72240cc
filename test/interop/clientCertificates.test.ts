import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type tls from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import { signatureSchemeName } from "../../src/crypto/signatureSchemes.ts";
import { createClientIdentity as createPortableIdentity } from "../../src/identity/createClientIdentity.ts";
import { connect, createClientIdentity } from "../../src/node/index.ts";
import type { TlsSocket } from "../../src/node/tlsSocket.ts";
import { type Chain, type KeyType, makeChain } from "../certificates.ts";
import { usual } from "./chains.ts";
import { hasNginx, Nginx } from "./nginx.ts";
import { type NodeServer, nodeServer, Queue, shown } from "./nodeServer.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { failureOf, finished, secured, take, textOf } from "./talk.ts";

const trusting = { host: "127.0.0.1", servername: "localhost", ca: usual.rootPem } as const;
const toBeClosed: { close(): void }[] = [];
afterEach(() => {
  for (const one of toBeClosed.splice(0)) one.close();
});

const types: readonly KeyType[] = ["RSA", "RSA-PSS", "P-256", "P-384", "P-521", "Ed25519"];

function clientChain(keyType: KeyType = "P-256", label = "Clients"): Chain {
  return makeChain({ keyType, label, names: ["client.example"], purposes: ["clientAuth"] });
}

async function serverThatAsks(options: tls.TlsOptions = {}): Promise<NodeServer> {
  const server = await nodeServer({
    ...shown(usual),
    requestCert: true,
    rejectUnauthorized: true,
    ca: clientChain().rootPem,
    ...options,
  });
  toBeClosed.push(server);
  return server;
}

async function echoes(socket: TlsSocket): Promise<void> {
  socket.write("ping");
  expect(String(await take(socket, 4))).toBe("ping");
}

describe("node:tls demands a certificate", () => {
  describe.each([
    ["node", undefined, createClientIdentity],
    ["web", webProvider, createPortableIdentity],
  ] as const)("%s provider", (_, provider, create) => {
    test.each(types)("%s", async (type) => {
      const server = await serverThatAsks();
      const { chainPem, leafKeyPem, sent } = clientChain(type);
      const identity = create({ cert: chainPem, key: leafKeyPem });
      const socket = connect({
        ...trusting,
        port: server.port,
        identity,
        ...(provider === undefined ? {} : { provider }),
      });
      await secured(socket);
      const peer = await server.secured.next();
      expect(peer.authorized).toBe(true);
      expect(peer.getPeerCertificate().subject.CN).toBe("client.example");
      expect(socket.info).toMatchObject({ certificateRequested: true, clientCertificates: sent });
      await echoes(socket);
      await finished(socket);
    });
  });

  test("by the options that node:tls has for it", async () => {
    const server = await serverThatAsks();
    const { chainPem, leafKey } = clientChain();
    const key = leafKey.privateKey.export({
      format: "pem",
      type: "pkcs8",
      cipher: "aes-256-cbc",
      passphrase: "open sesame",
    });
    const socket = connect({
      ...trusting,
      port: server.port,
      cert: chainPem,
      key,
      passphrase: "open sesame",
    });
    await secured(socket);
    expect((await server.secured.next()).authorized).toBe(true);
    await echoes(socket);
    await finished(socket);
  });

  test("of a key that is elsewhere, and takes 50 ms to sign", async () => {
    const server = await serverThatAsks();
    const { chainPem, leafKeyPem } = clientChain("RSA");
    const local = createClientIdentity({ cert: chainPem, key: leafKeyPem });
    let asked = 0;
    const identity = createClientIdentity({
      cert: chainPem,
      key: {
        sign: async (scheme, content, context) => {
          asked++;
          await new Promise((resolve) => setTimeout(resolve, 50));
          return local.sign(scheme, content, context);
        },
      },
    });
    const socket = connect({ ...trusting, port: server.port, identity });
    await secured(socket);
    expect((await server.secured.next()).authorized).toBe(true);
    expect(asked).toBe(1);
    await echoes(socket);
    await finished(socket);
  });

  // node:tls cuts the connection without a word.
  test("and refuses one, once the connection is open", async () => {
    const server = await serverThatAsks();
    const other = clientChain("P-256", "Others");
    const local = createClientIdentity({ cert: other.chainPem, key: other.leafKeyPem });
    // Chosen although the server names another authority.
    const socket = connect({ ...trusting, port: server.port, identity: () => local });
    const failure = failureOf(socket);
    await secured(socket);
    expect(socket.info?.clientCertificates).toEqual(other.sent);
    expect(await failure).toMatchObject({ code: "truncated" });
  });

  test("names authorities, so that the certificate of another is not shown", async () => {
    const server = await serverThatAsks();
    const other = clientChain("P-256", "Others");
    const identity = { cert: other.chainPem, key: other.leafKeyPem };
    const socket = connect({ ...trusting, port: server.port, ...identity });
    expect(await failureOf(socket)).toMatchObject({ alert: { name: "certificate_required" } });
    const required = connect({ ...trusting, port: server.port, ...identity, requireIdentity: true });
    expect(await failureOf(required)).toMatchObject({
      code: "no_suitable_identity",
      alert: { name: "handshake_failure", direction: "sent" },
    });
  });
});

describe.skipIf(!hasOpenssl)("openssl s_server", () => {
  /** One that believes the clients' root. */
  async function openssl(...args: readonly string[]): Promise<OpensslServer> {
    const server = await OpensslServer.start(usual, (folder) => {
      const roots = join(folder, "clients.pem");
      writeFileSync(roots, clientChain().rootPem);
      return ["-tls1_3", "-CAfile", roots, "-verify_return_error", ...args];
    });
    toBeClosed.push(server);
    return server;
  }

  test.each(types)("-Verify: %s", async (type) => {
    const server = await openssl("-Verify", "3", "-rev");
    const { chainPem, leafKeyPem } = clientChain(type);
    const socket = connect({ ...trusting, port: server.port, cert: chainPem, key: leafKeyPem });
    await secured(socket);
    socket.write("0123\n");
    expect(String(await take(socket, 5))).toBe("3210\n");
    await server.prints(/depth=0 CN = client\.example\n(verify return:1)/);
    await finished(socket);
  });

  test.each<readonly [KeyType, string]>([
    ["RSA", "rsa_pss_rsae_sha384"],
    ["RSA-PSS", "rsa_pss_pss_sha512"],
  ])("-client_sigalgs: %s by %s", async (type, scheme) => {
    const server = await openssl("-Verify", "3", "-rev", "-client_sigalgs", `${scheme}:ECDSA+SHA256`);
    const { chainPem, leafKeyPem } = clientChain(type);
    const schemes: string[] = [];
    const socket = connect({
      ...trusting,
      port: server.port,
      cert: chainPem,
      key: leafKeyPem,
      trace: (event) => {
        if (event.kind === "message" && event.name === "CertificateVerify" && event.direction === "out") {
          schemes.push(signatureSchemeName(event.body.algorithm));
        }
      },
    });
    await secured(socket);
    socket.write("0123\n");
    expect(String(await take(socket, 5))).toBe("3210\n");
    expect(schemes).toEqual([scheme]);
    await finished(socket);
  });

  // In TLS 1.3 the client is done before the server has looked at its certificate.
  test("refuses one: the alert is the error of the connection, once it is open", async () => {
    const server = await openssl("-Verify", "3");
    const other = clientChain("P-256", "Others");
    const local = createClientIdentity({ cert: other.chainPem, key: other.leafKeyPem });
    const socket = connect({ ...trusting, port: server.port, identity: () => local });
    const failure = failureOf(socket);
    await secured(socket);
    expect(socket.info?.clientCertificates).toEqual(other.sent);
    expect(await failure).toMatchObject({
      code: "alert_received",
      alert: { name: "unknown_ca", direction: "received" },
    });
    expect(socket.errored).toMatchObject({ code: "alert_received" });
  });

  test("asks after the handshake, and again: answered each time, while data flows", async () => {
    const server = await openssl("-verify", "3");
    const { chainPem, leafKeyPem } = clientChain();
    const messages: string[] = [];
    const socket = connect({
      ...trusting,
      port: server.port,
      cert: chainPem,
      key: leafKeyPem,
      postHandshakeAuthentication: true,
      trace: (event) => {
        if (event.kind === "message" && event.record.epoch === "application" && event.direction === "out") {
          messages.push(event.name);
        }
      },
    });
    await secured(socket);
    await server.prints(/depth=0 CN = client\.example/);
    for (const _ of [1, 2]) {
      server.forget();
      server.type("c\n");
      await server.prints(/depth=0 CN = client\.example\n(verify return:1)/);
      server.type("still there\n");
      expect(String(await take(socket, 12))).toBe("still there\n");
    }
    socket.updateKeys();
    server.forget();
    server.type("c\n");
    await server.prints(/depth=0 CN = client\.example\n(verify return:1)/);
    const flight = ["Certificate", "CertificateVerify", "Finished"];
    expect(messages).toEqual([...flight, ...flight, "KeyUpdate", ...flight]);
    await finished(socket);
  });

  test("asks after the handshake a client that has nothing to show", async () => {
    const server = await openssl("-verify", "3");
    const sent = new Queue<string>();
    const socket = connect({
      ...trusting,
      port: server.port,
      postHandshakeAuthentication: true,
      trace: (event) => {
        if (event.kind === "message" && event.record.epoch === "application" && event.direction === "out") {
          sent.push(event.name);
        }
      },
    });
    await secured(socket);
    server.type("c\n");
    expect([await sent.next(), await sent.next()]).toEqual(["Certificate", "Finished"]);
    server.type("still there\n");
    expect(String(await take(socket, 12))).toBe("still there\n");
    await finished(socket);
  });
});

describe.skipIf(!hasNginx)("nginx with ssl_verify_client", () => {
  test.each(["P-256", "RSA", "P-384", "Ed25519"] as const)("%s", async (type) => {
    const { chainPem, leafKeyPem, rootPem } = clientChain(type);
    const folder = mkdtempSync(join(tmpdir(), "tls13-clients-"));
    toBeClosed.push({ close: () => rmSync(folder, { recursive: true }) });
    writeFileSync(join(folder, "clients.pem"), rootPem);
    const nginx = await Nginx.start(
      usual,
      "a page",
      `ssl_client_certificate ${join(folder, "clients.pem")};
       ssl_verify_client on;
       ssl_verify_depth 3;
       location = /who { return 200 "$ssl_client_verify $ssl_client_s_dn"; }`,
    );
    toBeClosed.push(nginx);
    for (const shows of [true, false]) {
      const socket = connect({
        socket: net.connect(nginx.path),
        servername: "localhost",
        ca: usual.rootPem,
        ...(shows ? { cert: chainPem, key: leafKeyPem } : {}),
      });
      socket.write("GET /who HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      const answer = await textOf(socket);
      if (shows) expect(answer).toMatch(/SUCCESS CN=client\.example$/);
      else expect(answer).toMatch(/400 No required SSL certificate was sent/);
    }
  });
});
