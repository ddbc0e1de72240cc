import type { HashName } from "./hashName.ts";

export type AeadName = "AES-128-GCM" | "AES-256-GCM" | "ChaCha20-Poly1305";

export interface CipherSuite {
  readonly name: CipherSuiteName;
  readonly code: number;
  readonly aead: AeadName;
  readonly hash: HashName;
  /** Bytes in a traffic key. */
  readonly keyLength: 16 | 32;
  /** Records that may be sealed under one key (RFC 9846 §5.5). */
  readonly recordLimit: number;
}

// RFC 9846 §5.5: 2^24.5 full-size records for AES-GCM; ChaCha20-Poly1305 would wrap its sequence number first.
const aesGcmRecords = Math.floor(2 ** 24.5);
const chachaRecords = Number.MAX_SAFE_INTEGER;

/** RFC 9846 §B.4. A new suite is a row here, and an AEAD in the providers. */
export const cipherSuites = {
  TLS_AES_128_GCM_SHA256: {
    code: 0x1301,
    aead: "AES-128-GCM",
    hash: "SHA-256",
    keyLength: 16,
    recordLimit: aesGcmRecords,
  },
  TLS_AES_256_GCM_SHA384: {
    code: 0x1302,
    aead: "AES-256-GCM",
    hash: "SHA-384",
    keyLength: 32,
    recordLimit: aesGcmRecords,
  },
  TLS_CHACHA20_POLY1305_SHA256: {
    code: 0x1303,
    aead: "ChaCha20-Poly1305",
    hash: "SHA-256",
    keyLength: 32,
    recordLimit: chachaRecords,
  },
} as const;

export type CipherSuiteName = keyof typeof cipherSuites;

const byCode = new Map<number, CipherSuite>(
  Object.entries(cipherSuites).map(([name, row]) => [row.code, { name: name as CipherSuiteName, ...row }]),
);

export function cipherSuiteByCode(code: number): CipherSuite | undefined {
  return byCode.get(code);
}

export function cipherSuite(name: CipherSuiteName): CipherSuite {
  return byCode.get(cipherSuites[name].code) as CipherSuite;
}

export function cipherSuiteName(code: number): string {
  return byCode.get(code)?.name ?? `0x${code.toString(16).padStart(4, "0")}`;
}
