import { rest } from "../codec.ts";
import { extension } from "./extension.ts";

/**
 * Rows of RFC 9846 §4.3's table that this client recognises but never offers: they are judged by their place (a
 * certificate_type in CertificateRequest is misplaced), and their bodies stay bytes.
 */
export const unimplementedExtensions = {
  maxFragmentLength: extension("max_fragment_length", 1, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  useSrtp: extension("use_srtp", 14, { ClientHello: rest, EncryptedExtensions: rest }),
  heartbeat: extension("heartbeat", 15, { ClientHello: rest, EncryptedExtensions: rest }),
  clientCertificateType: extension("client_certificate_type", 19, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  serverCertificateType: extension("server_certificate_type", 20, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  compressCertificate: extension("compress_certificate", 27, {
    ClientHello: rest,
    CertificateRequest: rest,
  }),
  recordSizeLimit: extension("record_size_limit", 28, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  delegatedCredential: extension("delegated_credential", 34, {
    ClientHello: rest,
    CertificateRequest: rest,
    Certificate: rest,
  }),
  supportedEktCiphers: extension("supported_ekt_ciphers", 39, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  transparencyInfo: extension("transparency_info", 52, {
    ClientHello: rest,
    CertificateRequest: rest,
    Certificate: rest,
  }),
  externalIdHash: extension("external_id_hash", 55, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  externalSessionId: extension("external_session_id", 56, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  quicTransportParameters: extension("quic_transport_parameters", 57, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  ticketRequest: extension("ticket_request", 58, {
    ClientHello: rest,
    EncryptedExtensions: rest,
  }),
  echOuterExtensions: extension("ech_outer_extensions", 0xfd00, { ClientHello: rest }),
  encryptedClientHello: extension("encrypted_client_hello", 0xfe0d, {
    ClientHello: rest,
    HelloRetryRequest: rest,
    EncryptedExtensions: rest,
  }),
} as const;
