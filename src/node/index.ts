/** TLS 1.3 for Node: a Duplex over TCP, or over a stream that you have. */
export type { ConnectionInfo } from "../connection/info.ts";
export type { Trace, TraceEvent } from "../connection/trace.ts";
export type { PaddingPolicy } from "../record/writer.ts";
export { createServerVerifier, trustAnything } from "../trust/serverVerifier.ts";
export { createTrustStore, type TrustStore } from "../trust/trustStore.ts";
export type {
  PresentedCertificates,
  ServerIdentity,
  ServerVerifier,
  VerificationStep,
} from "../trust/verifier.ts";
export { TlsError, type TlsErrorCode } from "../wire/error.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { systemRoots } from "./roots.ts";
export type { TlsSocket } from "./tlsSocket.ts";
