import { rest } from "../codec.ts";
import { extension } from "./extension.ts";

/**
 * Rows of RFC 9846 §4.3's table that this client recognises but never offers: they are judged by their place (a
 * certificate_type in CertificateRequest is misplaced), and their bodies stay bytes.
 */
export const maxFragmentLength = extension("max_fragment_length", 1, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const useSrtp = extension("use_srtp", 14, { ClientHello: rest, EncryptedExtensions: rest });
export const heartbeat = extension("heartbeat", 15, { ClientHello: rest, EncryptedExtensions: rest });
export const clientCertificateType = extension("client_certificate_type", 19, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const serverCertificateType = extension("server_certificate_type", 20, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const compressCertificate = extension("compress_certificate", 27, {
  ClientHello: rest,
  CertificateRequest: rest,
});
export const recordSizeLimit = extension("record_size_limit", 28, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const delegatedCredential = extension("delegated_credential", 34, {
  ClientHello: rest,
  CertificateRequest: rest,
  Certificate: rest,
});
export const supportedEktCiphers = extension("supported_ekt_ciphers", 39, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const transparencyInfo = extension("transparency_info", 52, {
  ClientHello: rest,
  CertificateRequest: rest,
  Certificate: rest,
});
export const externalIdHash = extension("external_id_hash", 55, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const externalSessionId = extension("external_session_id", 56, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const quicTransportParameters = extension("quic_transport_parameters", 57, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const ticketRequest = extension("ticket_request", 58, {
  ClientHello: rest,
  EncryptedExtensions: rest,
});
export const echOuterExtensions = extension("ech_outer_extensions", 0xfd00, { ClientHello: rest });
export const encryptedClientHello = extension("encrypted_client_hello", 0xfe0d, {
  ClientHello: rest,
  HelloRetryRequest: rest,
  EncryptedExtensions: rest,
});
