import type { SignatureSchemeName } from "../src/crypto/signatureSchemes.ts";
import { DerCursor } from "../src/der/cursor.ts";
import { tags } from "../src/der/tags.ts";
import { integer, nullElement, objectIdentifier, octetString, sequence } from "../src/der/writer.ts";
import type { Bytes } from "../src/wire/bytes.ts";

/** Schemes that a TLS 1.3 server may not use, and this one can. */
export type MisusedScheme = "rsa_pkcs1_sha1" | "ecdsa_sha1";

/** Signs as a scheme says; {@link webCryptoSigner} makes one of a key. A salt length of your own makes RSASSA-PSS wrong. */
export type Sign = (
  scheme: SignatureSchemeName | MisusedScheme,
  content: Bytes,
  saltLength?: number,
) => Promise<Bytes>;

/** What a server shows and signs with. */
export interface ServerCredentials {
  /** DER, the server's own first. */
  readonly certificates: readonly Bytes[];
  /** The schemes that fit its key, in order of preference. */
  readonly schemes: readonly SignatureSchemeName[];
  readonly sign: Sign;
}

interface Recipe {
  readonly key: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly use: Readonly<Record<string, unknown>> & { readonly name: string };
  /** Bytes of a coordinate, where r ‖ s has to become DER. */
  readonly coordinate?: number;
}

const ecdsa = (namedCurve: string, hash: string, coordinate: number): Recipe => ({
  key: { name: "ECDSA", namedCurve },
  use: { name: "ECDSA", hash },
  coordinate,
});
const pss = (hash: string, saltLength: number): Recipe => ({
  key: { name: "RSA-PSS", hash },
  use: { name: "RSA-PSS", saltLength },
});
const pkcs1 = (hash: string): Recipe => ({
  key: { name: "RSASSA-PKCS1-v1_5", hash },
  use: { name: "RSASSA-PKCS1-v1_5" },
});

const recipes: Readonly<Record<SignatureSchemeName | MisusedScheme, Recipe>> = {
  ecdsa_secp256r1_sha256: ecdsa("P-256", "SHA-256", 32),
  ecdsa_secp384r1_sha384: ecdsa("P-384", "SHA-384", 48),
  ecdsa_secp521r1_sha512: ecdsa("P-521", "SHA-512", 66),
  ecdsa_sha1: ecdsa("P-256", "SHA-1", 32),
  ed25519: { key: { name: "Ed25519" }, use: { name: "Ed25519" } },
  rsa_pss_rsae_sha256: pss("SHA-256", 32),
  rsa_pss_rsae_sha384: pss("SHA-384", 48),
  rsa_pss_rsae_sha512: pss("SHA-512", 64),
  rsa_pss_pss_sha256: pss("SHA-256", 32),
  rsa_pss_pss_sha384: pss("SHA-384", 48),
  rsa_pss_pss_sha512: pss("SHA-512", 64),
  rsa_pkcs1_sha256: pkcs1("SHA-256"),
  rsa_pkcs1_sha384: pkcs1("SHA-384"),
  rsa_pkcs1_sha512: pkcs1("SHA-512"),
  rsa_pkcs1_sha1: pkcs1("SHA-1"),
};

/** A PKCS#8 private key as a signing function over WebCrypto. */
export function webCryptoSigner(pkcs8: Bytes): Sign {
  const { subtle } = globalThis.crypto;
  const imports = new Map<string, ReturnType<typeof subtle.importKey>>();
  return async (scheme, content, saltLength) => {
    const { key, use, coordinate } = recipes[scheme];
    let importing = imports.get(scheme);
    if (importing === undefined) {
      const bytes = key.name.startsWith("RSA") ? asRsaEncryption(pkcs8) : pkcs8;
      importing = subtle.importKey("pkcs8", bytes, key, false, ["sign"]);
      imports.set(scheme, importing);
    }
    const imported = await importing;
    const salted = saltLength === undefined || use.name !== "RSA-PSS" ? use : { ...use, saltLength };
    const signature = new Uint8Array(await subtle.sign(salted, imported, content));
    return coordinate === undefined ? signature : ecdsaDer(signature);
  };
}

/** r ‖ s, as WebCrypto gives it → Ecdsa-Sig-Value (RFC 3279 §2.2.3). */
function ecdsaDer(raw: Bytes): Bytes {
  const half = raw.length / 2;
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}

/** WebCrypto takes no key under id-RSASSA-PSS, so it is dressed as a plain RSA key. */
function asRsaEncryption(pkcs8: Bytes): Bytes {
  const info = new DerCursor(pkcs8).enter(tags.sequence);
  info.smallInteger();
  info.skip(tags.sequence);
  const key = info.contents(tags.octetString);
  return sequence(
    integer(0),
    sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullElement()),
    octetString(pkcs8.subarray(key.start, key.end)),
  );
}
