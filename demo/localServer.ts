// @peculiar/x509 needs it before anything else.
import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import * as x509 from "@peculiar/x509";

export interface LocalServer {
  readonly port: number;
  /** The only certificate that vouches for the server, PEM. */
  readonly root: string;
  readonly close: () => void;
}

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const day = 86_400_000;

const page = `<!doctype html>
<title>It works</title>
<h1>Hello over TLS 1.3</h1>
<p>Nobody between you and this server could read this, or change a byte of it.</p>
`;

/** An HTTPS server on loopback that speaks nothing but TLS 1.3, with certificates that are made for this run. */
export async function startLocalServer(): Promise<LocalServer> {
  const { root, leaf, key } = await makeCertificates();
  const server = createServer(
    { cert: leaf, key, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"] },
    (_request, response) => {
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(page);
    },
  );
  server.listen(0, "localhost");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    root,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function makeCertificates(): Promise<{ root: string; leaf: string; key: string }> {
  const rootKeys = await newKeys();
  const leafKeys = await newKeys();
  const notBefore = new Date(Date.now() - day);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "O=tls13, CN=A root made for this demo",
    notBefore,
    notAfter: new Date(Date.now() + 30 * day),
    signingAlgorithm: ecdsa,
    keys: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: "CN=localhost",
    issuer: root.subject,
    notBefore,
    notAfter: new Date(Date.now() + 7 * day),
    signingAlgorithm: ecdsa,
    publicKey: leafKeys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }]),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", leafKeys.privateKey);
  return {
    root: root.toString("pem"),
    leaf: leaf.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

function serial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  // Positive, and without a leading zero.
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}
