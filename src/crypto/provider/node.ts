import crypto, { type JsonWebKey, type KeyObject } from "node:crypto";
import { type Bytes, copyOf } from "../../wire/bytes.ts";
import type { HashName } from "../hashName.ts";
import type { Agreement, CryptoProvider, Hash, KeyExchange, KeyShare, RunningHash } from "../provider.ts";
import type { Curve, PublicKey } from "../publicKey.ts";
import type { SignatureAlgorithm } from "../signatureSchemes.ts";
import { hybridKeyExchanges } from "./hybrid.ts";
import { importedKeys } from "./importedKeys.ts";
import { curveOf, type EcGroup, ecSpki, pkcs8, rsaPkcs1 } from "./keyEncoding.ts";
import { aeads } from "./nodeAeads.ts";
import { nodeMlKem } from "./nodeMlKem.ts";
import { hasShareFormat, shareFault, x25519Agreement } from "./shareFormat.ts";
import { signatureFits } from "./signatureFit.ts";
import type { Subtle } from "./webCrypto.ts";
import { webKeyExchange } from "./webKeyExchange.ts";

// Hashes

/** The hashes, as node:crypto calls them. */
export const digestNames = { "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" } as const;

// The runtimes that imitate node:crypto may lack it.
const oneShot: typeof crypto.hash | undefined = crypto.hash;

// A digest leaves node:crypto cheaper as a string than as a Buffer: the Buffer costs more than the hash of a short message.
// The types know this encoding by its older name only, which costs more again.
const latin1 = "latin1" as "binary";

function fromLatin1(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function runningHash(running: crypto.Hash): RunningHash {
  return {
    update(bytes) {
      running.update(bytes);
    },
    digest: () => fromLatin1(running.copy().digest(latin1)),
    copy: () => runningHash(running.copy()),
  };
}

const digestOf =
  oneShot === undefined
    ? (algorithm: string, bytes: Uint8Array) =>
        fromLatin1(crypto.createHash(algorithm).update(bytes).digest(latin1))
    : (algorithm: string, bytes: Uint8Array) => fromLatin1(oneShot(algorithm, bytes, latin1));

type Hmac = (key: Uint8Array, message: Uint8Array) => Bytes;

/** RFC 2104 over two one-shot hashes, at half the cost of createHmac (a seventh on Node 24, which fetches the digest anew). */
function hmacByOneShotHashes(
  hash: NonNullable<typeof oneShot>,
  algorithm: string,
  blockLength: number,
  length: number,
): Hmac {
  // Room for the labels of the key schedule, kept because allocating it costs as much as hashing. Filled and wiped within
  // one synchronous call, so that calls can't meet in it and nothing of a key stays in it.
  const scratch = new Uint8Array(blockLength + 512);
  const outer = new Uint8Array(blockLength + length);
  // The key schedule hashes few lengths, each several times a handshake, and a view costs a quarter of the hash.
  const views: (Uint8Array | undefined)[] = new Array(scratch.length + 1);
  const beginning = (end: number): Uint8Array => {
    views[end] ??= scratch.subarray(0, end);
    return views[end];
  };
  return (key, message) => {
    const used = key.length > blockLength ? digestOf(algorithm, key) : key;
    const innerLength = blockLength + message.length;
    const inner = innerLength <= scratch.length ? scratch : new Uint8Array(innerLength);
    inner.fill(0x36, 0, blockLength);
    outer.fill(0x5c, 0, blockLength);
    for (let i = 0; i < used.length; i++) {
      const byte = used[i] as number;
      inner[i] = byte ^ 0x36;
      outer[i] = byte ^ 0x5c;
    }
    inner.set(message, blockLength);
    const innerDigest = hash(algorithm, inner === scratch ? beginning(innerLength) : inner, latin1);
    for (let i = 0; i < length; i++) outer[blockLength + i] = innerDigest.charCodeAt(i);
    const mac = fromLatin1(hash(algorithm, outer, latin1));
    inner.fill(0, 0, innerLength);
    outer.fill(0);
    return mac;
  };
}

function hash(name: HashName, length: number, blockLength: number): Hash {
  const algorithm = digestNames[name];
  return {
    name,
    length,
    start: () => runningHash(crypto.createHash(algorithm)),
    digest: (bytes) => digestOf(algorithm, bytes),
    hmac:
      oneShot === undefined
        ? (key, message) => fromLatin1(crypto.createHmac(algorithm, key).update(message).digest(latin1))
        : hmacByOneShotHashes(oneShot, algorithm, blockLength, length),
  };
}

// Key exchange (RFC 9846 §7.4.2)

/** Of a part of some bytes, without a view of it. */
const base64url = (bytes: Uint8Array, start = 0, end = bytes.length): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url", start, end);

/** The secret in memory of its own; what the runtime handed out is wiped. */
function taken(secret: Buffer): Bytes {
  const own = copyOf(secret);
  secret.fill(0);
  return own;
}

// Keys as JWK in and out: an X25519 exchange by way of DER costs three times as much on Node 20.
function x25519Share(privateKey: KeyObject, { x }: JsonWebKey): KeyShare {
  return {
    publicKey: copyOf(Buffer.from(x as string, "base64url")),
    agree(peerPublicKey): Agreement {
      if (!hasShareFormat("x25519", peerPublicKey)) return shareFault("length");
      const peer = crypto.createPublicKey({
        key: { kty: "OKP", crv: "X25519", x: base64url(peerPublicKey) },
        format: "jwk",
      });
      try {
        return x25519Agreement(taken(crypto.diffieHellman({ privateKey, publicKey: peer })));
      } catch {
        // Every 32 bytes are an X25519 key; OpenSSL and BoringSSL themselves refuse a secret of zeros.
        return shareFault("zero");
      }
    },
  };
}

type X25519Pair = { readonly privateKey: KeyObject; readonly publicKey: JsonWebKey };

/**
 * With the public half as the generation itself exports it. Before Node 22.12 the whole process can stand still for ever in the
 * export of a key that was generated before: the export holds the key's lock while it makes strings, and should the collector
 * then run, it takes away what is left of the key's generation, which waits for the same lock. While it generates it is not
 * taken away.
 */
function x25519Pair(): X25519Pair {
  const asJwk = { publicKeyEncoding: { format: "jwk" } };
  return crypto.generateKeyPairSync("x25519", asJwk as object) as unknown as X25519Pair;
}

/** As the runtimes that imitate node:crypto may have it, which know no lock either. */
function x25519PairOfObjects(): X25519Pair {
  const { privateKey, publicKey } = crypto.generateKeyPairSync("x25519");
  return { privateKey, publicKey: publicKey.export({ format: "jwk" }) as JsonWebKey };
}

function exportsWhatItGenerates(): boolean {
  try {
    return typeof x25519Pair().publicKey.x === "string";
  } catch {
    return false;
  }
}

const generateX25519 = exportsWhatItGenerates() ? x25519Pair : x25519PairOfObjects;

const x25519: KeyExchange = {
  name: "x25519",
  generate() {
    const { privateKey, publicKey } = generateX25519();
    return x25519Share(privateKey, publicKey);
  },
  fromPrivateKey(privateKey) {
    const key = crypto.createPrivateKey({
      key: Buffer.from(pkcs8("x25519", privateKey)),
      format: "der",
      type: "pkcs8",
    });
    return x25519Share(key, crypto.createPublicKey(key).export({ format: "jwk" }) as JsonWebKey);
  },
};

const ecdhNames: Readonly<Record<EcGroup, string>> = {
  secp256r1: "prime256v1",
  secp384r1: "secp384r1",
  secp521r1: "secp521r1",
};

// ECDH objects: with KeyObjects, P-256 costs twice as much on Node 20, because the peer's point is checked a second time.
function ecShare(name: EcGroup, ecdh: crypto.ECDH): KeyShare {
  return {
    publicKey: copyOf(ecdh.getPublicKey()),
    agree(peerPublicKey): Agreement {
      if (!hasShareFormat(name, peerPublicKey)) return shareFault("length");
      try {
        return { ok: true, secret: taken(ecdh.computeSecret(peerPublicKey)) };
      } catch {
        return shareFault("point");
      }
    },
  };
}

/** By WebCrypto or in JavaScript where node:crypto has no ECDH over this curve (P-521 in Deno's). */
function ecKeyExchange(name: EcGroup): KeyExchange {
  try {
    crypto.createECDH(ecdhNames[name]);
  } catch {
    const { subtle } = crypto.webcrypto as unknown as { readonly subtle: Subtle };
    return webKeyExchange(subtle, name, random);
  }
  return {
    name,
    generate() {
      const ecdh = crypto.createECDH(ecdhNames[name]);
      ecdh.generateKeys();
      return ecShare(name, ecdh);
    },
    fromPrivateKey(privateKey) {
      const ecdh = crypto.createECDH(ecdhNames[name]);
      ecdh.setPrivateKey(privateKey);
      return ecShare(name, ecdh);
    },
  };
}

// Signatures

/** A key, or what will be one. */
interface Imported {
  key: KeyObject | undefined;
  readonly pending: Promise<KeyObject> | undefined;
}

function startImport(key: PublicKey): Imported {
  // Each in the form that Node 20 reads fastest: RSA as SPKI costs fifty times as much, Ed25519 ten.
  switch (key.kind) {
    case "rsa":
    case "rsa-pss": {
      // The numbers alone: BoringSSL (Bun) refuses id-RSASSA-PSS, and signatureFits holds a key to its restriction.
      const { buffer } = rsaPkcs1(key.modulus, key.exponent);
      const numbers = Buffer.from(buffer);
      const rsa = crypto.createPublicKey({ key: numbers, format: "der", type: "pkcs1" });
      return { key: rsa, pending: undefined };
    }
    case "ed25519": {
      const jwk = { kty: "OKP", crv: "Ed25519", x: base64url(key.key) };
      return { key: crypto.createPublicKey({ key: jwk, format: "jwk" }), pending: undefined };
    }
    case "ec": {
      if (key.curve === "P-256") return { key: importP256(key.point), pending: undefined };
      const pending = importPoint(key.curve, key.point);
      const imported: Imported = { key: undefined, pending };
      pending.then(
        (done) => {
          imported.key = done;
        },
        () => {}, // who waits for it is told
      );
      return imported;
    }
  }
}

/** JWK is cheapest where looking at a point's order once more costs little, as it does on this curve only. */
function importP256(point: Bytes): KeyObject {
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: base64url(point, 1, 33),
    y: base64url(point, 33),
  };
  return crypto.createPublicKey({ key: jwk, format: "jwk" });
}

/**
 * A point by way of WebCrypto, which alone takes it as it is: it has to be on its curve, and on these curves nothing else
 * can be wrong with it. As SPKI it costs twice as much, as JWK up to twenty times, for its order is looked at again.
 */
async function importPoint(curve: Curve, point: Bytes): Promise<KeyObject> {
  try {
    const algorithm = { name: "ECDSA", namedCurve: curve };
    return crypto.KeyObject.from(await crypto.subtle.importKey("raw", point, algorithm, false, ["verify"]));
  } catch {
    // No point of the curve, or a runtime that imitates node:crypto and does not turn one kind of key into the other.
    return crypto.createPublicKey({ key: Buffer.from(ecSpki(curve, point)), format: "der", type: "spki" });
  }
}

const imported = importedKeys<Imported>();

/** At once, but where the key is on one of the larger curves and was not seen before. */
function verify(
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean | Promise<boolean> {
  if (!signatureFits(algorithm, key)) return false;
  let found: Imported;
  try {
    found = imported(key, "", () => startImport(key));
  } catch {
    return false; // bytes that are no key
  }
  if (found.key !== undefined) return verifyWith(found.key, algorithm, message, signature);
  return (found.pending as Promise<KeyObject>).then(
    (done) => verifyWith(done, algorithm, message, signature),
    () => false,
  );
}

function verifyWith(
  key: KeyObject,
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const digest = algorithm.kind === "ed25519" ? null : digestNames[algorithm.hash];
  try {
    return crypto.verify(digest, message, verifyOptions(algorithm, key), signature);
  } catch {
    return false; // a key too small for the padding
  }
}

function verifyOptions(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
): KeyObject | crypto.VerifyKeyObjectInput {
  switch (algorithm.kind) {
    case "rsa-pss":
      // MGF1 runs over the same hash, which is the default.
      return { key, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength };
    // PKCS #1 v1.5 is the default of a key that was imported under rsaEncryption, as all are.
    default:
      return key;
  }
}

const random = (length: number): Bytes => crypto.randomFillSync(new Uint8Array(length));

const curves: readonly KeyExchange[] = [x25519, ...(Object.keys(curveOf) as EcGroup[]).map(ecKeyExchange)];

/** The primitives of node:crypto, synchronous but for the import of points of the larger curves, and for what fills its gaps. */
export const defaultProvider: CryptoProvider = {
  name: "node",
  random,
  now: Date.now,
  hashes: {
    "SHA-256": hash("SHA-256", 32, 64),
    "SHA-384": hash("SHA-384", 48, 128),
    "SHA-512": hash("SHA-512", 64, 128),
  },
  aeads,
  keyExchanges: [...curves, ...hybridKeyExchanges(curves, (name) => nodeMlKem(name, random))],
  verify,
};
