import tls from "node:tls";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePublicKey, UnsupportedKeyError } from "../../src/crypto/parsePublicKey.ts";
import { DerError } from "../../src/der/error.ts";
import { createServerVerifier } from "../../src/trust/serverVerifier.ts";
import { type Bytes, copyOf } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { describeCertificate } from "../../src/x509/describe.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import { anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import { extensions, generalName, key, makeChain } from "../certificates.ts";
import { authority, leaf, leafExtensions, presented, root } from "../trust/judge.ts";

const constrained = authority("Constrained", {
  issuer: root,
  pathLength: 1,
  more: [
    extensions.nameConstraints({
      permitted: [
        generalName.dns("example"),
        generalName.ip([0, 0, 0, 0, 0, 0, 0, 0]),
        generalName.directory("a.example"),
      ],
      excluded: [generalName.email("mail.example"), generalName.uri(".web.example")],
    }),
  ],
});
const rich = leaf({
  issuer: constrained,
  extensions: [
    ...leafExtensions.slice(0, 2),
    extensions.subjectAltName([
      generalName.dns("a.example"),
      generalName.dns("*.b.example"),
      generalName.ip("192.0.2.1"),
      generalName.email("x@y.example"),
      generalName.uri("https://a.example/"),
    ]),
    extensions.subjectKeyIdentifier(key("P-256")),
    extensions.authorityKeyIdentifier(constrained.key),
  ],
});

const seeds: readonly Bytes[] = [
  rich,
  constrained.der,
  root.der,
  makeChain({ keyType: "RSA-PSS", issuerKeyType: "RSA-PSS" }).leafDer,
  makeChain({ keyType: "Ed25519", issuerKeyType: "RSA" }).leafDer,
  ...tls.rootCertificates.slice(0, 8).map((pem) => certificatesFromPem(pem)[0] as Bytes),
];

/** A certificate with some bytes changed, cut out or put in: most changes hit a length, a tag or a value. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(
      fc.record({
        at: fc.nat(),
        kind: fc.constantFrom("set", "flip", "remove", "insert", "truncate"),
        value: fc.integer({ min: 0, max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([seed, changes]) => {
    let bytes = [...seed];
    for (const { at, kind, value } of changes) {
      const i = at % Math.max(1, bytes.length);
      if (kind === "set") bytes[i] = value;
      else if (kind === "flip") bytes[i] = (bytes[i] ?? 0) ^ (1 << (value % 8));
      else if (kind === "remove") bytes.splice(i, 1 + (value % 4));
      else if (kind === "insert") bytes.splice(i, 0, value);
      else bytes = bytes.slice(0, i);
    }
    return new Uint8Array(bytes);
  });

const anything = fc.oneof(
  mutated,
  mutated,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => copyOf(bytes)),
);

describe("whatever the bytes", () => {
  test("a certificate is read, or refused with a DerError", () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          parseCertificate(bytes);
          describeCertificate(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("an anchor is read, or refused with a DerError", () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        try {
          anchorFromCertificate(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("a public key is read, or refused in one of two ways", () => {
    const spkis = (["P-256", "RSA", "RSA-PSS", "Ed25519"] as const).map((type) => key(type).spki);
    const changed = fc
      .tuple(fc.constantFrom(...spkis), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([spki, at, value]) => {
        const bytes = copyOf(spki);
        bytes[at % bytes.length] = value;
        return bytes;
      });
    fc.assert(
      fc.property(changed, (bytes) => {
        try {
          parsePublicKey(bytes);
        } catch (error) {
          expect(error instanceof DerError || error instanceof UnsupportedKeyError).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("a chain is believed only if no byte that counts was changed, and refused with a certificate_… error otherwise", async () => {
    const verify = createServerVerifier({ roots: [root.der] });
    expect((await verify(presented({ chain: [rich, constrained.der] }))).verified).toBe(true);
    await fc.assert(
      fc.asyncProperty(anything, fc.boolean(), async (bytes, isLeaf) => {
        const original = isLeaf ? rich : constrained.der;
        const chain = isLeaf ? [bytes, constrained.der] : [rich, bytes];
        try {
          await verify(presented({ chain }));
        } catch (error) {
          expect(error).toBeInstanceOf(TlsError);
          expect((error as TlsError).code).toMatch(/^certificate_/);
          expect((error as TlsError).alert?.direction).toBe("sent");
          return;
        }
        expect(bytes).toEqual(original);
      }),
      { numRuns: 2000 },
    );
  });
});
