import { createPrivateKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ConnectOptions,
  connect,
  createServerVerifier,
  createTrustStore,
  TlsError,
} from "../../src/node/index.ts";
import { mozillaRoots } from "../../src/roots/index.ts";
import { anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import { duplexPair } from "../adapters/pairs.ts";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown } from "../interop/nodeServer.ts";
import { failureOf, finished, secured } from "../interop/talk.ts";

let server: NodeServer;
beforeAll(async () => {
  server = await nodeServer(shown(usual), echo);
});
afterAll(() => server.close());

describe("options that can't be", () => {
  const bad: readonly (readonly [option: string, options: Record<string, unknown>])[] = [
    ["port", {}],
    ["port", { port: 0 }],
    ["port", { port: 65536 }],
    ["port", { port: 1.5 }],
    ["port", { port: "443" }],
    ["prefix", { port: 443, prefix: new Uint8Array(1) }],
    ["servername", { socket: duplexPair()[0] }],
    ["servername", { port: 443, servername: "" }],
    ["servername", { port: 443, servername: "a..b" }],
    ["servername", { port: 443, servername: 5 }],
    ["servername", { port: 443, host: "" }],
    ["checkServerIdentity", { port: 443, checkServerIdentity: () => undefined }],
    ["crl", { port: 443, crl: "-----BEGIN X509 CRL-----" }],
    ["verifier", { port: 443, verifier: "none" }],
    ["ca", { port: 443, ca: "" }],
    ["ca", { port: 443, ca: Buffer.from([1, 2, 3]) }],
    ["ca", { port: 443, ca: [usual.rootPem, "no certificate"] }],
    ["ALPNProtocols", { port: 443, ALPNProtocols: "h2" }],
    ["ALPNProtocols", { port: 443, ALPNProtocols: [""] }],
    ["ALPNProtocols", { port: 443, ALPNProtocols: ["h2", "h2"] }],
    ["ALPNProtocols", { port: 443, ALPNProtocols: ["x".repeat(256)] }],
    ["cipherSuites", { port: 443, cipherSuites: [] }],
    ["cipherSuites", { port: 443, cipherSuites: ["TLS_AES_128_CCM_SHA256"] }],
    ["groups", { port: 443, groups: ["x448"] }],
    ["keyShares", { port: 443, groups: ["x25519"], keyShares: ["secp256r1"] }],
    ["keyShares", { port: 443, keyShares: "x25519" }],
    ["signatureSchemes", { port: 443, signatureSchemes: ["rsa_pkcs1_sha256"] }],
    ["handshakeTimeout", { port: 443, handshakeTimeout: -1 }],
    ["handshakeTimeout", { port: 443, handshakeTimeout: Number.NaN }],
    ["idleTimeout", { port: 443, idleTimeout: 2 ** 31 }],
    ["timeout", { port: 443, timeout: -1 }],
    ["padding", { port: 443, padding: 16 }],
    ["keyLog", { port: 443, keyLog: "file" }],
    ["trace", { port: 443, trace: true }],
    ["IP address", { port: 443, localAddress: "nowhere" }],
    ["lookup", { port: 443, host: "localhost", lookup: "dns" }],
  ];

  test.each(bad)("%s: %o", (option, options) => {
    let thrown: unknown;
    try {
      connect({ ca: usual.rootPem, ...options } as ConnectOptions).on("error", () => {});
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TlsError);
    expect(thrown).toMatchObject({ code: "invalid_option", alert: undefined });
    expect((thrown as TlsError).message).toContain(option);
  });

  test("a private key is no root", () => {
    const pem = createPrivateKey(usual.leafKeyPem).export({ type: "pkcs8", format: "pem" }) as string;
    expect(() => connect({ port: 443, ca: pem })).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
  });
});

describe("ca", () => {
  test.each([
    ["a PEM string", usual.rootPem],
    ["PEM in a Buffer", Buffer.from(usual.rootPem)],
    ["DER", usual.rootDer],
    ["DER in a Buffer", Buffer.from(usual.rootDer)],
    ["a list", [Buffer.from(usual.rootDer)]],
    ["a bundle", `# roots\n${usual.leafPem}\n${usual.rootPem}`],
    ["the intermediate, which is trusted by itself", usual.intermediates[0] as Uint8Array],
    ["a store", createTrustStore([usual.rootPem])],
    ["a store and more", [mozillaRoots(), usual.rootPem]],
    ["an anchor", anchorFromCertificate(usual.rootDer)],
  ] as const)("%s", async (_, ca) => {
    const socket = connect({ host: "127.0.0.1", port: server.port, servername: "localhost", ca });
    await secured(socket);
    expect(socket.authorized).toBe(true);
    await finished(socket);
  });

  test("a trust store goes by a verifier", async () => {
    const verifier = createServerVerifier({ roots: createTrustStore([usual.rootPem]) });
    const socket = connect({ host: "127.0.0.1", port: server.port, servername: "localhost", verifier });
    await secured(socket);
    await finished(socket);
  });
});

describe("servername", () => {
  test("is the host by default", async () => {
    const socket = connect({ host: "localhost", port: server.port, ca: usual.rootPem });
    expect((await secured(socket)).servername).toBe("localhost");
    await finished(socket);
  });

  test("is not taken from where we connect to, if given", async () => {
    const socket = connect({
      host: "localhost",
      port: server.port,
      servername: "other.example",
      ca: usual.rootPem,
    });
    expect(await failureOf(socket)).toMatchObject({ code: "certificate_name_mismatch" });
  });
});
