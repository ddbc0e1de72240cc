import { constants, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { HashName } from "../../src/crypto/hashName.ts";
import type { PublicKey } from "../../src/crypto/publicKey.ts";
import type { SignatureAlgorithm } from "../../src/crypto/signatureSchemes.ts";
import { type Bytes, copyOf, noBytes } from "../../src/wire/bytes.ts";
import { providers } from "./providers.ts";
import { publicKeyOf } from "./publicKeys.ts";

const hashNames = ["SHA-256", "SHA-384", "SHA-512"] as const satisfies readonly HashName[];
const digestLength = { "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 } as const;
const nodeName = (hash: HashName) => hash.replace("-", "").toLowerCase();

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherRsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 });
const restrictedPss = generateKeyPairSync("rsa-pss", {
  modulusLength: 2048,
  hashAlgorithm: "sha384",
  mgf1HashAlgorithm: "sha384",
  saltLength: 48 as unknown as string, // a number, whatever the types say
});
const ed25519 = generateKeyPairSync("ed25519");
const curves = ["P-256", "P-384", "P-521"] as const;
const ec = Object.fromEntries(
  curves.map((namedCurve) => [namedCurve, generateKeyPairSync("ec", { namedCurve })]),
) as unknown as Record<(typeof curves)[number], { publicKey: KeyObject; privateKey: KeyObject }>;

const message = Uint8Array.from({ length: 130 }, (_, i) => i);

const signPss = (key: KeyObject, hash: HashName, saltLength: number): Bytes =>
  copyOf(sign(nodeName(hash), message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }));
const signPlain = (key: KeyObject, hash: HashName | undefined): Bytes =>
  copyOf(sign(hash && nodeName(hash), message, key));

const algorithms = {
  pss: (hash: HashName, saltLength: number = digestLength[hash]): SignatureAlgorithm => ({
    kind: "rsa-pss",
    hash,
    saltLength,
  }),
  pkcs1: (hash: HashName): SignatureAlgorithm => ({ kind: "rsa-pkcs1", hash }),
  ecdsa: (hash: HashName): SignatureAlgorithm => ({ kind: "ecdsa", hash }),
  ed25519: { kind: "ed25519" } as SignatureAlgorithm,
};

const restriction = { hash: "SHA-384", saltLength: 48 } as const;

describe.each(providers)("%s provider", (_, provider) => {
  const verify = async (algorithm: SignatureAlgorithm, key: PublicKey, signature: Bytes, text = message) =>
    provider.verify(algorithm, key, text, signature);

  it("verifies rsa_pkcs1_sha256 [9.1/4]", async () => {
    const key = publicKeyOf(rsa.publicKey);
    const signature = signPlain(rsa.privateKey, "SHA-256");
    expect(await verify(algorithms.pkcs1("SHA-256"), key, signature)).toBe(true);
    expect(await verify(algorithms.pkcs1("SHA-384"), key, signature)).toBe(false);
  });

  it("verifies rsa_pss_rsae_sha256 [9.1/5]", async () => {
    const signature = signPss(rsa.privateKey, "SHA-256", 32);
    expect(await verify(algorithms.pss("SHA-256"), publicKeyOf(rsa.publicKey), signature)).toBe(true);
  });

  it("verifies ecdsa_secp256r1_sha256 [9.1/6]", async () => {
    const signature = signPlain(ec["P-256"].privateKey, "SHA-256");
    expect(await verify(algorithms.ecdsa("SHA-256"), publicKeyOf(ec["P-256"].publicKey), signature)).toBe(
      true,
    );
  });

  describe.each(hashNames)("with %s", (hash) => {
    const salt = digestLength[hash];

    it("takes a salt as long as the digest only, with a key under rsaEncryption [4.3.3/6]", async () => {
      const key = publicKeyOf(rsa.publicKey);
      expect(await verify(algorithms.pss(hash), key, signPss(rsa.privateKey, hash, salt))).toBe(true);
      for (const wrong of [0, salt - 1, salt + 1]) {
        expect(await verify(algorithms.pss(hash), key, signPss(rsa.privateKey, hash, wrong))).toBe(false);
      }
    });

    it("takes a salt as long as the digest only, with a key under id-RSASSA-PSS [4.3.3/10]", async () => {
      const key = publicKeyOf(pss.publicKey);
      expect(await verify(algorithms.pss(hash), key, signPss(pss.privateKey, hash, salt))).toBe(true);
      for (const wrong of [0, salt - 1, salt + 1]) {
        expect(await verify(algorithms.pss(hash), key, signPss(pss.privateKey, hash, wrong))).toBe(false);
      }
    });

    it("verifies PKCS#1 v1.5 and ECDSA over each curve, whatever the hash", async () => {
      const pkcs1 = signPlain(rsa.privateKey, hash);
      expect(await verify(algorithms.pkcs1(hash), publicKeyOf(rsa.publicKey), pkcs1)).toBe(true);
      for (const { publicKey, privateKey } of Object.values(ec)) {
        const key = publicKeyOf(publicKey);
        expect(await verify(algorithms.ecdsa(hash), key, signPlain(privateKey, hash))).toBe(true);
      }
    });
  });

  it("verifies Ed25519", async () => {
    const signature = signPlain(ed25519.privateKey, undefined);
    expect(await verify(algorithms.ed25519, publicKeyOf(ed25519.publicKey), signature)).toBe(true);
  });

  it("holds a key under id-RSASSA-PSS to the hash and the salt that its parameters name", async () => {
    const key = publicKeyOf(restrictedPss.publicKey, restriction);
    const signature = signPss(restrictedPss.privateKey, "SHA-384", 48);
    expect(await verify(algorithms.pss("SHA-384"), key, signature)).toBe(true);
    expect(await verify(algorithms.pss("SHA-384", 47), key, signature)).toBe(false);

    // The same key pair, used as if nothing restricted it.
    const free = privateKeyUnrestricted(restrictedPss.privateKey);
    expect(await verify(algorithms.pss("SHA-256"), key, signPss(free, "SHA-256", 32))).toBe(false);
    expect(await verify(algorithms.pss("SHA-384", 20), key, signPss(free, "SHA-384", 20))).toBe(false);
    expect(await verify(algorithms.pss("SHA-384", 49), key, signPss(free, "SHA-384", 49))).toBe(true);
    expect(await verify(algorithms.pkcs1("SHA-384"), key, signPlain(free, "SHA-384"))).toBe(false);
  });

  const signatures = [
    ["rsa-pss", algorithms.pss("SHA-256"), rsa.publicKey, signPss(rsa.privateKey, "SHA-256", 32)],
    ["rsa-pkcs1", algorithms.pkcs1("SHA-256"), rsa.publicKey, signPlain(rsa.privateKey, "SHA-256")],
    [
      "ecdsa",
      algorithms.ecdsa("SHA-256"),
      ec["P-256"].publicKey,
      signPlain(ec["P-256"].privateKey, "SHA-256"),
    ],
    ["ed25519", algorithms.ed25519, ed25519.publicKey, signPlain(ed25519.privateKey, undefined)],
  ] as const;

  it.each(signatures)(
    "%s: takes no other message and no changed signature",
    async (_, algorithm, publicKey, signature) => {
      const key = publicKeyOf(publicKey);
      expect(await verify(algorithm, key, signature)).toBe(true);
      expect(await verify(algorithm, key, signature, message.slice(1))).toBe(false);
      expect(await verify(algorithm, key, signature, noBytes)).toBe(false);
      const changed = copyOf(signature);
      const middle = signature.length >> 1;
      changed[middle] = (changed[middle] as number) ^ 1;
      expect(await verify(algorithm, key, changed)).toBe(false);
    },
  );

  it.each(signatures)(
    "%s: answers false to a signature of any length",
    async (_, algorithm, publicKey, signature) => {
      const key = publicKeyOf(publicKey);
      for (const length of [0, 1, 2, 63, 64, 65, 255, 256, 257, 1000]) {
        expect(await verify(algorithm, key, new Uint8Array(length))).toBe(false);
      }
      expect(await verify(algorithm, key, copyOf(signature.subarray(0, -1)))).toBe(false);
      expect(await verify(algorithm, key, Uint8Array.from([...signature, 0]))).toBe(false);
    },
  );

  it.each(signatures)(
    "%s: answers false for a key of another kind",
    async (_, algorithm, publicKey, signature) => {
      const others = [rsa, pss, ed25519, ...Object.values(ec)].map((pair) => pair.publicKey);
      for (const other of others.filter((each) => each !== publicKey)) {
        expect(await verify(algorithm, publicKeyOf(other), signature)).toBe(false);
      }
    },
  );

  it("answers false for bytes that are no key, each time", async () => {
    const signature = signatures[2][3];
    const { spki } = publicKeyOf(ec["P-256"].publicKey);
    const points = [noBytes, new Uint8Array(1), new Uint8Array(33).fill(2), new Uint8Array(65).fill(4)];
    for (const point of points) {
      for (const curve of curves) {
        const key: PublicKey = { spki, kind: "ec", curve, point };
        expect(await verify(algorithms.ecdsa("SHA-256"), key, signature)).toBe(false);
        expect(await verify(algorithms.ecdsa("SHA-256"), key, signature)).toBe(false);
      }
    }
    for (const bytes of [noBytes, new Uint8Array(31), new Uint8Array(33), new Uint8Array(32).fill(0xff)]) {
      const key: PublicKey = { spki, kind: "ed25519", key: bytes };
      expect(await verify(algorithms.ed25519, key, signatures[3][3])).toBe(false);
    }
    for (const modulus of [
      noBytes,
      new Uint8Array(1),
      new Uint8Array(8).fill(1),
      new Uint8Array(5000).fill(3),
    ]) {
      const key: PublicKey = { spki, kind: "rsa", modulus, exponent: new Uint8Array([3]) };
      expect(await verify(algorithms.pss("SHA-256"), key, signatures[0][3])).toBe(false);
      const keyOfPss: PublicKey = { ...key, kind: "rsa-pss", spki: noBytes, restriction: undefined };
      expect(await verify(algorithms.pss("SHA-256"), keyOfPss, signatures[0][3])).toBe(false);
    }
  });

  it("verifies with the key that it is handed, whatever SPKI stands beside it", async () => {
    const [right, wrong] = [publicKeyOf(rsa.publicKey), publicKeyOf(otherRsa.publicKey)];
    const [, algorithm, , signature] = signatures[0];
    expect(await verify(algorithm, { ...right, spki: noBytes }, signature)).toBe(true);
    expect(await verify(algorithm, { ...wrong, spki: noBytes }, signature)).toBe(false);
    expect(await verify(algorithm, { ...wrong, spki: right.spki }, signature)).toBe(false);
  });

  it("takes no compressed point, on any curve", async () => {
    for (const { publicKey, privateKey } of Object.values(ec)) {
      const key = publicKeyOf(publicKey);
      if (key.kind !== "ec") throw new Error("expected an EC key");
      const signature = signPlain(privateKey, "SHA-256");
      const point = copyOf(key.point.subarray(0, (key.point.length + 1) / 2));
      point[0] = 2 + ((key.point.at(-1) as number) & 1);
      expect(await verify(algorithms.ecdsa("SHA-256"), key, signature)).toBe(true);
      expect(await verify(algorithms.ecdsa("SHA-256"), { ...key, point }, signature)).toBe(false);
    }
  });

  it("takes a modulus with or without the zero that DER puts in front", async () => {
    const key = publicKeyOf(rsa.publicKey);
    if (key.kind !== "rsa") throw new Error("expected an RSA key");
    const padded = { ...key, modulus: Uint8Array.from([0, ...key.modulus]) };
    expect(await verify(signatures[0][1], padded, signatures[0][3])).toBe(true);
  });

  it("takes many keys in turn", async () => {
    const pairs = Array.from({ length: 70 }, () => generateKeyPairSync("ed25519"));
    const signed = pairs.map(({ publicKey, privateKey }) => ({
      key: publicKeyOf(publicKey),
      signature: signPlain(privateKey, undefined),
    }));
    for (let round = 0; round < 2; round++) {
      for (const { key, signature } of signed) {
        expect(await verify(algorithms.ed25519, key, signature)).toBe(true);
      }
    }
  });
});

/** The private key of an RSASSA-PSS pair under rsaEncryption, where it is free to sign with any hash. */
function privateKeyUnrestricted(key: KeyObject): KeyObject {
  const der = key.export({ format: "der", type: "pkcs8" });
  // The PKCS#1 key begins with its version and the modulus of 2048 bits.
  const start = der.indexOf(Buffer.from("0201000282010100", "hex"));
  return createPrivateKey({ key: der.subarray(start - 4), format: "der", type: "pkcs1" });
}
