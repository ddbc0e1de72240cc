import type { HashName } from "./hashName.ts";
import type { Curve, PssRestriction, PublicKey } from "./publicKey.ts";

/** What a provider has to compute; X.509 needs combinations for which TLS has no scheme (P-256 with SHA-384). */
export type SignatureAlgorithm =
  | { readonly kind: "ecdsa"; readonly hash: HashName }
  | { readonly kind: "rsa-pss"; readonly hash: HashName; readonly saltLength: number }
  | { readonly kind: "rsa-pkcs1"; readonly hash: HashName }
  | { readonly kind: "ed25519" };

interface Row {
  readonly code: number;
  readonly algorithm: SignatureAlgorithm;
  /** The key that a signature of this scheme is checked with. */
  readonly key: PublicKey["kind"];
  readonly curve?: Curve;
  /** Whether TLS 1.3 allows it in CertificateVerify; else it stands for signatures in chains only (§4.3.3). */
  readonly handshake: boolean;
}

const ecdsa = (hash: HashName) => ({ kind: "ecdsa", hash }) as const;
// RFC 9846 §4.3.3: the salt is as long as the digest.
const pss = (hash: HashName, saltLength: number) => ({ kind: "rsa-pss", hash, saltLength }) as const;
const pkcs1 = (hash: HashName) => ({ kind: "rsa-pkcs1", hash }) as const;

/** RFC 9846 §4.3.3, in order of preference. A new scheme is a row here, and an algorithm in the providers. */
export const signatureSchemes = {
  ecdsa_secp256r1_sha256: {
    code: 0x0403,
    algorithm: ecdsa("SHA-256"),
    key: "ec",
    curve: "P-256",
    handshake: true,
  },
  ed25519: { code: 0x0807, algorithm: { kind: "ed25519" }, key: "ed25519", handshake: true },
  ecdsa_secp384r1_sha384: {
    code: 0x0503,
    algorithm: ecdsa("SHA-384"),
    key: "ec",
    curve: "P-384",
    handshake: true,
  },
  ecdsa_secp521r1_sha512: {
    code: 0x0603,
    algorithm: ecdsa("SHA-512"),
    key: "ec",
    curve: "P-521",
    handshake: true,
  },
  rsa_pss_rsae_sha256: { code: 0x0804, algorithm: pss("SHA-256", 32), key: "rsa", handshake: true },
  rsa_pss_rsae_sha384: { code: 0x0805, algorithm: pss("SHA-384", 48), key: "rsa", handshake: true },
  rsa_pss_rsae_sha512: { code: 0x0806, algorithm: pss("SHA-512", 64), key: "rsa", handshake: true },
  rsa_pss_pss_sha256: { code: 0x0809, algorithm: pss("SHA-256", 32), key: "rsa-pss", handshake: true },
  rsa_pss_pss_sha384: { code: 0x080a, algorithm: pss("SHA-384", 48), key: "rsa-pss", handshake: true },
  rsa_pss_pss_sha512: { code: 0x080b, algorithm: pss("SHA-512", 64), key: "rsa-pss", handshake: true },
  rsa_pkcs1_sha256: { code: 0x0401, algorithm: pkcs1("SHA-256"), key: "rsa", handshake: false },
  rsa_pkcs1_sha384: { code: 0x0501, algorithm: pkcs1("SHA-384"), key: "rsa", handshake: false },
  rsa_pkcs1_sha512: { code: 0x0601, algorithm: pkcs1("SHA-512"), key: "rsa", handshake: false },
} as const satisfies Record<string, Row>;

export type SignatureSchemeName = keyof typeof signatureSchemes;

const byCode = new Map<number, SignatureSchemeName>(
  Object.entries(signatureSchemes).map(([name, { code }]) => [code, name as SignatureSchemeName]),
);

export function signatureSchemeByCode(code: number): SignatureSchemeName | undefined {
  return byCode.get(code);
}

/** Registered schemes that this client never offers, so that an error can name them. */
const refused = new Map([
  [0x0201, "rsa_pkcs1_sha1"],
  [0x0203, "ecdsa_sha1"],
  [0x0808, "ed448"],
]);

export function signatureSchemeName(code: number): string {
  return byCode.get(code) ?? refused.get(code) ?? `0x${code.toString(16).padStart(4, "0")}`;
}

const names = Object.keys(signatureSchemes) as SignatureSchemeName[];

/**
 * The schemes with which a key can sign a TLS 1.3 handshake (RFC 9846 §4.3.3): its type has to fit, its curve, and what a key
 * under id-RSASSA-PSS is restricted to (RFC 4055 §3.1).
 */
export function handshakeSchemesFor(key: PublicKey): readonly SignatureSchemeName[] {
  return names.filter((name) => {
    const row: Row = signatureSchemes[name];
    if (!row.handshake || row.key !== key.kind) return false;
    if (key.kind === "ec") return row.curve === key.curve;
    return key.kind !== "rsa-pss" || allows(key.restriction, row.algorithm);
  });
}

function allows(restriction: PssRestriction | undefined, algorithm: SignatureAlgorithm): boolean {
  return (
    restriction === undefined ||
    (algorithm.kind === "rsa-pss" &&
      algorithm.hash === restriction.hash &&
      algorithm.saltLength >= restriction.saltLength)
  );
}
