import crypto, { webcrypto } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parsePublicKey } from "../../src/crypto/parsePublicKey.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { type SignatureSchemeName, signatureSchemes } from "../../src/crypto/signatureSchemes.ts";
import { integer, nullElement, objectIdentifier, octetString, sequence } from "../../src/der/writer.ts";
import type { ClientIdentity } from "../../src/identity/clientIdentity.ts";
import { createClientIdentity as portable } from "../../src/identity/createClientIdentity.ts";
import { createClientIdentity as onNode } from "../../src/node/clientIdentity.ts";
import { type Bytes, copyOf, fromAscii } from "../../src/wire/bytes.ts";
import {
  type KeyPair,
  type KeyType,
  key,
  makeCertificate,
  restrictedPssKey,
  toPem,
} from "../certificates.ts";

const schemesOf: Readonly<Record<KeyType, readonly SignatureSchemeName[]>> = {
  "P-256": ["ecdsa_secp256r1_sha256"],
  "P-384": ["ecdsa_secp384r1_sha384"],
  "P-521": ["ecdsa_secp521r1_sha512"],
  Ed25519: ["ed25519"],
  RSA: ["rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"],
  "RSA-PSS": ["rsa_pss_pss_sha256", "rsa_pss_pss_sha384", "rsa_pss_pss_sha512"],
};
const types = Object.keys(schemesOf) as KeyType[];

const issuer = { subject: "issuer", key: key("P-256", "issuer") };
const certificates = new Map<KeyPair, Bytes>();

function certificateFor(pair: KeyPair): Bytes {
  const made = certificates.get(pair) ?? makeCertificate({ subject: "client", key: pair, issuer });
  certificates.set(pair, made);
  return made;
}

const context = { signal: new AbortController().signal };

/** Signs by each of its schemes, and the certificate's key says that it did. */
async function expectToSign(identity: ClientIdentity, pair: KeyPair): Promise<void> {
  const publicKey = parsePublicKey(pair.spki);
  for (const scheme of identity.schemes) {
    // Signatures of ECDSA differ in length: a few of them have the zeros that DER adds and takes away.
    for (let i = 0; i < (scheme.startsWith("ecdsa") ? 8 : 1); i++) {
      const content = fromAscii(`to be signed by ${scheme}, ${i}`);
      const signature = await identity.sign(scheme, content, context);
      const { algorithm } = signatureSchemes[scheme];
      expect(await defaultProvider.verify(algorithm, publicKey, content, signature)).toBe(true);
    }
  }
}

const exported = (pair: KeyPair, type: "pkcs8" | "sec1" | "pkcs1", format: "der" | "pem"): string | Bytes => {
  const out = pair.privateKey.export({ type, format } as crypto.KeyExportOptions<"pem">) as string | Buffer;
  return typeof out === "string" ? out : copyOf(out);
};

const makers = [
  ["any runtime", portable],
  ["Node", onNode],
] as const;

describe.each(makers)("%s", (_, create) => {
  describe.each(types)("%s", (type) => {
    const pair = key(type, "client");
    const cert = certificateFor(pair);
    const forms = type.startsWith("P-")
      ? (["pkcs8", "sec1"] as const)
      : type === "RSA"
        ? (["pkcs8", "pkcs1"] as const)
        : (["pkcs8"] as const);

    test.each(forms.flatMap((form) => [[form, "pem"] as const, [form, "der"] as const]))(
      "a key as %s in %s",
      async (form, format) => {
        const identity = create({ cert: toPem(cert), key: exported(pair, form, format) });
        expect(identity.certificates).toEqual([cert]);
        expect(identity.schemes).toEqual(schemesOf[type]);
        await expectToSign(identity, pair);
      },
    );

    test("the key of another certificate", () => {
      const other = exported(key(type, "another client"), "pkcs8", "pem");
      // Nothing in an Ed25519 key, and in PKCS#8 of some makers, tells its public half.
      if (create === portable && type === "Ed25519") return;
      expect(() => create({ cert, key: other })).toThrow(
        expect.objectContaining({
          code: "invalid_option",
          message: "key: it is not the key of the first certificate",
        }),
      );
    });
  });

  test("PEM as bytes, with other blocks and text round it", async () => {
    const pair = key("P-256", "client");
    const parameters = toPem(copyOf(Buffer.from("06082a8648ce3d030107", "hex")), "EC PARAMETERS");
    const text = `Bag Attributes\n${parameters}\n${exported(pair, "sec1", "pem")}\n${toPem(certificateFor(pair))}`;
    const bytes = new TextEncoder().encode(text);
    await expectToSign(create({ cert: bytes, key: bytes }), pair);
  });

  test("a chain in one PEM, or in a list of PEM and DER", () => {
    const pair = key("P-256", "client");
    const own = certificateFor(pair);
    const above = certificateFor(key("P-384", "above"));
    const pem = exported(pair, "pkcs8", "pem");
    for (const cert of [toPem(own) + toPem(above), [own, toPem(above)], [toPem(own), above]]) {
      expect(create({ cert, key: pem }).certificates).toEqual([own, above]);
    }
  });

  test("a key under rsaEncryption, and a certificate that has it under id-RSASSA-PSS", async () => {
    const pair = key("RSA-PSS", "client");
    const jwk = { format: "der", type: "pkcs1" } as const;
    // The numbers alone.
    const pkcs8 = pair.privateKey.export({ format: "der", type: "pkcs8" });
    const at = pkcs8.indexOf(Buffer.from([0x04, 0x82]));
    const numbers = crypto.createPrivateKey({ key: pkcs8.subarray(at + 4), ...jwk });
    const identity = create({
      cert: certificateFor(pair),
      key: numbers.export({ format: "pem", type: "pkcs1" }) as string,
    });
    expect(identity.schemes).toEqual(schemesOf["RSA-PSS"]);
    await expectToSign(identity, pair);
  });

  test("a key that may make some signatures only signs by those schemes", async () => {
    const pair = restrictedPssKey("sha384", 48);
    const identity = create({ cert: certificateFor(pair), key: exported(pair, "pkcs8", "pem") });
    expect(identity.schemes).toEqual(["rsa_pss_pss_sha384"]);
    await expectToSign(identity, pair);
  });

  test("an OCSP response and timestamps come along", () => {
    const pair = key("P-256", "client");
    const evidence = {
      ocspResponse: new Uint8Array([1]),
      signedCertificateTimestamps: [new Uint8Array([2])],
    };
    const identity = create({ cert: certificateFor(pair), key: exported(pair, "pkcs8", "pem"), ...evidence });
    expect(identity).toMatchObject(evidence);
  });

  describe("a key that is elsewhere", () => {
    const pair = key("RSA", "client");
    const sign: ClientIdentity["sign"] = async (scheme, content) => {
      const local = create({ cert: certificateFor(pair), key: exported(pair, "pkcs8", "der") });
      await new Promise((resolve) => setTimeout(resolve, 1));
      return local.sign(scheme, content, context);
    };

    test("signs by all that fits the certificate's key", async () => {
      const identity = create({ cert: certificateFor(pair), key: { sign } });
      expect(identity.schemes).toEqual(schemesOf.RSA);
      await expectToSign(identity, pair);
    });

    test("or by what it says", () => {
      const schemes = ["rsa_pss_rsae_sha256"] as const;
      expect(create({ cert: certificateFor(pair), key: { schemes, sign } }).schemes).toEqual(schemes);
    });
  });

  describe("a CryptoKey", () => {
    const algorithms = {
      "P-256": { name: "ECDSA", namedCurve: "P-256" },
      "P-384": { name: "ECDSA", namedCurve: "P-384" },
      "P-521": { name: "ECDSA", namedCurve: "P-521" },
      Ed25519: { name: "Ed25519" },
    } as const;

    test.each(Object.entries(algorithms))("%s, which is not extractable", async (type, algorithm) => {
      const { subtle } = webcrypto;
      const pair = key(type as KeyType, "client");
      const cryptoKey = await subtle.importKey("pkcs8", pair.pkcs8, algorithm, false, ["sign"]);
      const identity = create({ cert: certificateFor(pair), key: cryptoKey });
      expect(identity.schemes).toEqual(schemesOf[type as KeyType]);
      await expectToSign(identity, pair);
    });

    test.each(["SHA-256", "SHA-384", "SHA-512"] as const)("RSA-PSS with %s", async (hash) => {
      const pair = key("RSA", "client");
      const algorithm = { name: "RSA-PSS", hash };
      const cryptoKey = await webcrypto.subtle.importKey("pkcs8", pair.pkcs8, algorithm, false, ["sign"]);
      const identity = create({ cert: certificateFor(pair), key: cryptoKey });
      expect(identity.schemes).toEqual([`rsa_pss_rsae_sha${hash.slice(4)}`]);
      await expectToSign(identity, pair);
    });

    const rsa = (name: string) => ({
      name,
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    });
    test.each([
      ["of another curve", "P-256", { name: "ECDSA", namedCurve: "P-384" }, "ECDSA P-384"],
      ["of another kind", "P-256", { name: "Ed25519" }, "Ed25519"],
      ["for PKCS#1 v1.5", "RSA", rsa("RSASSA-PKCS1-v1_5"), "RSASSA-PKCS1-v1_5 SHA-256"],
    ] as const)("%s is refused", async (_, type, algorithm, words) => {
      const { privateKey } = (await webcrypto.subtle.generateKey(algorithm, false, [
        "sign",
        "verify",
      ])) as webcrypto.CryptoKeyPair;
      expect(() => create({ cert: certificateFor(key(type, "client")), key: privateKey })).toThrow(
        `key: a CryptoKey for ${words} can't sign for the first certificate`,
      );
    });

    test("that is public, or for something else, is refused", async () => {
      const usual = { name: "ECDSA", namedCurve: "P-256" };
      const pair = (await webcrypto.subtle.generateKey(usual, false, [
        "sign",
        "verify",
      ])) as webcrypto.CryptoKeyPair;
      const other = (await webcrypto.subtle.generateKey({ ...usual, name: "ECDH" }, false, [
        "deriveBits",
      ])) as webcrypto.CryptoKeyPair;
      const cert = certificateFor(key("P-256", "client"));
      for (const wrong of [pair.publicKey, other.privateKey]) {
        expect(() => create({ cert, key: wrong })).toThrow("key: expected a private CryptoKey that may sign");
      }
    });
  });

  describe("is refused in words that name the option", () => {
    const pair = key("P-256", "client");
    const cert = certificateFor(pair);
    const good = exported(pair, "pkcs8", "pem");
    const rsa = sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullElement());
    const ed448 = crypto.generateKeyPairSync("ed448").privateKey.export({ format: "pem", type: "pkcs8" });
    const k1 = crypto.generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey;
    const oldPem = pair.privateKey.export({ format: "pem", type: "sec1", cipher: "aes128", passphrase: "a" });

    test.each<readonly [string, unknown, unknown, RegExp]>([
      [
        "a certificate that is neither PEM nor DER",
        "certificate",
        good,
        /^cert: expected certificates in PEM/,
      ],
      ["no certificate", undefined, good, /^cert: expected certificates/],
      ["an empty list", [], good, /^cert: expected certificates/],
      ["a key in its place", good, good, /^cert: expected certificates in PEM.*got PRIVATE KEY/],
      ["DER that is cut short", cert.slice(0, -1), good, /^cert: /],
      [
        "DER that is no certificate",
        sequence(integer(1)),
        good,
        /^cert: the first certificate can't be read/,
      ],
      ["no key", cert, undefined, /^key: expected a private key/],
      ["null for a key", cert, null, /^key: expected a private key/],
      ["a certificate for a key", cert, toPem(cert), /^key: expected a private key in PEM.*got CERTIFICATE/],
      ["text for a key", cert, "secret", /^key: expected a private key in PEM.*no PEM at all/],
      ["a key that is no base64", cert, toPem(cert, "PRIVATE KEY").replace("MII", "M*I"), /^key: line 1/],
      ["a key of another form", cert, sequence(integer(0)), /^key: a private key in none of the forms/],
      ["DER that is no key", cert, sequence(octetString()), /^key: /],
      ["a key that is cut short", cert, sequence(integer(0), rsa, octetString(sequence())), /^key: /],
      ["a key of a kind that TLS has no use for", cert, ed448, /^key: .* not supported/],
      ["a key of another curve", cert, k1.export({ format: "pem", type: "pkcs8" }), /^key: .* not supported/],
      [
        "a key that is encrypted in the old way",
        cert,
        oldPem,
        /^key: line 1: a key that is encrypted in the old/,
      ],
    ])("%s", (_, wrongCert, wrongKey, says) => {
      expect(() => create({ cert: wrongCert as Bytes, key: wrongKey as Bytes })).toThrow(
        expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(says) }),
      );
    });
  });
});

const encrypted = (pair: KeyPair, passphrase: string, format: "pem" | "der"): string | Buffer =>
  pair.privateKey.export({
    type: "pkcs8",
    format,
    cipher: "aes-256-cbc",
    passphrase,
  } as crypto.KeyExportOptions<"pem">);

describe("an encrypted PKCS#8 key", () => {
  const pair = key("P-256", "client");
  const cert = certificateFor(pair);

  test.each(["pem", "der"] as const)("on Node, in %s", async (format) => {
    const identity = onNode({ cert, key: encrypted(pair, "open sesame", format), passphrase: "open sesame" });
    await expectToSign(identity, pair);
  });

  test("with a passphrase in bytes", async () => {
    const passphrase = new TextEncoder().encode("pässword");
    await expectToSign(onNode({ cert, key: encrypted(pair, "pässword", "pem"), passphrase }), pair);
  });

  test.each<readonly [string, () => ClientIdentity, RegExp]>([
    [
      "without a passphrase",
      () => onNode({ cert, key: encrypted(pair, "a", "pem") }),
      /^passphrase: expected/,
    ],
    [
      "with a wrong passphrase",
      () => onNode({ cert, key: encrypted(pair, "a", "pem"), passphrase: "b" }),
      /^key: it can't be read, or the passphrase is wrong: /,
    ],
    [
      "on other runtimes",
      () => portable({ cert, key: encrypted(pair, "a", "pem") }),
      /^key: an encrypted private key is not supported/,
    ],
  ])("%s", (_, create, says) => {
    expect(create).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringMatching(says) }),
    );
  });
});

describe("a KeyObject", () => {
  test.each(types)("%s", async (type) => {
    const pair = key(type, "client");
    const identity = onNode({ cert: certificateFor(pair), key: pair.privateKey });
    expect(identity.schemes).toEqual(schemesOf[type]);
    await expectToSign(identity, pair);
  });

  test("of another certificate is refused", () => {
    const other = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    expect(() => onNode({ cert: certificateFor(key("P-256", "client")), key: other })).toThrow(
      "key: it is not the key of the first certificate",
    );
  });

  test("that is public, or secret, is refused", () => {
    const pair = key("P-256", "client");
    const secret = crypto.createSecretKey(Buffer.alloc(16));
    for (const wrong of [pair.publicKey, secret]) {
      expect(() => onNode({ cert: certificateFor(pair), key: wrong })).toThrow(
        /^key: expected a private KeyObject/,
      );
    }
  });
});

test("an RSA key of several primes is refused where WebCrypto is to use it", () => {
  const several = sequence(integer(1), integer(15), integer(3));
  expect(() => portable({ cert: certificateFor(key("RSA", "client")), key: several })).toThrow(
    "key: an RSA key of several primes is not supported",
  );
});

test("a key without its public half is taken: EC in SEC 1, and Ed25519 with it", async () => {
  const pair = key("P-256", "client");
  const sec1 = exported(pair, "sec1", "der") as Bytes;
  // 30 77, 02 01 01, 04 20 and 32 bytes; then the curve; then the public key, which is left out here.
  const curve = sec1.subarray(2 + 3 + 34, 2 + 3 + 34 + 12);
  const bare = sequence(sec1.subarray(2, 5), sec1.subarray(5, 39), curve);
  await expectToSign(portable({ cert: certificateFor(pair), key: bare }), pair);

  const ed = key("Ed25519", "client");
  const [version, rest] = [integer(1), ed.pkcs8.subarray(5)];
  const withPublicHalf = sequence(version, rest, new Uint8Array([0x81, 33, 0, ...ed.spki.subarray(-32)]));
  await expectToSign(portable({ cert: certificateFor(ed), key: withPublicHalf }), ed);
});
