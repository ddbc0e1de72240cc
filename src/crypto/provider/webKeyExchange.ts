import { type Bytes, copyOf } from "../../wire/bytes.ts";
import { onDemand } from "../../wire/onDemand.ts";
import { type CurveGroup, groups } from "../groups.ts";
import type { Agreement, CryptoProvider, KeyExchange, KeyShare } from "../provider.ts";
import type { Curve } from "../publicKey.ts";
import { curveOf, pkcs8 } from "./keyEncoding.ts";
import { probe } from "./probe.ts";
import { hasShareFormat, shareFault, x25519Agreement } from "./shareFormat.ts";
import type { Subtle, WebKey } from "./webCrypto.ts";

const portableCurves = onDemand(() => import("./portable/curves.ts"));

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

/** Key exchange (RFC 9846 §7.4.2) by WebCrypto or, where that lacks the curve, in JavaScript. */
export function webKeyExchange(
  subtle: Subtle,
  group: CurveGroup,
  random: CryptoProvider["random"],
): KeyExchange {
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
