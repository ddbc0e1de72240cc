import crypto from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  element,
  integer,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
} from "../../src/der/writer.ts";
import { fromHex } from "../../src/wire/bytes.ts";
import { firstOf } from "../../src/x509/ruleSets.ts";
import { ruleRows } from "../../src/x509/rules.ts";
import {
  extension,
  extensions,
  key,
  keyPair,
  makeCertificate,
  type Purpose,
  pssParameters,
  restrictedPssKey,
  type SigningHash,
  signing,
} from "../certificates.ts";
import {
  authority,
  authorityExtensions,
  judge,
  leaf,
  leafExtensions,
  refusal,
  refused,
  root,
} from "../trust/judge.ts";

const second = 1000;
const day = 86_400 * second;
const start = Date.UTC(2026, 0, 1);
const end = Date.UTC(2026, 2, 31, 23, 59, 59);

describe("dates", () => {
  const chain = [leaf({ notBefore: start, notAfter: end })];

  test.each([
    ["in its first second", start],
    ["in the middle", start + 30 * day],
    ["in its last second", end],
    ["to the end of its last second", end + 999],
  ])("a certificate is good %s", async (_, time) => {
    expect((await judge({ chain, time })).verified).toBe(true);
  });

  test.each([
    [
      "before it begins",
      start - 1,
      /will not be valid for another 1 second \(until 2026-01-01 at 00:00:00 UTC\)/,
    ],
    ["days before it begins", start - 9.5 * day, /will not be valid for another 9 days \(until 2026-01-01\)/],
    ["a second after its end", end + second, /expired 1 second ago \(on 2026-03-31 at 23:59:59 UTC\)/],
    ["minutes after", end + 200 * second, /expired 3 minutes ago/],
    ["hours after", end + 5 * 3600 * second, /expired 5 hours ago/],
    ["days after", end + 3 * day, /expired 3 days ago \(on 2026-03-31\)/],
    ["years after", end + 800 * day, /expired 2 years ago \(on 2026-03-31\)/],
  ])("and refused %s", async (_, time, words) => {
    expect(await refusal({ chain, time })).toMatchObject({
      ...refused.expired,
      message: expect.stringMatching(words),
    });
  });

  test("those of an intermediate certificate count, and it is named", async () => {
    const middle = authority("Middle", { issuer: root, notBefore: start, notAfter: end });
    const own = leaf({ issuer: middle });
    expect(await refusal({ chain: [own, middle.der] })).toMatchObject({
      ...refused.expired,
      message: expect.stringMatching(/: CN=Middle expired \d+ months? ago|: CN=Middle expired \d+ days? ago/),
    });
  });

  test("those of a root count, and it is named", async () => {
    const old = authority("Old", { notBefore: start, notAfter: end });
    expect(await refusal({ chain: [leaf({ issuer: old })], roots: [old.der] })).toMatchObject({
      ...refused.expired,
      message: expect.stringMatching(/the trusted root CN=Old expired/),
    });
  });
});

describe("keys", () => {
  const rsa = (modulusLength: number, publicExponent = 65537): ReturnType<typeof keyPair> =>
    keyPair("RSA", crypto.generateKeyPairSync("rsa", { modulusLength, publicExponent }));
  const spki = (modulus: Uint8Array, exponent: Uint8Array): Uint8Array<ArrayBuffer> =>
    sequence(
      sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullElement()),
      element(0x03, new Uint8Array(1), sequence(integer(modulus), integer(exponent))),
    );
  const withSpki = (modulus: Uint8Array, exponent: Uint8Array): Uint8Array<ArrayBuffer> =>
    leaf({
      bend: (fields) => {
        fields.subjectPublicKeyInfo = spki(modulus, exponent);
      },
    });
  const numbers = (bits: number): Uint8Array => {
    const bytes = new Uint8Array(Math.ceil(bits / 8)).fill(0xff);
    bytes[0] = 0xff >> (bytes.length * 8 - bits);
    return bytes;
  };

  test("RSA with 1024 bits is refused in a server's certificate [C.2/1]", async () => {
    expect(await refusal({ chain: [leaf({ key: rsa(1024) })] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("too weak, too large or oddly made: RSA 1024"),
    });
  });

  test("RSA with 1024 bits is refused in an issuer, and in a root [C.2/1]", async () => {
    const weak = rsa(1024);
    const middle = authority("Weak", { issuer: root, key: weak });
    expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der] })).toMatchObject(refused.invalid);
    const weakRoot = authority("Weak Root", { key: weak });
    expect(await refusal({ chain: [leaf({ issuer: weakRoot })], roots: [weakRoot.der] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("the trusted root CN=Weak Root has a key that is too weak"),
    });
  });

  test("RSA above 8192 bits is refused [C.2/2]", async () => {
    const exponent = fromHex("010001");
    expect((await judge({ chain: [withSpki(numbers(8192), exponent)] })).verified).toBe(true);
    expect(await refusal({ chain: [withSpki(numbers(8200), exponent)] })).toMatchObject(refused.invalid);
  });

  test("RSA with bits beyond whole bytes, and exponents that are even, 1 or dear, are refused", async () => {
    for (const [modulus, exponent] of [
      [numbers(2052), "010001"],
      [numbers(2048), "010000"],
      [numbers(2048), "01"],
      [numbers(2048), "0100000001"],
    ] as const) {
      expect(await refusal({ chain: [withSpki(modulus, fromHex(exponent))] })).toMatchObject(refused.invalid);
    }
    for (const exponent of ["03", "80000001"]) {
      expect((await judge({ chain: [withSpki(numbers(2048), fromHex(exponent))] })).verified).toBe(true);
    }
  });

  test("kinds that nothing here can use are refused as unsupported [4.5.1.2/11]", async () => {
    const p224 = crypto.generateKeyPairSync("ec", { namedCurve: "secp224r1" });
    const ed448 = crypto.generateKeyPairSync("ed448");
    const explicit = crypto.generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
    const dsa = crypto.generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 });
    for (const [pair, words] of [
      [p224, "the curve P-224 are not supported"],
      [ed448, "Ed448 are not supported"],
      [explicit, "a curve spelled out"],
      [dsa, "DSA are not supported"],
    ] as const) {
      expect(await refusal({ chain: [leaf({ key: keyPair("P-256", pair) })] })).toMatchObject({
        ...refused.unsupported,
        message: expect.stringContaining(words),
      });
    }
  });

  test("of such kinds are refused in a root, whoever it is for", async () => {
    const p224 = keyPair("P-256", crypto.generateKeyPairSync("ec", { namedCurve: "secp224r1" }));
    const odd = authority("P-224 Root", { key: p224 });
    expect(await refusal({ chain: [leaf({ issuer: odd })], roots: [odd.der] })).toMatchObject({
      ...refused.unsupported,
      message: expect.stringContaining("the trusted root CN=P-224 Root has a key that can't be used"),
    });
  });

  test("an RSASSA-PSS key for SHA-1 is refused as unsupported, one for SHA-256 takes its own schemes only", async () => {
    expect(await refusal({ chain: [leaf({ key: restrictedPssKey("sha1", 20) })] })).toMatchObject(
      refused.unsupported,
    );
    const schemesOf = async (own: ReturnType<typeof keyPair>): Promise<readonly string[]> =>
      (await judge({ chain: [leaf({ key: own })] })).schemes;
    expect(await schemesOf(restrictedPssKey("sha256", 32))).toEqual(["rsa_pss_pss_sha256"]);
    expect(await schemesOf(restrictedPssKey("sha384", 20))).toEqual(["rsa_pss_pss_sha384"]);
    expect(await schemesOf(restrictedPssKey("sha512", 64))).toEqual(["rsa_pss_pss_sha512"]);
    expect(await schemesOf(restrictedPssKey("sha256", 33))).toEqual([]);
    expect(await schemesOf(key("RSA-PSS"))).toEqual([
      "rsa_pss_pss_sha256",
      "rsa_pss_pss_sha384",
      "rsa_pss_pss_sha512",
    ]);
  });
});

describe("signatures of a path", () => {
  const rsaRoot = authority("RSA Root", { key: key("RSA", "RSA Root") });
  const roots = [rsaRoot.der];

  const takes = async (hash: SigningHash): Promise<boolean> => {
    const chain = [leaf({ issuer: rsaRoot, signing: signing(rsaRoot.key, { hash }) })];
    return (await judge({ chain, roots })).verified;
  };

  test("RSA PKCS#1 v1.5 with SHA-256 is taken [9.1/4]", async () => {
    expect(await takes("SHA-256")).toBe(true);
  });

  test("RSA PKCS#1 v1.5 with SHA-384 and SHA-512 is taken", async () => {
    expect([await takes("SHA-384"), await takes("SHA-512")]).toEqual([true, true]);
  });

  test("MD5 is refused [4.5.1.3/2, 4.3.3/20]", async () => {
    const chain = [leaf({ issuer: rsaRoot, signing: signing(rsaRoot.key, { hash: "MD5" }) })];
    expect(await refusal({ chain, roots })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("certificate is signed with RSA with MD5, which can be forged"),
    });
  });

  test.each<["RSA" | "ECDSA", Awaited<ReturnType<typeof authority>>]>([
    ["RSA", rsaRoot],
    ["ECDSA", root],
  ])("%s with SHA-1 is refused [4.5.1.3/3]", async (_, issuer) => {
    const chain = [leaf({ issuer, signing: signing(issuer.key, { hash: "SHA-1" }) })];
    expect(await refusal({ chain, roots: [issuer.der] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("SHA-1, which can be forged"),
    });
  });

  test("SHA-1 is refused in an intermediate certificate too [4.5.1.3/3]", async () => {
    const middle = authority("Old Middle", {
      issuer: rsaRoot,
      signing: signing(rsaRoot.key, { hash: "SHA-1" }),
    });
    expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der], roots })).toMatchObject(
      refused.invalid,
    );
  });

  test("RSASSA-PSS with SHA-1 is refused [4.5.1.3/3]", async () => {
    const chain = [
      leaf({ issuer: rsaRoot, bend: pssWith("SHA-1", 21), outerAlgorithm: pssAlgorithm("SHA-1", 21) }),
    ];
    // SHA-1 is the default, so the parameters leave it out.
    expect(await refusal({ chain, roots })).toMatchObject({ code: "certificate_malformed" });
    const empty = sequence(objectIdentifier("1.2.840.113549.1.1.10"), sequence());
    const byDefault = [
      leaf({
        issuer: rsaRoot,
        outerAlgorithm: empty,
        bend: (fields) => {
          fields.signature = empty;
        },
      }),
    ];
    expect(await refusal({ chain: byDefault, roots })).toMatchObject(refused.invalid);
  });

  test("SHA-224 and DSA are refused as unsupported [4.3.3/20, 4.5.1.2/11]", async () => {
    for (const dotted of [
      "1.2.840.113549.1.1.14",
      "2.16.840.1.101.3.4.3.2",
      "1.2.840.10045.4.3.1",
      "1.2.3.4",
    ]) {
      const algorithm = sequence(objectIdentifier(dotted));
      const bend = (fields: { signature: Uint8Array }): void => {
        fields.signature = algorithm;
      };
      const chain = [leaf({ issuer: rsaRoot, bend, outerAlgorithm: algorithm })];
      expect(await refusal({ chain, roots })).toMatchObject({
        ...refused.unsupported,
        message: expect.stringContaining("which is not supported"),
      });
    }
  });

  test("a root's own signature is not looked at, whatever it is made with [4.3.3/19, 4.5.1.2/9]", async () => {
    const old = authority("SHA-1 Root", {
      key: key("RSA", "SHA-1 Root"),
      signing: signing(key("RSA", "SHA-1 Root"), { hash: "SHA-1" }),
    });
    const chain = [leaf({ issuer: old })];
    expect((await judge({ chain: [...chain, old.der], roots: [old.der] })).verified).toBe(true);
  });

  test("a certificate that is trusted itself is not, either [4.3.3/19, 4.5.1.2/9]", async () => {
    const own = makeCertificate({
      subject: "a.example",
      key: key("RSA"),
      extensions: leafExtensions,
      signing: signing(key("RSA"), { hash: "SHA-1" }),
    });
    const identity = await judge({ chain: [own], roots: [own] });
    expect(identity).toMatchObject({ verified: true, vouchedBy: "CN=a.example" });
    expect(identity.path).toEqual([own]);
  });

  test("one that is not its issuer's is refused", async () => {
    const der = leaf();
    const last = der.length - 1;
    der[last] = (der[last] as number) ^ 1;
    expect(await refusal({ chain: [der] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("certificate has a signature that is not from the key of CN=Root"),
    });
  });

  test("keys of any family may sign keys of any other [4.5.1.3/4]", async () => {
    for (const issuerType of ["P-256", "P-384", "P-521", "RSA", "RSA-PSS", "Ed25519"] as const) {
      const issuer = authority(`${issuerType} Root`, { key: key(issuerType, "root") });
      for (const type of ["P-256", "RSA", "Ed25519"] as const) {
        const chain = [leaf({ issuer, key: key(type) })];
        expect(
          (await judge({ chain, roots: [issuer.der] })).publicKey.kind,
          `${issuerType} over ${type}`,
        ).toBe(type === "P-256" ? "ec" : type.toLowerCase());
      }
    }
  });

  test("a curve and a hash need not be of one strength", async () => {
    for (const hash of ["SHA-256", "SHA-384", "SHA-512"] as const) {
      expect((await judge({ chain: [leaf({ signing: signing(root.key, { hash }) })] })).verified).toBe(true);
    }
  });
});

const pssAlgorithm = (hash: SigningHash, salt: number): Uint8Array<ArrayBuffer> =>
  sequence(objectIdentifier("1.2.840.113549.1.1.10"), pssParameters(hash, salt));
const pssWith =
  (hash: SigningHash, salt: number) =>
  (fields: { signature: Uint8Array }): void => {
    fields.signature = pssAlgorithm(hash, salt);
  };

describe("RSASSA-PSS in a path", () => {
  const rsaRoot = authority("RSA Root", { key: key("RSA", "RSA Root") });

  test("is taken from a plain RSA key with any hash", async () => {
    for (const hash of ["SHA-256", "SHA-384", "SHA-512"] as const) {
      const chain = [leaf({ issuer: rsaRoot, signing: signing(rsaRoot.key, { hash, pss: true }) })];
      expect((await judge({ chain, roots: [rsaRoot.der] })).verified).toBe(true);
    }
  });

  const parameters = (...fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
    sequence(objectIdentifier("1.2.840.113549.1.1.10"), sequence(...fields));
  const hash = (dotted: string): Uint8Array<ArrayBuffer> => sequence(objectIdentifier(dotted), nullElement());
  const sha256 = hash("2.16.840.1.101.3.4.2.1");
  const mask = (...inner: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
    element(0xa1, sequence(objectIdentifier("1.2.840.113549.1.1.8"), ...inner));

  test.each([
    [
      "a trailer that is spelled out",
      parameters(element(0xa0, sha256), mask(sha256), element(0xa2, integer(32)), element(0xa3, integer(1))),
    ],
    [
      "a salt length that is the default and spelled out",
      parameters(element(0xa0, sha256), mask(sha256), element(0xa2, integer(20))),
    ],
    [
      "SHA-1 spelled out",
      parameters(element(0xa0, hash("1.3.14.3.2.26")), mask(sha256), element(0xa2, integer(32))),
    ],
    [
      "MGF1 over SHA-1 spelled out",
      parameters(element(0xa0, sha256), mask(hash("1.3.14.3.2.26")), element(0xa2, integer(32))),
    ],
    [
      "fields in the wrong order",
      parameters(mask(sha256), element(0xa0, sha256), element(0xa2, integer(32))),
    ],
    [
      "a salt length that is not minimal",
      parameters(element(0xa0, sha256), mask(sha256), element(0xa2, fromHex("02020020"))),
    ],
    [
      "a salt length that is negative",
      parameters(element(0xa0, sha256), mask(sha256), element(0xa2, fromHex("0201e0"))),
    ],
    [
      "another mask function",
      parameters(
        element(0xa0, sha256),
        element(0xa1, sequence(objectIdentifier("1.2.3"), sha256)),
        element(0xa2, integer(32)),
      ),
    ],
    [
      "a hash with other parameters",
      parameters(
        element(0xa0, sequence(objectIdentifier("2.16.840.1.101.3.4.2.1"), integer(0))),
        mask(sha256),
        element(0xa2, integer(32)),
      ),
    ],
    ["no parameters", sequence(objectIdentifier("1.2.840.113549.1.1.10"))],
    ["NULL for parameters", sequence(objectIdentifier("1.2.840.113549.1.1.10"), nullElement())],
  ])("is malformed with %s [4.3.3/14]", async (_, algorithm) => {
    const chain = [
      leaf({
        issuer: rsaRoot,
        outerAlgorithm: algorithm,
        bend: (fields) => {
          fields.signature = algorithm;
        },
      }),
    ];
    expect(await refusal({ chain, roots: [rsaRoot.der] })).toMatchObject(refused.malformed);
  });

  test("is refused with another hash for the mask, and with a salt of another length than the digest", async () => {
    for (const algorithm of [
      sequence(objectIdentifier("1.2.840.113549.1.1.10"), pssParameters("SHA-256", 32, "SHA-384")),
      pssAlgorithm("SHA-256", 31),
      pssAlgorithm("SHA-384", 32),
    ]) {
      const chain = [
        leaf({
          issuer: rsaRoot,
          outerAlgorithm: algorithm,
          bend: (fields) => {
            fields.signature = algorithm;
          },
        }),
      ];
      expect(await refusal({ chain, roots: [rsaRoot.der] })).toMatchObject(refused.unsupported);
    }
  });

  test("has the parameters of the key, if that has some [4.3.3/15]", async () => {
    const own = restrictedPssKey("sha256", 32);
    const issuer = authority("Restricted Root", { key: own });
    const roots = [issuer.der];
    expect((await judge({ chain: [leaf({ issuer })], roots })).verified).toBe(true);
    const other = [
      leaf({ issuer, bend: pssWith("SHA-384", 48), outerAlgorithm: pssAlgorithm("SHA-384", 48) }),
    ];
    expect(await refusal({ chain: other, roots })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("other RSASSA-PSS parameters than its issuer's key is restricted to"),
    });
    // A longer salt than the least one is another parameter too, although the signature would verify.
    const short = authority("Short Salt Root", { key: restrictedPssKey("sha256", 20) });
    expect(await refusal({ chain: [leaf({ issuer: short })], roots: [short.der] })).toMatchObject(
      refused.invalid,
    );
  });
});

describe("what a certificate may be used for", () => {
  test("a server's certificate with a purpose is for servers, or for anything", async () => {
    const withPurposes = (...purposes: readonly Purpose[]) =>
      leaf({
        extensions: [leafExtensions[2] as Uint8Array<ArrayBuffer>, extensions.extendedKeyUsage(...purposes)],
      });
    for (const purposes of [["serverAuth"], ["clientAuth", "serverAuth"], ["any"]] as const) {
      expect((await judge({ chain: [withPurposes(...purposes)] })).verified).toBe(true);
    }
    expect(await refusal({ chain: [withPurposes("clientAuth", "emailProtection")] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("may not be used for servers"),
    });
  });

  test("an issuer with a purpose is for issuing servers' certificates", async () => {
    const middle = authority("Mail CA", {
      issuer: root,
      more: [extensions.extendedKeyUsage("emailProtection")],
    });
    expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("CN=Mail CA may not be used for servers"),
    });
    const server = authority("Server CA", {
      issuer: root,
      more: [extensions.extendedKeyUsage("serverAuth")],
    });
    expect((await judge({ chain: [leaf({ issuer: server }), server.der] })).verified).toBe(true);
  });

  test("a key usage without digitalSignature leaves the handshake to refuse", async () => {
    const names = leafExtensions[2] as Uint8Array<ArrayBuffer>;
    const maySign = async (...list: readonly Uint8Array<ArrayBuffer>[]): Promise<boolean> =>
      (await judge({ chain: [leaf({ extensions: [names, ...list] })] })).maySign;
    expect(await maySign()).toBe(true);
    expect(await maySign(extensions.keyUsage("digitalSignature", "keyEncipherment"))).toBe(true);
    expect(await maySign(extensions.keyUsage("keyEncipherment"))).toBe(false);
  });

  test("an issuer is a certificate authority, and may sign certificates", async () => {
    const own = key("P-256", "Middle");
    const issuer = (...list: readonly Uint8Array<ArrayBuffer>[]): Parameters<typeof authority>[1] => ({
      issuer: root,
      key: own,
      extensions: list,
    });
    const cases = [
      [issuer(), "is no certificate authority"],
      [issuer(extensions.keyUsage("keyCertSign")), "is no certificate authority"],
      [issuer(extensions.basicConstraints(false)), "is no certificate authority"],
      [
        issuer(extensions.basicConstraints(true), extensions.keyUsage("digitalSignature", "cRLSign")),
        "may not sign certificates",
      ],
    ] as const;
    for (const [options, words] of cases) {
      const middle = authority("Middle", options);
      expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der] })).toMatchObject({
        ...refused.invalid,
        message: expect.stringContaining(`CN=Middle ${words}`),
      });
    }
    for (const critical of [true, false]) {
      const middle = authority("Middle", issuer(extensions.basicConstraints(true, undefined, critical)));
      expect((await judge({ chain: [leaf({ issuer: middle }), middle.der] })).verified).toBe(true);
    }
  });

  test("a root is a certificate authority, unless it is trusted for nobody but itself", async () => {
    const pinned = authority("Not a CA", { extensions: leafExtensions });
    expect(await refusal({ chain: [leaf({ issuer: pinned })], roots: [pinned.der] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("the trusted root CN=Not a CA is no certificate authority"),
    });
    expect((await judge({ chain: [pinned.der], roots: [pinned.der] })).verified).toBe(true);
    const mayNot = authority("May Not", {
      extensions: [extensions.basicConstraints(true), extensions.keyUsage("cRLSign")],
    });
    expect(await refusal({ chain: [leaf({ issuer: mayNot })], roots: [mayNot.der] })).toMatchObject(
      refused.invalid,
    );
  });

  test("a root of version 1 is trusted; any other certificate has version 3", async () => {
    const bend = (fields: { version: Uint8Array; extensions: Uint8Array }): void => {
      fields.version = new Uint8Array(0);
      fields.extensions = new Uint8Array(0);
    };
    const old = authority("V1 Root", { bend });
    expect((await judge({ chain: [leaf({ issuer: old })], roots: [old.der] })).verified).toBe(true);
    const issued = authority("V1 Server", { issuer: root, bend });
    expect(await refusal({ chain: [leaf({ issuer: issued })], roots: [issued.der] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("the trusted root CN=V1 Server is no certificate authority"),
    });
    expect(await refusal({ chain: [leaf({ bend })] })).toMatchObject({
      ...refused.unsupported,
      message: expect.stringContaining("X.509 version 1, where 3 is needed"),
    });
    const middle = authority("V1 Middle", { issuer: root, bend });
    expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der] })).toMatchObject(
      refused.unsupported,
    );
  });
});

describe("serial numbers", () => {
  test.each([
    ["negative", fromHex("0201ff")],
    ["longer than twenty bytes", integer(new Uint8Array(21).fill(0x7f))],
    ["longer than twenty bytes for its sign", integer(new Uint8Array(20).fill(0xff))],
  ])("%s are refused", async (_, serial) => {
    const bend = (fields: { serialNumber: Uint8Array }): void => {
      fields.serialNumber = serial;
    };
    expect(await refusal({ chain: [leaf({ bend })] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("negative or longer than 20 bytes"),
    });
    const middle = authority("Middle", { issuer: root, bend });
    expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der] })).toMatchObject(refused.invalid);
    const anchor = authority("Odd Root", { bend });
    expect((await judge({ chain: [leaf({ issuer: anchor })], roots: [anchor.der] })).verified).toBe(true);
  });
});

describe("critical extensions", () => {
  const unknown = extension("1.3.6.1.4.1.99999.7", octetString(), true);

  test("that are unknown are refused, in any certificate of the path [4.5.1.2/11]", async () => {
    expect(await refusal({ chain: [leaf({ extensions: [...leafExtensions, unknown] })] })).toMatchObject({
      ...refused.unsupported,
      message: expect.stringContaining("a critical extension that is not supported: 1.3.6.1.4.1.99999.7"),
    });
    const middle = authority("Middle", { issuer: root, more: [unknown] });
    expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der] })).toMatchObject(
      refused.unsupported,
    );
    const anchor = authority("Odd Root", { more: [unknown] });
    expect(await refusal({ chain: [leaf({ issuer: anchor })], roots: [anchor.der] })).toMatchObject(
      refused.unsupported,
    );
  });

  test.each([
    ["subjectKeyIdentifier", extension("2.5.29.14", octetString(), true)],
    ["authorityKeyIdentifier", extension("2.5.29.35", sequence(), true)],
    ["policyConstraints", extension("2.5.29.36", sequence(element(0x80, fromHex("00"))), true)],
    ["a TLS feature", extension("1.3.6.1.5.5.7.1.24", sequence(integer(5)), true)],
    ["the poison of a precertificate", extension("1.3.6.1.4.1.11129.2.4.3", nullElement(), true)],
  ])("that are known, but not done, are refused: %s", async (_, one) => {
    expect(await refusal({ chain: [leaf({ extensions: [...leafExtensions, one] })] })).toMatchObject(
      refused.unsupported,
    );
  });

  test("that are done are taken", async () => {
    const [usage, purpose] = leafExtensions as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
    const names = extension(
      "2.5.29.17",
      sequence(element(0x82, new TextEncoder().encode("a.example"))),
      true,
    );
    expect((await judge({ chain: [leaf({ extensions: [usage, purpose, names] })] })).verified).toBe(true);
    const policies = extension("2.5.29.32", sequence(sequence(objectIdentifier("1.2.3"))), true);
    const middle = authority("Middle", {
      issuer: root,
      extensions: [...authorityExtensions(key("P-256", "Middle"), root.key), policies],
    });
    expect((await judge({ chain: [leaf({ issuer: middle }), middle.der] })).verified).toBe(true);
  });
});

test("of several broken rules the one that stands first in their list is told, wherever it stands among them", () => {
  const names = ruleRows.map(([name]) => name);
  expect(firstOf(names)).toBe(names[0]);
  expect(firstOf(names.toReversed())).toBe(names[0]);
  expect(firstOf([])).toBeUndefined();
});
