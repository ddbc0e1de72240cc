import crypto, { KeyObject } from "node:crypto";
import { parsePublicKey, UnsupportedKeyError } from "../crypto/parsePublicKey.ts";
import { privateKeyForm } from "../crypto/privateKey.ts";
import { digestNames } from "../crypto/provider/node.ts";
import type { PublicKey } from "../crypto/publicKey.ts";
import {
  handshakeSchemesFor,
  type SignatureSchemeName,
  signatureSchemes,
} from "../crypto/signatureSchemes.ts";
import { DerError } from "../der/error.ts";
import { certificatesFrom } from "../identity/certificatesOption.ts";
import type { ClientIdentity } from "../identity/clientIdentity.ts";
import {
  createClientIdentity as createPortable,
  type Evidence,
  identityWith,
  isCryptoKey,
  mismatch,
  privateKeyDer,
  type Signer,
  type WebPrivateKey,
} from "../identity/createClientIdentity.ts";
import { type Bytes, copyOf, equal } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { PemError } from "../x509/pem.ts";
import { isPemOrDer, type PemOrDer } from "../x509/pemOrDer.ts";

export interface ClientIdentityOptions extends Evidence {
  /** The client's own certificate first, then those above it, PEM or DER. */
  readonly cert: PemOrDer | readonly PemOrDer[];
  /**
   * A private key in PEM or DER (PKCS#8, which may be encrypted, SEC 1, PKCS#1), a KeyObject, a CryptoKey that may sign, or
   * what signs for one that is elsewhere.
   */
  readonly key: PemOrDer | KeyObject | WebPrivateKey | Signer;
  /** Of an encrypted PKCS#8 key. */
  readonly passphrase?: string | Uint8Array | undefined;
}

/**
 * An identity from certificates and a key.
 *
 * @throws TlsError `invalid_option`, which names the option: also where the key is not the certificate's, as far as that
 *   can be seen (of a CryptoKey only its algorithm can; what it signs is verified before it is sent)
 */
export function createClientIdentity(options: ClientIdentityOptions): ClientIdentity {
  const { key, passphrase } = options;
  if (isPemOrDer(key)) return withKeyObject(readKey(key, passphrase), options);
  if (key instanceof KeyObject) return withKeyObject(key, options);
  if (isCryptoKey(key) || typeof key?.sign === "function") return createPortable({ ...options, key });
  throw localError("invalid_option", "key: expected a private key, a KeyObject, a CryptoKey, or { sign }");
}

function withKeyObject(key: KeyObject, options: ClientIdentityOptions): ClientIdentity {
  if (key.type !== "private") {
    throw localError("invalid_option", `key: expected a private KeyObject, got a ${key.type} one`);
  }
  return identityWith(certificatesFrom(options.cert), options, (publicKey) => {
    if (!isHalfOf(key, publicKey)) throw mismatch();
    return { schemes: handshakeSchemesFor(publicKey), sign: (scheme, content) => sign(key, scheme, content) };
  });
}

function readKey(key: PemOrDer, passphrase: ClientIdentityOptions["passphrase"]): KeyObject {
  try {
    const der = privateKeyDer(key);
    const form = privateKeyForm(der);
    if (form === "encrypted" && passphrase === undefined) {
      throw localError("invalid_option", "passphrase: expected one, since the key is encrypted");
    }
    const secret = passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) };
    const type = form === "encrypted" ? "pkcs8" : form;
    return crypto.createPrivateKey({ key: Buffer.from(der), format: "der", type, ...secret });
  } catch (error) {
    if (error instanceof PemError || error instanceof DerError) {
      throw localError("invalid_option", `key: ${error.message}`);
    }
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith("ERR_OSSL") !== true) throw error;
    const wrong = passphrase === undefined ? "" : ", or the passphrase is wrong";
    throw localError("invalid_option", `key: it can't be read${wrong}: ${message}`, error);
  }
}

/** By the numbers: a key under rsaEncryption may be the other half of one under id-RSASSA-PSS. */
function isHalfOf(key: KeyObject, publicKey: PublicKey): boolean {
  const spki = copyOf(crypto.createPublicKey(key).export({ format: "der", type: "spki" }));
  let other: PublicKey;
  try {
    other = parsePublicKey(spki);
  } catch (error) {
    if (!(error instanceof UnsupportedKeyError)) throw error;
    throw localError("invalid_option", `key: ${error.message}`);
  }
  const [a, b] = [numbersOf(other), numbersOf(publicKey)];
  return a.length === b.length && a.every((number, i) => equal(number, b[i] as Bytes));
}

function numbersOf(key: PublicKey): readonly Bytes[] {
  switch (key.kind) {
    case "rsa":
    case "rsa-pss":
      return [key.modulus, key.exponent];
    case "ec":
      return [key.point];
    case "ed25519":
      return [key.key];
  }
}

function sign(key: KeyObject, scheme: SignatureSchemeName, content: Bytes): Bytes | Promise<Bytes> {
  const { algorithm } = signatureSchemes[scheme];
  switch (algorithm.kind) {
    case "ed25519":
      return copyOf(crypto.sign(null, content, key));
    case "ecdsa":
      return copyOf(crypto.sign(digestNames[algorithm.hash], content, key));
    case "rsa-pss":
      // On another thread: it takes as long as a hundred of the others.
      return new Promise((resolve, reject) => {
        // RFC 9846 §4.3.3: the salt is as long as the digest.
        const { saltLength } = algorithm;
        const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
        crypto.sign(
          digestNames[algorithm.hash],
          content,
          { key, padding, saltLength },
          (error, signature) => {
            if (error === null) resolve(copyOf(signature));
            else reject(error);
          },
        );
      });
    case "rsa-pkcs1":
      throw new TypeError("TLS 1.3 knows no handshake signatures of PKCS#1 v1.5");
  }
}
