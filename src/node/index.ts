/** TLS 1.3 for Node: a Duplex over TCP, or over a stream that you have. */
export type { ConnectionInfo } from "../connection/info.ts";
export type { Trace, TraceEvent } from "../connection/trace.ts";
export { chooseIdentity } from "../identity/chooseIdentity.ts";
export type {
  ChooseIdentity,
  ClientIdentity,
  IdentityContext,
  IdentityRequest,
} from "../identity/clientIdentity.ts";
export type { Signer } from "../identity/createClientIdentity.ts";
export type { PaddingPolicy } from "../record/writer.ts";
export { type CertificateErrorCode, certificateError } from "../trust/certificateError.ts";
export { type KnownKeys, trustOnFirstUse } from "../trust/firstUse.ts";
export { type PinOptions, pinned } from "../trust/pins.ts";
export { createServerVerifier, trustAnything } from "../trust/serverVerifier.ts";
export { createTrustStore, type Root, type Roots, type TrustStore } from "../trust/trustStore.ts";
export type {
  PresentedCertificates,
  ServerIdentity,
  ServerVerifier,
  VerificationStep,
} from "../trust/verifier.ts";
export { TlsError, type TlsErrorCode } from "../wire/error.ts";
export { type AnchorParts, anchorFromParts } from "../x509/anchorFromParts.ts";
export type { AnchorSource } from "../x509/path.ts";
export type { TrustAnchor } from "../x509/trustAnchor.ts";
export { type ClientIdentityOptions, createClientIdentity } from "./clientIdentity.ts";
export { type ConnectOptions, connect } from "./connect.ts";
export { systemRoots } from "./roots.ts";
export type { TlsSocket } from "./tlsSocket.ts";
