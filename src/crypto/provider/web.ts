import { type Bytes, copyOf } from "../../wire/bytes.ts";
import { localError } from "../../wire/error.ts";
import { onDemand } from "../../wire/onDemand.ts";
import type { AeadName } from "../cipherSuites.ts";
import { type CurveGroup, groups } from "../groups.ts";
import type { Aead, Agreement, AsyncAeadKey, CryptoProvider, KeyExchange, KeyShare } from "../provider.ts";
import type { Curve, PublicKey } from "../publicKey.ts";
import type { SignatureAlgorithm } from "../signatureSchemes.ts";
import { ecdsaSignatureFromDer } from "./ecdsaSignature.ts";
import { hybridKeyExchanges } from "./hybrid.ts";
import { importedKeys } from "./importedKeys.ts";
import { coordinateLength, curveOf, type EcGroup, pkcs8, rsaSpki } from "./keyEncoding.ts";
import { portableHashes } from "./portable/hashes.ts";
import { type Probe, probe } from "./probe.ts";
import { hasShareFormat, shareFault, x25519Agreement } from "./shareFormat.ts";
import { signatureFits } from "./signatureFit.ts";
import type { Subtle, WebCrypto, WebKey } from "./webCrypto.ts";
import { webMlKem } from "./webMlKem.ts";

// Whether a runtime has a primitive is found out by using it once, never guessed from the runtime's name; what is missing
// comes from portable/. Only an attempt that can't fail for another reason says so.

// Loaded when it is needed: most runtimes lack little of it, and it weighs as much as all the rest.
const portableAeads = onDemand(() => import("./portable/aeads.ts"));
const portableCurves = onDemand(() => import("./portable/curves.ts"));
const portableRsa = onDemand(() => import("./portable/rsa.ts"));

// AEADs

const tagLength = 16;

function aeadKey(subtle: Subtle, name: string, key: WebKey): AsyncAeadKey {
  const parameters = (iv: Bytes, additionalData: Bytes) => ({
    name,
    iv,
    additionalData,
    tagLength: 8 * tagLength,
  });
  return {
    async open(nonce, additionalData, sealed) {
      if (sealed.length < tagLength) return undefined;
      try {
        return new Uint8Array(await subtle.decrypt(parameters(nonce, additionalData), key, sealed));
      } catch {
        // OperationError; a record that was opened ahead may have nobody who awaits a rejection.
        return undefined;
      }
    },
    seal: async (nonce, additionalData, plaintext) =>
      new Uint8Array(await subtle.encrypt(parameters(nonce, additionalData), key, plaintext)),
  };
}

const aeadUsages = ["encrypt", "decrypt"];

/** @param importNative which can't fail but where there is no such cipher */
function aead(name: AeadName, keyLength: number, importNative: (key: Bytes) => Promise<AsyncAeadKey>): Aead {
  const hasNative = probe(() => importNative(new Uint8Array(keyLength)));
  return {
    name,
    sync: false,
    importKey: async (key) => {
      const own = copyOf(key); // the caller may wipe its own while the probe runs
      if (await hasNative()) return importNative(own);
      return (await portableAeads()).portableAeadKey(name, own);
    },
  };
}

function aeadsOf(subtle: Subtle): readonly Aead[] {
  const aesGcm = async (key: Bytes) =>
    aeadKey(subtle, "AES-GCM", await subtle.importKey("raw", key, { name: "AES-GCM" }, false, aeadUsages));
  const chacha20 = "ChaCha20-Poly1305";
  return [
    aead("AES-128-GCM", 16, aesGcm),
    aead("AES-256-GCM", 32, aesGcm),
    aead(chacha20, 32, async (key) =>
      // `raw` is for the algorithms of old: a ChaCha20 key has a format of its own.
      aeadKey(
        subtle,
        chacha20,
        await subtle.importKey("raw-secret", key, { name: chacha20 }, false, aeadUsages),
      ),
    ),
  ];
}

// Key exchange (RFC 9846 §7.4.2)

interface NativeExchange {
  readonly algorithm: { readonly name: string; readonly namedCurve?: Curve };
  readonly secretBits: number;
  /** What the peer did where WebCrypto refuses its share: a DataError or an OperationError, by the runtime's taste. */
  readonly fault: "point" | "zero";
}

function nativeExchange(group: CurveGroup): NativeExchange {
  return group === "x25519"
    ? { algorithm: { name: "X25519" }, secretBits: 256, fault: "zero" }
    : {
        algorithm: { name: "ECDH", namedCurve: curveOf[group] },
        secretBits: 4 * (groups[group].shareLength - 1),
        fault: "point",
      };
}

function keyExchange(subtle: Subtle, group: CurveGroup, random: CryptoProvider["random"]): KeyExchange {
  const { algorithm, secretBits, fault } = nativeExchange(group);
  const newPair = () => subtle.generateKey(algorithm, false, ["deriveBits"]);
  const hasNative = probe(newPair);

  const share = (privateKey: WebKey, publicKey: Bytes): KeyShare => ({
    publicKey,
    async agree(peerPublicKey): Promise<Agreement> {
      if (!hasShareFormat(group, peerPublicKey)) return shareFault("length");
      try {
        const peer = await subtle.importKey("raw", peerPublicKey, algorithm, false, []);
        const secret = new Uint8Array(
          await subtle.deriveBits({ name: algorithm.name, public: peer }, privateKey, secretBits),
        );
        return group === "x25519" ? x25519Agreement(secret) : { ok: true, secret };
      } catch {
        return shareFault(fault);
      }
    },
  });

  return {
    name: group,
    async generate() {
      if (!(await hasNative())) return (await portableCurves()).newPortableShare(group, random);
      const { privateKey, publicKey } = await newPair();
      return share(privateKey, new Uint8Array(await subtle.exportKey("raw", publicKey)));
    },
    async fromPrivateKey(privateKey) {
      const own = copyOf(privateKey);
      const { portablePublicKey, portableShare } = await portableCurves();
      if (!(await hasNative())) return portableShare(group, own);
      const key = await subtle.importKey("pkcs8", pkcs8(group, own), algorithm, false, ["deriveBits"]);
      // WebCrypto doesn't derive a public key from a private one.
      return share(key, portablePublicKey(group, own));
    },
  };
}

// Signatures

type Verify = CryptoProvider["verify"];

function signatures(subtle: Subtle): Verify {
  // Undefined where the bytes are no key: a peer's doing, so an answer, not an exception.
  const imported = importedKeys<Promise<WebKey | undefined>>();

  async function verifyNatively(
    key: PublicKey,
    form: "raw" | "spki",
    bytes: () => Bytes,
    keyAlgorithm: Parameters<Subtle["importKey"]>[2],
    algorithm: Parameters<Subtle["verify"]>[0],
    message: Uint8Array,
    signature: Uint8Array,
  ): Promise<boolean> {
    const variant = `${keyAlgorithm.name}/${keyAlgorithm["hash"]}`;
    const handle = await imported(key, variant, () =>
      subtle.importKey(form, bytes(), keyAlgorithm, false, ["verify"]).catch(() => undefined),
    );
    if (handle === undefined) return false;
    return subtle.verify(algorithm, handle, signature, message).catch(() => false);
  }

  const ecdsa = (namedCurve: Curve) => ({ name: "ECDSA", namedCurve });
  const hasEcdsa = Object.fromEntries(
    Object.values(curveOf).map((curve) => [
      curve,
      probe(() => subtle.generateKey(ecdsa(curve), false, ["sign", "verify"])),
    ]),
  ) as Record<Curve, Probe>;
  const ed25519 = { name: "Ed25519" };
  const hasEd25519 = probe(() => subtle.generateKey(ed25519, false, ["sign", "verify"]));
  // A key that only looks like one: to make a pair takes a hundred times as long.
  const anyRsa = rsaSpki(new Uint8Array(256).fill(0xff), new Uint8Array([1, 0, 1]));
  const hasRsa = probe(() =>
    subtle.importKey("spki", anyRsa, { name: "RSA-PSS", hash: "SHA-256" }, false, ["verify"]),
  );

  return async (algorithm: SignatureAlgorithm, key, message, signature) => {
    if (!signatureFits(algorithm, key)) return false;
    switch (key.kind) {
      case "ec": {
        if (algorithm.kind !== "ecdsa") return false;
        const { hash } = algorithm;
        const { curve, point } = key;
        const raw = ecdsaSignatureFromDer(signature, coordinateLength[curve]);
        if (raw === undefined) return false;
        if (!(await hasEcdsa[curve]())) {
          return (await portableCurves()).portableEcdsaVerify(curve, hash, point, message, raw);
        }
        const use = { name: "ECDSA", hash };
        return verifyNatively(key, "raw", () => point, ecdsa(curve), use, message, raw);
      }
      case "ed25519":
        if (!(await hasEd25519())) {
          return (await portableCurves()).portableEd25519Verify(key.key, message, signature);
        }
        return verifyNatively(key, "raw", () => key.key, ed25519, ed25519, message, signature);
      case "rsa":
      case "rsa-pss": {
        if (algorithm.kind !== "rsa-pss" && algorithm.kind !== "rsa-pkcs1") return false;
        const { modulus, exponent } = key;
        if (!(await hasRsa())) {
          return (await portableRsa()).portableRsaVerify(algorithm, modulus, exponent, message, signature);
        }
        const name = algorithm.kind === "rsa-pss" ? "RSA-PSS" : "RSASSA-PKCS1-v1_5";
        const keyAlgorithm = { name, hash: algorithm.hash };
        const use = algorithm.kind === "rsa-pss" ? { name, saltLength: algorithm.saltLength } : { name };
        // WebCrypto refuses an SPKI under id-RSASSA-PSS, so that the key is dressed anew.
        const spki = () => rsaSpki(modulus, exponent);
        return verifyNatively(key, "spki", spki, keyAlgorithm, use, message, signature);
      }
    }
  };
}

/**
 * A provider over a WebCrypto, asynchronous but for its hashes, which WebCrypto can't read while they run. Whatever the WebCrypto
 * lacks is filled in, but for the random generator: nothing can stand in for that.
 */
export function webProvider(crypto: Partial<WebCrypto>): CryptoProvider {
  // Pages that came without TLS have none, nor has React Native.
  const subtle = crypto.subtle ?? ({} as Subtle);
  const all = aeadsOf(subtle);
  // What a record costs natively is the way there and back, not the cipher's work; in JavaScript ChaCha20 is the faster
  // one, and the only one whose time does not depend on the key.
  const aeads = crypto.subtle === undefined ? [...all].reverse() : all;
  const exchanged: readonly CurveGroup[] = ["x25519", ...(Object.keys(curveOf) as EcGroup[])];
  const random = (length: number): Bytes => {
    if (crypto.getRandomValues === undefined) {
      const why =
        "expected globalThis.crypto.getRandomValues before this library is loaded, and there is none";
      throw localError("internal_error", `this runtime can't make keys: ${why}`);
    }
    return crypto.getRandomValues(new Uint8Array(length));
  };
  const curves = exchanged.map((group) => keyExchange(subtle, group, random));
  return {
    name: "web",
    random,
    now: Date.now,
    hashes: portableHashes,
    aeads: () => aeads,
    keyExchanges: [...curves, ...hybridKeyExchanges(curves, (name) => webMlKem(subtle, name, random))],
    verify: signatures(subtle),
  };
}

export const defaultProvider: CryptoProvider = webProvider(
  (globalThis.crypto ?? {}) as unknown as Partial<WebCrypto>,
);
