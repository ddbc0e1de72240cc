import type { CipherSuiteName } from "../../src/crypto/cipherSuites.ts";
import type { GroupName } from "../../src/crypto/groups.ts";
import type { SignatureSchemeName } from "../../src/crypto/signatureSchemes.ts";

/** A certificate, or a key, that the runner wants the shim to have. */
export interface Credential {
  readonly kind: "x509" | "psk";
  /** Its place among those that the runner numbers; -1 for the one that has no number, and comes last. */
  readonly index: number;
  certFile?: string;
  keyFile?: string;
  /** All that fit the key where there are none. */
  signingPrefs?: SignatureSchemeName[];
  ocspResponse?: Uint8Array;
  signedCertificateTimestamps?: Uint8Array;
  mustMatchIssuer?: boolean;
  pskKey?: Uint8Array;
  pskIdentity?: Uint8Array;
  pskContext?: Uint8Array;
  pskHash?: "SHA-256" | "SHA-384";
}

/** What one connection is asked to do, and what is expected of it, by the names of the runner's flags. */
export interface Settings {
  port: number;
  shimId: bigint;
  ipv6?: boolean;
  resumeCount: number;
  /** Seconds that pass after the connection. */
  resumptionDelay: number;

  async?: boolean;
  hostName?: string;
  advertiseAlpn?: string;
  cipherSuites?: readonly CipherSuiteName[];
  readonly groups: GroupName[];
  readonly keyShares: GroupName[];
  noKeyShares?: boolean;
  verifyPrefs?: SignatureSchemeName[];
  trustCert?: string;
  verifyPeer?: boolean;
  useCustomVerifyCallback?: boolean;
  verifyFail?: boolean;
  failOcspCallback?: boolean;
  readonly credentials: Credential[];
  failCertCallback?: boolean;
  enableEarlyData?: boolean;

  shimWritesFirst?: boolean;
  readWithUnfinishedWrite?: boolean;
  shimInitialWrite: string;
  repeatShimInitialWrite: number;
  earlyWriteAfterMessage: number;
  shimShutsDown?: boolean;
  checkCloseNotify?: boolean;
  keyUpdate?: boolean;
  keyUpdateBeforeRead?: boolean;
  exportKeyingMaterial: number;
  exportLabel: string;
  exportContext: string;
  useExportContext?: boolean;
  useExporterBetweenReads?: boolean;
  exportTrafficSecrets?: boolean;

  expectAlpn?: string;
  expectVersion?: number;
  expectCipher?: number;
  /** The suite where AES is faster than ChaCha20 on this machine, and where it is not. */
  expectCipherAes?: number;
  expectCipherNoAes?: number;
  expectCurveId?: number;
  expectPeerSignatureAlgorithm?: number;
  expectPeerCertFile?: string;
  expectNoPeerCert?: boolean;
  expectOcspResponse?: Uint8Array;
  expectSignedCertTimestamps?: Uint8Array;
  expectClientCaList?: string;
  readonly expectPeerVerifyPrefs: SignatureSchemeName[];
  expectSelectedCredential?: number;
  expectHrr?: boolean;
  expectNoHrr?: boolean;
  expectSessionMiss?: boolean;
  expectNoSession?: boolean;
  expectTicketSupportsEarlyData?: boolean;
  expectAcceptEarlyData?: boolean;
  expectRejectEarlyData?: boolean;
  expectNoOfferEarlyData?: boolean;
  expectEarlyDataReason?: string;
}

export function noSettings(): Settings {
  return {
    port: 0,
    shimId: 0n,
    resumeCount: 0,
    resumptionDelay: 0,
    groups: [],
    keyShares: [],
    credentials: [],
    shimInitialWrite: "hello",
    repeatShimInitialWrite: 1,
    earlyWriteAfterMessage: 0,
    exportKeyingMaterial: 0,
    exportLabel: "",
    exportContext: "",
    expectPeerVerifyPrefs: [],
  };
}
