import { UnsupportedKeyError } from "../crypto/parsePublicKey.ts";
import { type PrivateKey, parsePrivateKey } from "../crypto/privateKey.ts";
import type { Subtle, WebKey } from "../crypto/provider/webCrypto.ts";
import {
  importingSigner,
  type WebKeyAlgorithm,
  webKeySigns,
  webSigner,
} from "../crypto/provider/webSigner.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import { handshakeSchemesFor, type SignatureSchemeName } from "../crypto/signatureSchemes.ts";
import { DerError } from "../der/error.ts";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { parseCertificate } from "../x509/certificate.ts";
import { decodeBlock, PemError, pemBlocks } from "../x509/pem.ts";
import { isDer, isPemOrDer, type PemOrDer, textOf } from "../x509/pemOrDer.ts";
import { certificatesFrom } from "./certificatesOption.ts";
import { type ClientIdentity, checkIdentity } from "./clientIdentity.ts";

/** A key that is elsewhere, and what it is asked for. */
export interface Signer {
  /** Default: all that fit the certificate's key. */
  readonly schemes?: readonly SignatureSchemeName[];
  /** See {@link ClientIdentity.sign}. */
  readonly sign: ClientIdentity["sign"];
}

/** What an identity may carry besides its certificates. */
export type Evidence = Pick<ClientIdentity, "ocspResponse" | "signedCertificateTimestamps">;

/** A CryptoKey. Written out, because the types of some runtimes do not know it by a global name. */
export interface WebPrivateKey {
  readonly type: string;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

export interface ClientIdentityOptions extends Evidence {
  /** The client's own certificate first, then those above it, PEM or DER. */
  readonly cert: PemOrDer | readonly PemOrDer[];
  /** A private key in PEM or DER (PKCS#8, SEC 1, PKCS#1), a CryptoKey that may sign, or what signs for one that is elsewhere. */
  readonly key: PemOrDer | WebPrivateKey | Signer;
}

/**
 * An identity from certificates and a key, on any runtime; keys in PEM or DER are used through WebCrypto.
 *
 * @throws TlsError `invalid_option`, which names the option: also where the key is not the certificate's, as far as that
 *   can be seen (of a CryptoKey only its algorithm can; what it signs is verified before it is sent)
 */
export function createClientIdentity(options: ClientIdentityOptions): ClientIdentity {
  const { key } = options;
  const certificates = certificatesFrom(options.cert);
  return identityWith(certificates, options, (publicKey) => {
    const fitting = handshakeSchemesFor(publicKey);
    if (isPemOrDer(key)) {
      const privateKey = readPrivateKey(key);
      if (!privateKey.fits(publicKey)) throw mismatch();
      return { schemes: fitting, sign: importingSigner(subtle(), privateKey) };
    }
    if (isCryptoKey(key)) return cryptoKeySigner(key, publicKey);
    if (typeof key?.sign !== "function") {
      throw localError("invalid_option", "key: expected a private key, a CryptoKey, or { sign }");
    }
    return { schemes: key.schemes ?? fitting, sign: (...asked) => key.sign(...asked) };
  });
}

/** An identity whose signer is made once the certificate's key is known. @throws TlsError `invalid_option` */
export function identityWith(
  certificates: readonly Bytes[],
  { ocspResponse, signedCertificateTimestamps }: Evidence,
  signerFor: (publicKey: PublicKey) => Required<Signer>,
): ClientIdentity {
  const { schemes, sign } = signerFor(publicKeyOf(certificates[0] as Bytes));
  const identity: ClientIdentity = { certificates, schemes, sign, ocspResponse, signedCertificateTimestamps };
  checkIdentity(identity);
  return identity;
}

export function mismatch(): Error {
  return localError("invalid_option", "key: it is not the key of the first certificate");
}

function publicKeyOf(certificate: Bytes): PublicKey {
  try {
    const { publicKey } = parseCertificate(certificate);
    if (publicKey.kind !== "unsupported") return publicKey;
    throw localError("invalid_option", `cert: ${publicKey.says}`);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    throw localError("invalid_option", `cert: the first certificate can't be read: ${error.message}`);
  }
}

/** The DER of a private key; in PEM, of the first among the blocks. @throws PemError */
export function privateKeyDer(key: PemOrDer): Bytes {
  if (isDer(key)) return copyOf(key);
  const text = textOf(key);
  const blocks = pemBlocks(text);
  const block = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block === undefined) {
    const got = blocks.map(({ label }) => label).join(", ") || "no PEM at all";
    throw new PemError(`expected a private key in PEM (-----BEGIN PRIVATE KEY-----), got ${got}`);
  }
  // RFC 1421 §4.6.1.1, as OpenSSL once wrote it.
  if (block.text.startsWith("Proc-Type:")) {
    throw new PemError(`line ${block.line}: a key that is encrypted in the old way; PKCS#8 has a better one`);
  }
  return decodeBlock(block);
}

function readPrivateKey(key: PemOrDer): PrivateKey {
  try {
    return parsePrivateKey(privateKeyDer(key));
  } catch (error) {
    const isOurs =
      error instanceof DerError || error instanceof PemError || error instanceof UnsupportedKeyError;
    if (!isOurs) throw error;
    throw localError("invalid_option", `key: ${error.message}`);
  }
}

function subtle(): Subtle {
  return globalThis.crypto.subtle as unknown as Subtle;
}

export function isCryptoKey(key: object | null | undefined): key is WebPrivateKey {
  return typeof key === "object" && key !== null && "algorithm" in key && "usages" in key;
}

function cryptoKeySigner(key: WebPrivateKey, publicKey: PublicKey): Required<Signer> {
  if (key.type !== "private" || !key.usages.includes("sign")) {
    throw localError(
      "invalid_option",
      `key: expected a private CryptoKey that may sign, got a ${key.type} one`,
    );
  }
  const algorithm = key.algorithm as WebKeyAlgorithm;
  const schemes = handshakeSchemesFor(publicKey).filter((name) => webKeySigns(algorithm, name));
  const isOther = publicKey.kind === "ec" && algorithm.namedCurve !== publicKey.curve;
  if (schemes.length === 0 || isOther) {
    const got = [algorithm.name, algorithm.namedCurve ?? algorithm.hash?.name].filter(Boolean).join(" ");
    throw localError("invalid_option", `key: a CryptoKey for ${got} can't sign for the first certificate`);
  }
  return { schemes, sign: webSigner(subtle(), key as unknown as WebKey) };
}
