import type { KeyObject } from "node:crypto";
import type { Curve, PssRestriction, PublicKey } from "../../src/crypto/publicKey.ts";
import { concat, copyOf, fromHex, toHex } from "../../src/wire/bytes.ts";

const fromBase64url = (text: string | undefined) => copyOf(Buffer.from(text ?? "", "base64url"));

/** What parsing a key's SPKI would give, taken from its JWK so that these tests need no parser. */
export function publicKeyOf(key: KeyObject, restriction?: PssRestriction): PublicKey {
  const spki = copyOf(key.export({ format: "der", type: "spki" }));
  if (key.asymmetricKeyType === "rsa-pss") {
    // 2048 bits, the exponent 65537: the form of the key is known, and node:crypto makes no JWK of it.
    const [, modulus] = /02820101(00[0-9a-f]{512})0203010001$/.exec(toHex(spki)) ?? [];
    if (modulus === undefined) throw new Error("not the key that was expected");
    return { spki, kind: "rsa-pss", modulus: fromHex(modulus), exponent: fromHex("010001"), restriction };
  }
  const jwk = key.export({ format: "jwk" });
  switch (jwk.kty) {
    case "RSA":
      return { spki, kind: "rsa", modulus: fromBase64url(jwk.n), exponent: fromBase64url(jwk.e) };
    case "EC": {
      const point = concat(new Uint8Array([4]), fromBase64url(jwk.x), fromBase64url(jwk.y));
      return { spki, kind: "ec", curve: jwk.crv as Curve, point };
    }
    case "OKP":
      return { spki, kind: "ed25519", key: fromBase64url(jwk.x) };
    default:
      throw new Error(`no public key of type ${jwk.kty}`);
  }
}
