import type crypto from "node:crypto";
import { X509Certificate } from "node:crypto";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { DerError } from "../../src/der/error.ts";
import { octetString } from "../../src/der/writer.ts";
import { createTrustStore } from "../../src/trust/trustStore.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { type Certificate, parseCertificate } from "../../src/x509/certificate.ts";
import { describeCertificate } from "../../src/x509/describe.ts";
import { nameToString } from "../../src/x509/distinguishedName.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import { anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import { extension, extensions, generalName, type KeyType, key, makeCertificate } from "../certificates.ts";

const bundle = tls.rootCertificates.map((pem) => ({
  pem,
  der: certificatesFromPem(pem)[0] as Bytes,
  node: new X509Certificate(pem),
}));

/** Why a root in use is not what RFC 5280 says; as an anchor it is taken all the same. */
const knownFaults = /a GeneralizedTime before 2050|named bits with zeros at their end/;

describe("the roots that Node carries", () => {
  test("are all read as anchors", () => {
    expect(bundle.length).toBeGreaterThan(100);
    expect(createTrustStore(tls.rootCertificates).unreadable()).toEqual([]);
    for (const { der, node } of bundle) {
      const anchor = anchorFromCertificate(der);
      expect(anchor.mayIssue, node.subject).toBe(true);
      expect(anchor.unprocessedCritical, node.subject).toEqual([]);
      expect(anchor.publicKey.kind, node.subject).toMatch(/^(rsa|ec)$/);
      expect(anchor.validity).toEqual({
        notBefore: Date.parse(node.validFrom) / 1000,
        notAfter: Date.parse(node.validTo) / 1000,
      });
    }
  });

  test("are found by their subjects, and by their issuers where they signed themselves", () => {
    const store = createTrustStore(tls.rootCertificates);
    for (const { der, node } of bundle) {
      const anchor = anchorFromCertificate(der);
      const found = store.named(anchor.der, anchor.subject);
      expect(
        found.some(({ certificate }) => Buffer.compare(certificate as Bytes, der) === 0),
        node.subject,
      ).toBe(true);
    }
    expect(store.named(new Uint8Array([0x30, 0]), { start: 0, end: 2 })).toEqual([]);
  });

  test("that keep to RFC 5280 verify themselves with their own keys, but for old algorithms", async () => {
    let verified = 0;
    for (const { der } of bundle) {
      const certificate = parsedOrKnownFault(der);
      if (certificate === undefined || certificate.publicKey.kind === "unsupported") continue;
      const { algorithm } = certificate.signatureAlgorithm;
      if (algorithm === undefined) continue;
      const { tbs, signature } = certificate;
      const isRight = await defaultProvider.verify(
        algorithm,
        certificate.publicKey,
        der.subarray(tbs.start, tbs.end),
        der.subarray(signature.start, signature.end),
      );
      if (isRight) verified++;
      else expect(nameToString(der, certificate.issuer)).not.toBe(nameToString(der, certificate.subject));
    }
    expect(verified).toBeGreaterThan(90);
  });
});

function parsedOrKnownFault(der: Bytes): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    expect((error as DerError).message).toMatch(knownFaults);
    return undefined;
  }
}

/** What node's X509Certificate says, in our form. */
function asNodeSees(node: X509Certificate): Record<string, unknown> {
  const names = node.subjectAltName === undefined ? [] : splitNames(node.subjectAltName);
  return {
    serialNumber: node.serialNumber,
    notBefore: new Date(node.validFrom).toISOString().replace(".000", ""),
    notAfter: new Date(node.validTo).toISOString().replace(".000", ""),
    subjectAltNames: names,
    sha256: node.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

// Node writes addresses in full, and directory names in a form of its own, which are left to another test.
function splitNames(text: string): readonly string[] {
  return text
    .split(/, (?=DNS:|IP Address:|email:|URI:|DirName:)/)
    .filter((name) => !name.startsWith("DirName:"))
    .map((name) => name.replace(/^IP Address:(.*)$/, (_, address: string) => `IP:${short(address)}`));
}

const short = (address: string): string =>
  address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;

function expectSameAsNode(der: Bytes, node: X509Certificate): void {
  const description = describeCertificate(der, defaultProvider.hashes["SHA-256"]);
  const { serialNumber, ...rest } = asNodeSees(node);
  const subjectAltNames = description.subjectAltNames.filter((name) => !name.startsWith("directory:"));
  expect({ ...description, subjectAltNames }).toMatchObject(rest);
  // Node writes zero with one digit.
  expect(description.serialNumber.replace(/^00$/, "0"), node.subject).toBe(serialNumber);
  const certificate = parseCertificate(der);
  expect(Buffer.from(der.subarray(certificate.spki.start, certificate.spki.end))).toEqual(
    node.publicKey.export({ format: "der", type: "spki" }),
  );
  const { type, ...details } = detailsOf(node.publicKey);
  expect(description.publicKey, node.subject).toBe(
    type === "rsa"
      ? `RSA ${details.bits}`
      : type === "ec"
        ? `EC ${details.curve}`
        : type === "ed25519"
          ? "Ed25519"
          : `RSASSA-PSS ${details.bits}`,
  );
}

const curveNames: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

function detailsOf(publicKey: crypto.KeyObject): {
  type: string | undefined;
  bits: number | undefined;
  curve: string;
} {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  return {
    type: publicKey.asymmetricKeyType,
    bits: modulusLength,
    curve: curveNames[namedCurve ?? ""] ?? "",
  };
}

describe("node's X509Certificate says the same", () => {
  test("of every root that keeps to RFC 5280", () => {
    let compared = 0;
    for (const { der, node } of bundle) {
      if (parsedOrKnownFault(der) === undefined) continue;
      expectSameAsNode(der, node);
      compared++;
    }
    expect(bundle.length - compared).toBeLessThan(6);
  });

  test("of their names, part by part", () => {
    for (const { der, node } of bundle) {
      const certificate = parsedOrKnownFault(der);
      if (certificate === undefined) continue;
      // Node writes a line a part, the first one first; RFC 4514 begins with the last.
      const ours = nameToString(der, certificate.subject).replace(/\\([0-9a-f]{2})/g, "");
      expect(ours.split(/(?<!\\),/).length, node.subject).toBe(node.subject.split("\n").length);
      const common = /^CN=(.*)$/m.exec(node.subject)?.[1];
      if (common !== undefined && /^[\x20-\x7e]*$/.test(common) && !/[\\,+"]/.test(common)) {
        expect(ours).toContain(`CN=${common}`);
      }
    }
  });

  test.each<KeyType>(["P-256", "P-384", "P-521", "RSA", "RSA-PSS", "Ed25519"])(
    "of certificates with %s keys",
    (type) => {
      const der = makeCertificate({
        subject: [
          ["C", "NL"],
          ["O", "Examples, Inc."],
          ["CN", "a.example"],
        ],
        key: key(type),
        notAfter: Date.UTC(2055, 1, 3, 4, 5, 6),
        extensions: [
          extensions.subjectAltName([
            generalName.dns("a.example"),
            generalName.dns("*.b.example"),
            generalName.ip("192.0.2.1"),
            generalName.ip("2001:db8::1:0:0:1"),
            generalName.email("x@mail.example"),
            generalName.uri("https://a.example/x"),
          ]),
          extension("1.2.3.4", octetString()),
        ],
      });
      expectSameAsNode(der, new X509Certificate(der));
    },
  );
});
