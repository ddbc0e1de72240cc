import type { PublicKey } from "../publicKey.ts";
import type { SignatureAlgorithm } from "../signatureSchemes.ts";
import { coordinateLength } from "./keyEncoding.ts";

/**
 * Whether signatures of such an algorithm are made with such a key. Decided here and not left to the runtimes: none of
 * them sees what a key under id-RSASSA-PSS is restricted to (RFC 4055 §3.1; such a key signs nothing but PSS), and they
 * differ in the forms of a point that they take (RFC 5480 §2.2 leaves all but the uncompressed to choice).
 */
export function signatureFits(algorithm: SignatureAlgorithm, key: PublicKey): boolean {
  switch (algorithm.kind) {
    case "ecdsa":
      return (
        key.kind === "ec" && key.point[0] === 4 && key.point.length === 1 + 2 * coordinateLength[key.curve]
      );
    case "ed25519":
      return key.kind === "ed25519";
    case "rsa-pkcs1":
      return key.kind === "rsa";
    case "rsa-pss":
      if (key.kind !== "rsa-pss") return key.kind === "rsa";
      return (
        key.restriction === undefined ||
        (key.restriction.hash === algorithm.hash && algorithm.saltLength >= key.restriction.saltLength)
      );
  }
}
