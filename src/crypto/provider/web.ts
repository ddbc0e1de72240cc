import type { Bytes } from "../../wire/bytes.ts";
import { localError } from "../../wire/error.ts";
import { onDemand } from "../../wire/onDemand.ts";
import type { CurveGroup } from "../groups.ts";
import type { CryptoProvider } from "../provider.ts";
import type { Curve, PublicKey } from "../publicKey.ts";
import type { SignatureAlgorithm } from "../signatureSchemes.ts";
import { ecdsaSignatureFromDer } from "./ecdsaSignature.ts";
import { hybridKeyExchanges } from "./hybrid.ts";
import { importedKeys } from "./importedKeys.ts";
import { coordinateLength, curveOf, type EcGroup, rsaSpki } from "./keyEncoding.ts";
import { portableHashes } from "./portable/hashes.ts";
import { type Probe, probe } from "./probe.ts";
import { signatureFits } from "./signatureFit.ts";
import { webAeads } from "./webAeads.ts";
import type { Subtle, WebCrypto, WebKey } from "./webCrypto.ts";
import { webKeyExchange } from "./webKeyExchange.ts";
import { webMlKem } from "./webMlKem.ts";

// Whether a runtime has a primitive is found out by using it once, never guessed from the runtime's name; what is missing
// comes from portable/. Only an attempt that can't fail for another reason says so.

// Loaded when it is needed: most runtimes lack little of it, and it weighs as much as all the rest.
const portableCurves = onDemand(() => import("./portable/curves.ts"));
const portableRsa = onDemand(() => import("./portable/rsa.ts"));

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
  const all = webAeads(subtle);
  // Natively in this order, and not measured: what a record costs is the way there and back, not the cipher's work. One of
  // 16 KiB takes with AES-128-GCM and with ChaCha20-Poly1305 21 and 26 µs in Chromium, 10 and 15 in Bun, 30 and 31 in Node 24,
  // and in Deno 22 and 15; and who lacks one natively lacks ChaCha20. In JavaScript ChaCha20 is the faster one, and the only
  // one whose time does not depend on the key.
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
  const curves = exchanged.map((group) => webKeyExchange(subtle, group, random));
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
