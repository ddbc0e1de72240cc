import type { PublicKey } from "../crypto/publicKey.ts";
import {
  handshakeSchemesFor,
  type SignatureSchemeName,
  signatureSchemes,
} from "../crypto/signatureSchemes.ts";

/** RFC 4055 §3.1: a key under id-RSASSA-PSS may be restricted to one hash, and to salts of some length. */
export function schemesFor(key: PublicKey): readonly SignatureSchemeName[] {
  const schemes = handshakeSchemesFor(key);
  if (key.kind !== "rsa-pss" || key.restriction === undefined) return schemes;
  const { hash, saltLength } = key.restriction;
  return schemes.filter((name) => {
    const { algorithm } = signatureSchemes[name];
    return algorithm.kind === "rsa-pss" && algorithm.hash === hash && algorithm.saltLength >= saltLength;
  });
}
