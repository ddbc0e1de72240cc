import type { CipherSuiteName } from "../crypto/cipherSuites.ts";
import type { GroupName } from "../crypto/groups.ts";
import type { SignatureSchemeName } from "../crypto/signatureSchemes.ts";
import type { CompletedHandshake } from "../handshake/client/handshake.ts";
import type { ServerIdentity } from "../trust/verifier.ts";
import type { Bytes } from "../wire/bytes.ts";

/** What was agreed, and who the server is. */
export interface ConnectionInfo {
  readonly version: "TLS 1.3";
  readonly cipherSuite: CipherSuiteName;
  readonly group: GroupName;
  /** How the server signed the handshake. */
  readonly signatureScheme: SignatureSchemeName;
  /** The application protocol; undefined where none was agreed (RFC 7301). */
  readonly alpn: string | undefined;
  /** The name that the certificate was verified for. */
  readonly serverName: string;
  /** Whether the server asked for a second hello (RFC 9846 §4.2.4). */
  readonly retried: boolean;
  /** Whether the server asked for a client certificate; none was sent. */
  readonly certificateRequested: boolean;
  readonly identity: ServerIdentity;
  /** DER, as the server sent them: its own first. */
  readonly certificates: readonly Bytes[];
  /** The stapled OCSP response, unchecked. */
  readonly ocspResponse: Bytes | undefined;
  /** Signed certificate timestamps, unchecked. */
  readonly signedCertificateTimestamps: readonly Bytes[];
}

export function connectionInfo(handshake: CompletedHandshake, serverName: string): ConnectionInfo {
  return {
    version: "TLS 1.3",
    cipherSuite: handshake.suite.name,
    group: handshake.group,
    signatureScheme: handshake.signatureScheme,
    alpn: handshake.alpn,
    serverName,
    retried: handshake.retried,
    certificateRequested: handshake.certificateRequested,
    identity: handshake.identity,
    certificates: handshake.certificate.chain,
    ocspResponse: handshake.certificate.ocspResponse,
    signedCertificateTimestamps: handshake.certificate.signedCertificateTimestamps,
  };
}
