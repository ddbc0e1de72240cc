// @ts-check
// node --import ./scripts/ts.mjs scripts/page-certificates.mjs: makes the certificates of the lab page anew, keys and all, and
// writes them to lab/page/certificateData.ts. Nobody has to: they are valid until 2049, and the page's clock stands still. Every
// run gives other bytes, and with them other offsets may be right in lab/page/gallery.ts.

import { writeFileSync } from "node:fs";
import { extensions, generalName, key, makeCertificate, newKey } from "../test/certificates.ts";

const from = Date.UTC(2020, 0, 1);
const to = Date.UTC(2049, 11, 31, 23, 59, 59);

/** @typedef {{ subject: string, key: import("../test/certificates.ts").KeyPair }} Authority */

/** @param {string} subject @returns {Authority} */
const named = (subject) => ({ subject, key: key("P-256", subject) });
const root = named("Lab Root");
const intermediate = named("Lab Intermediate");
const oldRoot = named("Old Root");
const stranger = named("Stranger Root");

/** @param {Authority} own @param {Authority} issuer @param {number} [notAfter] */
const authority = (own, issuer, notAfter = to) =>
  makeCertificate({
    ...own,
    issuer,
    notBefore: from,
    notAfter,
    extensions: [
      extensions.basicConstraints(true),
      extensions.keyUsage("keyCertSign", "cRLSign"),
      extensions.subjectKeyIdentifier(own.key),
      extensions.authorityKeyIdentifier(issuer.key),
    ],
  });

const serverKey = newKey("P-256");
const clientKey = newKey("P-256");

/**
 * @param {{
 *   name?: string, issuer?: Authority, own?: import("../test/certificates.ts").KeyPair, notAfter?: number,
 *   purpose?: "serverAuth" | "clientAuth", names?: import("../src/wire/bytes.ts").Bytes[],
 * }} [given]
 */
function leaf(given = {}) {
  const { name = "lab.example", issuer = intermediate, own = serverKey, notAfter = to } = given;
  const { purpose = "serverAuth", names = [generalName.dns(name)] } = given;
  return makeCertificate({
    subject: name,
    key: own,
    issuer,
    notBefore: from,
    notAfter,
    extensions: [
      extensions.keyUsage("digitalSignature"),
      extensions.extendedKeyUsage(purpose),
      extensions.subjectAltName(names),
      extensions.subjectKeyIdentifier(own),
      extensions.authorityKeyIdentifier(issuer.key),
    ],
  });
}

const intermediateCertificate = authority(intermediate, root);
// Certified by a root that has come to its end since, as its own dates do not say.
const oldIntermediate = authority(intermediate, oldRoot);
const customer = { subject: "customer.example", key: newKey("P-256") };
const data = {
  roots: [authority(root, root), authority(oldRoot, oldRoot, Date.UTC(2021, 8, 30, 14, 1, 15))],
  chains: {
    good: [leaf(), intermediateCertificate],
    "wrong-name": [leaf({ name: "other.example" }), intermediateCertificate],
    "null-in-name": [leaf({ name: "lab.example\0.attacker.example" }), intermediateCertificate],
    expired: [leaf({ notAfter: Date.UTC(2025, 11, 31, 23, 59, 59) }), intermediateCertificate],
    // The same name and key, certified twice.
    "cross-signed": [leaf(), oldIntermediate, intermediateCertificate],
    "old-path-only": [leaf(), oldIntermediate],
    incomplete: [leaf()],
    stranger: [leaf({ issuer: stranger }), authority(stranger, stranger)],
    "not-an-authority": [
      leaf({ issuer: customer }),
      leaf({ name: customer.subject, own: customer.key }),
      intermediateCertificate,
    ],
    "for-clients": [leaf({ purpose: "clientAuth" }), intermediateCertificate],
  },
  client: [leaf({ name: "visitor.example", own: clientKey, purpose: "clientAuth" }), intermediateCertificate],
};

/** The secret number alone. @param {import("../test/certificates.ts").KeyPair} pair */
const scalar = (pair) =>
  Buffer.from(pair.privateKey.export({ format: "jwk" }).d ?? "", "base64url").toString("hex");
/** @param {Uint8Array} der */
const quoted = (der) => `"${Buffer.from(der).toString("base64")}"`;
/** @param {readonly Uint8Array[]} chain */
const list = (chain) => `[${chain.map(quoted).join(", ")}]`;

writeFileSync(
  new URL("../lab/page/certificateData.ts", import.meta.url),
  `// Made by scripts/page-certificates.mjs: the certificates of the lab page and their keys, which are worth nothing elsewhere.

/** The roots that the page's client trusts, DER in base64, as all of these. One has come to its end. */
export const rootCertificates = ${list(data.roots)} as const;

/** What the server can show: all for the same key. */
export const chainData = {
${Object.entries(data.chains)
  .map(([name, chain]) => `  ${JSON.stringify(name)}: ${list(chain)},\n`)
  .join("")}} as const;

export const clientChain = ${list(data.client)} as const;

/** Private keys on P-256: the secret number in hexadecimal. */
export const serverKey = "${scalar(serverKey)}";
export const clientKey = "${scalar(clientKey)}";
`,
);
