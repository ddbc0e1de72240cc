// Every suite, group and kind of certificate, with each peer: root, intermediate and leaf, verified. Where the peer tells
// what it has agreed to, both ends have to say the same.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import { connect } from "../../src/node/index.ts";
import type { KeyType } from "../certificates.ts";
import { chainOf, groups, keyTypes, suites } from "./chains.ts";
import { type NodeServer, nodeServer } from "./nodeServer.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { failureOf, finished, secured, take, textOf } from "./talk.ts";

const schemes: Readonly<Record<KeyType, string>> = {
  RSA: "rsa_pss_rsae_sha256",
  "RSA-PSS": "rsa_pss_pss_sha256",
  "P-256": "ecdsa_secp256r1_sha256",
  "P-384": "ecdsa_secp384r1_sha384",
  "P-521": "ecdsa_secp521r1_sha512",
  Ed25519: "ed25519",
};

const providers = [
  ["node", undefined],
  ["web", webProvider],
] as const;

describe.each(keyTypes)("a certificate with a key of type %s", (keyType) => {
  const chain = chainOf(keyType);
  const trusting = { host: "127.0.0.1", servername: "localhost", ca: chain.rootPem } as const;

  describe("node:tls", () => {
    let server: NodeServer;
    beforeAll(async () => {
      server = await nodeServer({ cert: chain.chainPem, key: chain.leafKeyPem });
    });
    afterAll(() => server.close());

    for (const [name, provider] of providers) {
      describe(`${name} provider`, () => {
        for (const suite of suites) {
          test.each(groups)(`${suite}, %s`, async (group) => {
            const socket = connect({
              ...trusting,
              port: server.port,
              cipherSuites: [suite],
              groups: [group],
              ...(provider === undefined ? {} : { provider }),
            });
            await secured(socket);
            const peer = await server.secured.next();
            expect(peer.getCipher().standardName).toBe(suite);
            expect(socket.info).toMatchObject({
              cipherSuite: suite,
              group,
              signatureScheme: schemes[keyType],
              retried: false,
              identity: { verified: true, vouchedBy: `CN=${keyType} Root` },
            });
            expect(socket.info?.identity?.path).toHaveLength(3);
            socket.write("ping");
            expect(String(await take(socket, 4))).toBe("ping");
            await finished(socket);
          });
        }
      });
    }

    test("each scheme that fits the key, and it alone", async () => {
      const fitting: Readonly<Record<KeyType, readonly string[]>> = {
        RSA: ["rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"],
        "RSA-PSS": ["rsa_pss_pss_sha256", "rsa_pss_pss_sha384", "rsa_pss_pss_sha512"],
        "P-256": ["ecdsa_secp256r1_sha256"],
        "P-384": ["ecdsa_secp384r1_sha384"],
        "P-521": ["ecdsa_secp521r1_sha512"],
        Ed25519: ["ed25519"],
      };
      for (const scheme of fitting[keyType] as readonly "ed25519"[]) {
        const socket = connect({ ...trusting, port: server.port, signatureSchemes: [scheme] });
        await secured(socket);
        expect(socket.info?.signatureScheme).toBe(scheme);
        await finished(socket);
      }
    });

    test("no scheme that fits the key: the server's alert", async () => {
      const other = keyType === "Ed25519" ? "ecdsa_secp256r1_sha256" : "ed25519";
      const error = await failureOf(connect({ ...trusting, port: server.port, signatureSchemes: [other] }));
      expect(error).toMatchObject({
        code: "alert_received",
        alert: { name: "handshake_failure", direction: "received" },
      });
      expect(await server.failed.next()).toBeInstanceOf(Error);
    });
  });

  describe.skipIf(!hasOpenssl)("openssl s_server", () => {
    let server: OpensslServer;
    beforeAll(async () => {
      server = await OpensslServer.start(chain, ["-tls1_3", "-www"]);
    });
    afterAll(() => server.close());

    for (const suite of suites) {
      test.each(groups)(`${suite}, %s`, async (group) => {
        const socket = connect({
          ...trusting,
          port: server.port,
          cipherSuites: [suite],
          groups: [group],
        });
        await secured(socket);
        expect(socket.info).toMatchObject({
          cipherSuite: suite,
          group,
          signatureScheme: schemes[keyType],
          identity: { verified: true },
        });
        socket.write("GET / HTTP/1.0\r\n\r\n");
        const page = await textOf(socket);
        expect(page).toContain(`New, TLSv1.3, Cipher is ${suite}`);
      });
    }
  });
});
