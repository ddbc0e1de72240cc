// @ts-check
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const ec = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 86_400_000;

/** @typedef {{ readonly leaf: Uint8Array<ArrayBuffer>, readonly intermediate: Uint8Array<ArrayBuffer>, readonly root: Uint8Array<ArrayBuffer> }} Chain DER */

/**
 * A chain as public CAs make them: an RSA-2048 root, a P-256 intermediate, and a P-256 leaf for localhost and four names
 * more with all that such leaves carry, two timestamps of logs among it. Nothing in the timestamps is real but their form.
 *
 * @param {number} number names differ by it, keys by themselves
 * @returns {Promise<Chain>}
 */
export async function makePublicChain(number) {
  const crypto = /** @type {any} */ (webcrypto);
  x509.cryptoProvider.set(crypto);
  const [rootKeys, issuerKeys, leafKeys] = await Promise.all(
    [rsa, ec, ec].map((algorithm) => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])),
  );
  const now = Date.now();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `C=NL, O=Bench Trust Services, CN=Bench Root R${number}`,
    keys: rootKeys,
    signingAlgorithm: rsa,
    notBefore: new Date(now - 3000 * day),
    notAfter: new Date(now + 6000 * day),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.BasicConstraintsExtension(true, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const intermediate = await x509.X509CertificateGenerator.create({
    serialNumber: "7ff005a07c4cded100ad9d66a5107b98",
    subject: `C=NL, O=Bench Trust Services, CN=Bench WE${number}`,
    issuer: root.subject,
    publicKey: issuerKeys.publicKey,
    signingKey: rootKeys.privateKey,
    signingAlgorithm: rsa,
    notBefore: new Date(now - 300 * day),
    notAfter: new Date(now + 1500 * day),
    extensions: [
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.BasicConstraintsExtension(true, 0, true),
      await x509.SubjectKeyIdentifierExtension.create(issuerKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
      new x509.AuthorityInfoAccessExtension({ caIssuers: [`http://i.pki.example/r${number}.crt`] }),
      new x509.CRLDistributionPointsExtension([`http://c.pki.example/r/r${number}.crl`]),
      new x509.CertificatePolicyExtension(["2.23.140.1.2.1"]),
    ],
  });
  const names = [
    "localhost",
    "www.bench.example",
    "bench.example",
    "*.api.bench.example",
    "cdn.bench.example",
  ];
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: "23965bc17e6b3a8c0a9e6f12f0a1c4d7",
    subject: "CN=localhost",
    issuer: intermediate.subject,
    publicKey: leafKeys.publicKey,
    signingKey: issuerKeys.privateKey,
    signingAlgorithm: ec,
    notBefore: new Date(now - 10 * day),
    notAfter: new Date(now + 80 * day),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuerKeys.publicKey),
      new x509.AuthorityInfoAccessExtension({
        ocsp: [`http://o.pki.example/s/we${number}/I5Y`],
        caIssuers: [`http://i.pki.example/we${number}.crt`],
      }),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
      new x509.CertificatePolicyExtension(["2.23.140.1.2.1"]),
      new x509.CRLDistributionPointsExtension([`http://c.pki.example/we${number}/yTv0PQkVJ3s.crl`]),
      new x509.Extension("1.3.6.1.4.1.11129.2.4.2", false, timestamps()),
    ],
  });
  const der = (/** @type {x509.X509Certificate} */ certificate) => new Uint8Array(certificate.rawData);
  return { leaf: der(leaf), intermediate: der(intermediate), root: der(root) };
}

/** Two serialized SCTs in their list, in an OCTET STRING (RFC 6962 §3.3). */
function timestamps() {
  const one = () => {
    const [r, s] = [Buffer.alloc(32, 0x5a), Buffer.alloc(32, 0xa5)];
    const signature = Buffer.concat([Buffer.from("30450220", "hex"), r, Buffer.from("022100", "hex"), s]);
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(Date.now() - 10 * day));
    const body = Buffer.concat([
      Buffer.from([0]),
      webcrypto.getRandomValues(Buffer.alloc(32)),
      time,
      Buffer.from([0, 0, 4, 3, 0, signature.length]),
      signature,
    ]);
    return Buffer.concat([Buffer.from([0, body.length]), body]);
  };
  const list = Buffer.concat([one(), one()]);
  return Buffer.concat([Buffer.from([0x04, 0x81, list.length + 2, 0, list.length]), list]);
}
