import type { Bytes } from "../../wire/bytes.ts";
import type { HashName } from "../hashName.ts";
import type { PrivateKey } from "../privateKey.ts";
import { type SignatureAlgorithm, type SignatureSchemeName, signatureSchemes } from "../signatureSchemes.ts";
import { ecdsaSignatureToDer } from "./ecdsaSignature.ts";
import type { Subtle, WebKey } from "./webCrypto.ts";

/** Signs the content, which is not hashed yet; an ECDSA signature is DER (RFC 9846 §4.3.3). */
export type WebSigner = (scheme: SignatureSchemeName, content: Bytes) => Promise<Bytes>;

/** The algorithm of a CryptoKey, as far as schemes depend on it. */
export interface WebKeyAlgorithm {
  readonly name: string;
  readonly hash?: { readonly name: string };
  readonly namedCurve?: string;
}

/** Whether WebCrypto lets a key of this algorithm sign so: an RSA key is bound to one padding and one hash. */
export function webKeySigns({ name, hash }: WebKeyAlgorithm, scheme: SignatureSchemeName): boolean {
  const { algorithm } = signatureSchemes[scheme];
  switch (algorithm.kind) {
    case "ecdsa":
      return name === "ECDSA";
    case "ed25519":
      return name === "Ed25519";
    case "rsa-pss":
      return name === "RSA-PSS" && hash?.name === algorithm.hash;
    case "rsa-pkcs1":
      return false;
  }
}

/** A signer with a key that WebCrypto holds; it need not be extractable. */
export function webSigner(subtle: Subtle, key: WebKey): WebSigner {
  return (scheme, content) => sign(subtle, key, signatureSchemes[scheme].algorithm, content);
}

/** A signer with a private key that is imported when it is first used, for each hash that it signs with. */
export function importingSigner(subtle: Subtle, { pkcs8, kind, curve }: PrivateKey): WebSigner {
  const imported = new Map<HashName | undefined, Promise<WebKey>>();
  return async (scheme, content) => {
    const { algorithm } = signatureSchemes[scheme];
    // Only RSA keys are bound to a hash.
    const hash = algorithm.kind === "rsa-pss" ? algorithm.hash : undefined;
    let key = imported.get(hash);
    if (key === undefined) {
      key = subtle.importKey("pkcs8", pkcs8, importAlgorithm(kind, curve, hash), false, ["sign"]);
      imported.set(hash, key);
    }
    return sign(subtle, await key, algorithm, content);
  };
}

function importAlgorithm(
  kind: PrivateKey["kind"],
  namedCurve: string | undefined,
  hash: HashName | undefined,
) {
  switch (kind) {
    case "rsa":
      return { name: "RSA-PSS", hash };
    case "ec":
      return { name: "ECDSA", namedCurve };
    case "ed25519":
      return { name: "Ed25519" };
  }
}

async function sign(
  subtle: Subtle,
  key: WebKey,
  algorithm: SignatureAlgorithm,
  content: Bytes,
): Promise<Bytes> {
  switch (algorithm.kind) {
    case "ecdsa":
      return ecdsaSignatureToDer(
        new Uint8Array(await subtle.sign({ name: "ECDSA", hash: algorithm.hash }, key, content)),
      );
    case "rsa-pss":
      // RFC 9846 §4.3.3: the salt is as long as the digest.
      return new Uint8Array(
        await subtle.sign({ name: "RSA-PSS", saltLength: algorithm.saltLength }, key, content),
      );
    case "ed25519":
      return new Uint8Array(await subtle.sign({ name: "Ed25519" }, key, content));
    case "rsa-pkcs1":
      throw new TypeError("TLS 1.3 knows no handshake signatures of PKCS#1 v1.5");
  }
}
