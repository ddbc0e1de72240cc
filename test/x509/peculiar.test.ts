import type { webcrypto } from "node:crypto";
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { expect, test } from "vitest";
import { copyOf } from "../../src/wire/bytes.ts";
import { describeCertificate } from "../../src/x509/describe.ts";
import { judge, refusal, refused } from "../trust/judge.ts";

// Certificates that another library wrote and WebCrypto signed: what test/certificates.ts makes is of our own DER.

const algorithms = [
  ["P-256", { name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  ["P-384", { name: "ECDSA", namedCurve: "P-384" }, { name: "ECDSA", hash: "SHA-384" }],
  ["RSA", rsa("RSASSA-PKCS1-v1_5", "SHA-256"), { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }],
  ["RSA and PSS", rsa("RSA-PSS", "SHA-384"), { name: "RSA-PSS", hash: "SHA-384", saltLength: 48 }],
  ["Ed25519", { name: "Ed25519" }, { name: "Ed25519" }],
] as const;

function rsa(name: string, hash: string): webcrypto.RsaHashedKeyGenParams {
  return { name, hash, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
}

test.each(algorithms)("a chain of %s keys", async (_, keyAlgorithm, signingAlgorithm) => {
  const generate = async (): Promise<webcrypto.CryptoKeyPair> =>
    (await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const [rootKeys, leafKeys] = [await generate(), await generate()];
  const [notBefore, notAfter] = [new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000)];
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=Peculiar Root, O=Other Makers, C=NL",
    notBefore,
    notAfter,
    signingAlgorithm,
    keys: rootKeys,
    extensions: [
      new BasicConstraintsExtension(true, 2, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const own = await X509CertificateGenerator.create({
    serialNumber: "0102",
    subject: "CN=a.example",
    issuer: root.subject,
    notBefore,
    notAfter,
    signingAlgorithm,
    publicKey: leafKeys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: "a.example" },
        { type: "ip", value: "192.0.2.1" },
      ]),
    ],
  });
  const der = (certificate: X509Certificate): Uint8Array<ArrayBuffer> =>
    copyOf(new Uint8Array(certificate.rawData));
  const [chain, roots] = [[der(own)], [root.toString("pem")]];
  expect((await judge({ chain, roots })).vouchedBy).toBe("C=NL,O=Other Makers,CN=Peculiar Root");
  expect((await judge({ chain, roots, serverName: "192.0.2.1" })).verified).toBe(true);
  expect(await refusal({ chain, roots, serverName: "b.example" })).toMatchObject(refused.name);
  expect(await refusal({ chain, roots: [] })).toMatchObject(refused.unknownCa);
  expect(describeCertificate(der(own))).toMatchObject({
    subject: "CN=a.example",
    subjectAltNames: ["DNS:a.example", "IP:192.0.2.1"],
    notAfter: notAfter.toISOString().replace(/\.\d+/, ""),
  });
});
