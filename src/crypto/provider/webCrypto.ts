/**
 * What is used of WebCrypto. Written out, because neither a page's types nor Node's stand here, and both are behind the
 * runtimes (`raw-secret`).
 */
export interface WebCrypto {
  getRandomValues<T extends Uint8Array<ArrayBuffer>>(into: T): T;
  readonly subtle: Subtle;
}

declare const cryptoKey: unique symbol;

/** A key that WebCrypto holds. */
export interface WebKey {
  readonly [cryptoKey]: true;
}

export interface WebKeyPair {
  readonly publicKey: WebKey;
  readonly privateKey: WebKey;
}

type Algorithm = Readonly<Record<string, unknown>> & { readonly name: string };

export interface Subtle {
  importKey(
    format: "raw" | "raw-secret" | "raw-seed" | "spki" | "pkcs8",
    key: Uint8Array,
    algorithm: Algorithm,
    extractable: boolean,
    usages: readonly string[],
  ): Promise<WebKey>;
  exportKey(format: "raw" | "raw-public", key: WebKey): Promise<ArrayBuffer>;
  generateKey(algorithm: Algorithm, extractable: boolean, usages: readonly string[]): Promise<WebKeyPair>;
  deriveBits(algorithm: Algorithm, privateKey: WebKey, length: number): Promise<ArrayBuffer>;
  decapsulateBits(algorithm: Algorithm, privateKey: WebKey, ciphertext: Uint8Array): Promise<ArrayBuffer>;
  encrypt(algorithm: Algorithm, key: WebKey, plaintext: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: Algorithm, key: WebKey, sealed: Uint8Array): Promise<ArrayBuffer>;
  sign(algorithm: Algorithm, key: WebKey, message: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: Algorithm, key: WebKey, signature: Uint8Array, message: Uint8Array): Promise<boolean>;
}
