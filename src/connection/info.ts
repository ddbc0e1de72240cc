import type { CipherSuiteName } from "../crypto/cipherSuites.ts";
import type { GroupName } from "../crypto/groups.ts";
import type { SignatureSchemeName } from "../crypto/signatureSchemes.ts";
import type { CompletedHandshake } from "../handshake/client/handshake.ts";
import type { ServerIdentity } from "../trust/verifier.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { EarlyDataReport } from "./earlyData.ts";

/** What was agreed, and who the server is. */
export interface ConnectionInfo {
  readonly version: "TLS 1.3";
  readonly cipherSuite: CipherSuiteName;
  readonly group: GroupName;
  /**
   * Why the server is believed: it signed with a certificate's key; it knows the secret of a session that began so
   * (RFC 9846 §2.2); or it knows a key that was agreed upon outside of TLS, and showed no certificate.
   */
  readonly authentication: "certificate" | "resumption" | "external_psk";
  /** Whether a session was resumed. */
  readonly resumed: boolean;
  /** The identity of the external PSK that the server knows. */
  readonly pskIdentity: Bytes | undefined;
  /** How the server signed the handshake; undefined where a PSK authenticated it. */
  readonly signatureScheme: SignatureSchemeName | undefined;
  /** The application protocol; undefined where none was agreed (RFC 7301). */
  readonly alpn: string | undefined;
  /** The name that this connection asked for. */
  readonly serverName: string;
  /** Whether the server asked for a second hello (RFC 9846 §4.2.4). */
  readonly retried: boolean;
  /** Whether the server asked for a client certificate in the handshake. */
  readonly certificateRequested: boolean;
  /**
   * DER, what the client showed in the handshake: its own first; empty where it showed none. Whether the server accepts it is
   * known only once it answers: a refusal is the error of the next read or write, and of `closed`.
   */
  readonly clientCertificates: readonly Uint8Array[];
  /** Of a resumed connection: what its certificate is worth today. Undefined where an external PSK vouches for the server. */
  readonly identity: ServerIdentity | undefined;
  /** DER, as the server sent them, in the handshake that began the session: its own first. Empty with an external PSK. */
  readonly certificates: readonly Bytes[];
  /** The stapled OCSP response, as it came. */
  readonly ocspResponse: Bytes | undefined;
  /** Signed certificate timestamps, as they came. */
  readonly signedCertificateTimestamps: readonly Bytes[];
  /** What became of early data; undefined where there was none to send. */
  readonly earlyData: EarlyDataReport | undefined;
}

export function connectionInfo(
  handshake: CompletedHandshake,
  serverName: string,
  earlyData: EarlyDataReport | undefined,
): ConnectionInfo {
  const { server } = handshake;
  const signed = server.kind === "certificate" ? server : undefined;
  const resumed = server.kind === "resumption" ? server : undefined;
  const certificate = signed?.certificate ?? resumed?.session.certificate;
  return {
    version: "TLS 1.3",
    cipherSuite: handshake.suite.name,
    group: handshake.group,
    authentication: signed?.kind ?? resumed?.kind ?? "external_psk",
    resumed: resumed !== undefined,
    pskIdentity: server.kind === "external" || server.kind === "imported" ? server.identity : undefined,
    signatureScheme: signed?.signatureScheme,
    alpn: handshake.alpn,
    serverName,
    retried: handshake.retried,
    certificateRequested: handshake.certificateRequested,
    clientCertificates: handshake.clientIdentity?.certificates ?? [],
    identity: (signed ?? resumed)?.identity,
    certificates: certificate?.chain ?? [],
    ocspResponse: certificate?.ocspResponse,
    signedCertificateTimestamps: certificate?.signedCertificateTimestamps ?? [],
    earlyData,
  };
}
