import { createHash, X509Certificate } from "node:crypto";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { PublicKey } from "../../src/crypto/publicKey.ts";
import { element, objectIdentifier, sequence, setOf } from "../../src/der/writer.ts";
import { type Bytes, copyOf, fromHex } from "../../src/wire/bytes.ts";
import { type Certificate, parseCertificate, partOf } from "../../src/x509/certificate.ts";
import { nameToString } from "../../src/x509/distinguishedName.ts";
import { purposes } from "../../src/x509/extensions/extendedKeyUsage.ts";
import { findName, parseReferenceName } from "../../src/x509/names.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import {
  extension,
  extensions,
  generalName,
  type KeyType,
  key,
  makeCertificate,
  signing,
} from "../certificates.ts";

// Every field, as node:crypto (that is OpenSSL) reads it: certificates in every shape that test/certificates.ts can make,
// and the roots that Node carries. test/x509/roots.test.ts compares what people are shown.

const keyTypes: readonly KeyType[] = ["P-256", "P-384", "P-521", "RSA", "RSA-PSS", "Ed25519"];
const { dns, ip, email, uri, directory } = generalName;

const manyNames = [
  dns("a.example"),
  dns("*.b.example"),
  dns("XN--BCHER-KVA.example"),
  ip("192.0.2.1"),
  ip("2001:db8::1"),
  ip("::"),
  ip("1:0:0:2::3"),
  email("x@y.example"),
  uri("https://u.example/"),
  directory("Somebody"),
];

const named = (tag: number, hex: string): Bytes =>
  sequence(setOf(sequence(objectIdentifier("2.5.4.3"), element(tag, fromHex(hex)))));

const shapes: Readonly<Record<string, Bytes>> = {
  ...Object.fromEntries(
    keyTypes.flatMap((type) =>
      keyTypes.map((by) => [
        `${type} signed by ${by}`,
        makeCertificate({
          subject: "a.example",
          key: key(type),
          issuer: { subject: "Root", key: key(by, "root") },
          extensions: [extensions.subjectAltName([dns("a.example")])],
        }),
      ]),
    ),
  ),
  "RSASSA-PSS of a plain RSA key": makeCertificate({
    key: key("RSA"),
    signing: signing(key("RSA"), { pss: true }),
  }),
  "many names": makeCertificate({ key: key("P-256"), extensions: [extensions.subjectAltName(manyNames)] }),
  "a CA": makeCertificate({
    subject: "Root",
    key: key("P-256"),
    extensions: [
      extensions.basicConstraints(true, 3),
      extensions.keyUsage("keyCertSign", "cRLSign"),
      extensions.subjectKeyIdentifier(key("P-256")),
    ],
  }),
  "a CA of no certificates": makeCertificate({
    subject: "Root",
    key: key("P-256"),
    extensions: [extensions.basicConstraints(true), extensions.keyUsage("cRLSign")],
  }),
  purposes: makeCertificate({
    key: key("P-256"),
    extensions: [extensions.extendedKeyUsage("serverAuth", "clientAuth", "emailProtection", "any")],
  }),
  "every attribute": makeCertificate({
    key: key("P-256"),
    subject: [
      ["C", "NL"],
      ["DC", "example"],
      ["O", 'A & B, "C" <D>; E+F=G\\H'],
      ["OU", " # "],
      ["OU", "\u00fc \u{1f600}"],
      ["CN", "a.example"],
      ["emailAddress", "x@y.example"],
    ],
  }),
  "an empty subject": makeCertificate({ key: key("P-256"), issuer: { subject: "Root", key: key("P-256") } }),
  "a BMPString": makeCertificate({ key: key("P-256"), subject: named(0x1e, "00fc0041") }),
  "a TeletexString": makeCertificate({ key: key("P-256"), subject: named(0x14, "fc41") }),
  "a UniversalString": makeCertificate({ key: key("P-256"), subject: named(0x1c, "0001f600") }),
  "two attributes in one RDN": makeCertificate({
    key: key("P-256"),
    subject: sequence(
      setOf(
        sequence(objectIdentifier("2.5.4.3"), element(0x13, fromHex("61"))),
        sequence(objectIdentifier("2.5.4.10"), element(0x13, fromHex("62"))),
      ),
    ),
  }),
  "the years of UTCTime": makeCertificate({
    key: key("P-256"),
    notBefore: new Date("1950-01-01T00:00:00Z"),
    notAfter: new Date("2049-12-31T23:59:59Z"),
  }),
  "the years of GeneralizedTime": makeCertificate({
    key: key("P-256"),
    notBefore: new Date("2050-01-01T00:00:00Z"),
    notAfter: new Date("9999-12-31T23:59:59Z"),
  }),
  "the 29th of February": makeCertificate({
    key: key("P-256"),
    notBefore: new Date("2000-02-29T12:34:56Z"),
    notAfter: new Date("2096-02-29T00:00:00Z"),
  }),
  ...Object.fromEntries(
    ["02017f", "02020080", `0214${"7f".repeat(20)}`, "02080123456789abcdef"].map((serial) => [
      `serial number ${serial}`,
      makeCertificate({
        key: key("P-256"),
        bend: (fields) => {
          fields.serialNumber = fromHex(serial);
        },
      }),
    ]),
  ),
  "version 1": makeCertificate({
    key: key("P-256"),
    bend: (fields) => {
      fields.version = new Uint8Array(0);
    },
  }),
  "extensions that nobody knows": makeCertificate({
    key: key("P-256"),
    extensions: [extension("1.3.6.1.4.1.99999.1", fromHex("0500"))],
  }),
};

/** RFC 4514 backwards, a line each, as OpenSSL writes a name. */
function lines(der: Bytes, name: { start: number; end: number }): string {
  return nameToString(der, name)
    .split(/(?<!\\),/)
    .reverse()
    .join("\n")
    .replace(/(?<!\\)\+/g, " + ");
}

// Attributes that one of the two has no name for.
const hasName = (text: string): boolean => !/(^|\n)([\d.]+|organizationIdentifier|STREET|street)=/.test(text);

const purposeNumbers: Readonly<Record<string, number>> = {
  "2.5.29.37.0": purposes.any,
  "1.3.6.1.5.5.7.3.1": purposes.serverAuth,
  "1.3.6.1.5.5.7.3.2": purposes.clientAuth,
  "1.3.6.1.5.5.7.3.4": purposes.emailProtection,
};

function expectSame(der: Bytes): void {
  const node = new X509Certificate(der);
  const ours = parseCertificate(der);
  // What node has no value for is an empty subject.
  for (const [span, text = ""] of [
    [ours.subject, node.subject],
    [ours.issuer, node.issuer],
  ] as const) {
    const written = lines(der, span);
    if (hasName(written)) expect(written).toBe(text);
  }
  expect({ notBefore: ours.notBefore, notAfter: ours.notAfter }).toEqual({
    notBefore: Date.parse(node.validFrom) / 1000,
    notAfter: Date.parse(node.validTo) / 1000,
  });
  const serial = Buffer.from(partOf(ours, ours.serialNumber)).toString("hex");
  expect(BigInt(`0x${serial}`)).toBe(BigInt(`0x${node.serialNumber}`));
  expect(Buffer.from(partOf(ours, ours.spki))).toEqual(
    node.publicKey.export({ format: "der", type: "spki" }),
  );
  const sha256 = createHash("sha256").update(ours.der).digest("hex").toUpperCase();
  expect(node.fingerprint256.replaceAll(":", "")).toBe(sha256);
  // Node calls a CA what may sign certificates.
  const { basicConstraints, keyUsage, extendedKeyUsage } = ours.extensions;
  const mayIssue = basicConstraints?.ca === true && (keyUsage === undefined || (keyUsage & (1 << 5)) !== 0);
  expect(node.ca).toBe(mayIssue);
  const theirPurposes = node.keyUsage?.map((identifier) => purposeNumbers[identifier] ?? 0) ?? [];
  if (extendedKeyUsage === undefined) expect(theirPurposes).toEqual([]);
  else for (const purpose of theirPurposes) expect(extendedKeyUsage & purpose).toBe(purpose);
}

describe("fields are what node:crypto reads", () => {
  test.each(Object.entries(shapes))("%s", (_, der) => {
    expectSame(der);
  });

  test("in the roots that Node carries", () => {
    let same = 0;
    for (const pem of tls.rootCertificates) {
      const der = certificatesFromPem(pem)[0] as Bytes;
      // Roots whose form is wrong are refused as certificates, and taken as anchors: test/x509/roots.test.ts has them.
      if (attempt(() => parseCertificate(der)) === undefined) continue;
      expectSame(der);
      same++;
    }
    expect(same).toBeGreaterThan(100);
  });
});

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

describe("signatures are what node:crypto says", () => {
  test.each(keyTypes.flatMap((type) => keyTypes.map((by) => [type, by] as const)))(
    "%s signed by %s",
    async (type, by) => {
      const der = shapes[`${type} signed by ${by}`] as Bytes;
      const changed = copyOf(der);
      changed[changed.length - 1] = (changed[changed.length - 1] as number) ^ 1;
      for (const signer of keyTypes) {
        for (const bytes of [der, changed]) {
          const isOurs = await isSignedBy(
            parseCertificate(bytes),
            parseCertificate(makeCertificate({ key: key(signer, "root") })),
          );
          expect(isOurs, signer).toBe(new X509Certificate(bytes).verify(key(signer, "root").publicKey));
        }
      }
    },
  );
});

async function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const { algorithm } = certificate.signatureAlgorithm;
  if (algorithm === undefined) return false;
  return defaultProvider.verify(
    algorithm,
    issuer.publicKey as PublicKey,
    partOf(certificate, certificate.tbs),
    partOf(certificate, certificate.signature),
  );
}

describe("names match as in checkHost and checkIP", () => {
  const patterns = [
    "a.example",
    "A.Example",
    "*.b.example",
    "*.c.b.example",
    "*.example",
    "x*.d.example",
    "*",
    "xn--bcher-kva.example",
  ];
  const wanted = [
    "a.example",
    "A.EXAMPLE",
    "b.example",
    "x.b.example",
    "y.x.b.example",
    "c.b.example",
    "xy.d.example",
    "example",
    "xn--bcher-kva.example",
  ];
  test.each(patterns)("%s", (pattern) => {
    const der = makeCertificate({
      subject: "not.this.example",
      key: key("P-256"),
      extensions: [extensions.subjectAltName([dns(pattern), ip("192.0.2.1"), ip("2001:db8::1")])],
    });
    const node = new X509Certificate(der);
    const certificate = parseCertificate(der);
    const matches = (name: string): boolean => {
      const reference = parseReferenceName(name);
      return reference !== undefined && findName(certificate, reference) !== undefined;
    };
    for (const name of wanted) {
      const theirs = node.checkHost(name, { subject: "never", partialWildcards: false }) !== undefined;
      expect(matches(name), name).toBe(theirs);
    }
    for (const address of [
      "192.0.2.1",
      "192.0.2.2",
      "2001:db8::1",
      "2001:DB8:0:0:0:0:0:1",
      "::1",
      "::ffff:192.0.2.1",
    ]) {
      expect(matches(address), address).toBe(node.checkIP(address) !== undefined);
    }
  });
});
