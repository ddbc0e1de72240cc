import type { CipherSuiteName } from "../../src/crypto/cipherSuites.ts";
import type { GroupName } from "../../src/crypto/groups.ts";
import type { SignatureSchemeName } from "../../src/crypto/signatureSchemes.ts";

/** Lists that BoringSSL has a name for, as far as they are about TLS 1.3. */
export interface Policy {
  readonly cipherSuites: readonly CipherSuiteName[];
  readonly groups: readonly GroupName[];
  readonly signatureSchemes: readonly SignatureSchemeName[];
}

export const policies = {
  /** NIST SP 800-52r2. */
  "-fips-202205": {
    cipherSuites: ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"],
    groups: ["secp256r1", "secp384r1"],
    signatureSchemes: [
      "rsa_pkcs1_sha256",
      "rsa_pkcs1_sha384",
      "rsa_pkcs1_sha512",
      "ecdsa_secp256r1_sha256",
      "ecdsa_secp384r1_sha384",
      "rsa_pss_rsae_sha256",
      "rsa_pss_rsae_sha384",
      "rsa_pss_rsae_sha512",
    ],
  },
  /** WPA3 3.1, 192 bits. */
  "-wpa-202304": {
    cipherSuites: ["TLS_AES_256_GCM_SHA384"],
    groups: ["secp384r1"],
    signatureSchemes: [
      "rsa_pkcs1_sha384",
      "rsa_pkcs1_sha512",
      "ecdsa_secp384r1_sha384",
      "rsa_pss_rsae_sha384",
      "rsa_pss_rsae_sha512",
    ],
  },
  /** RFC 9151. BoringSSL adds ML-KEM-1024 alone, which is not known here. */
  "-cnsa1-202603": {
    cipherSuites: ["TLS_AES_256_GCM_SHA384"],
    groups: ["secp384r1"],
    signatureSchemes: ["ecdsa_secp384r1_sha384", "rsa_pss_rsae_sha384", "rsa_pkcs1_sha384"],
  },
} as const satisfies Record<string, Policy>;
