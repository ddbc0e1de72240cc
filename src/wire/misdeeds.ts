import type { AlertName } from "./alerts.ts";

/** One way in which a peer can misbehave. */
export interface Misdeed {
  /** The alert that RFC 9846 asks for. */
  readonly alert: AlertName;
  /** The rules broken, as numbered in docs/rfc9846.md; none where the limit is ours. */
  readonly rules: readonly string[];
  /** The start of the error's message. */
  readonly says: string;
}

/**
 * Everything that a server can do wrong, a row each: the code of the error, the alert that is sent, the rules that are
 * broken. There is no default row, so no misdeed can get an alert by accident.
 */
export const misdeeds = {
  // Bytes (RFC 9846 §3.4, §4.3, §6)
  malformed_message: { alert: "decode_error", rules: ["6/10"], says: "a message could not be decoded" },
  trailing_bytes: {
    alert: "decode_error",
    rules: ["6/10", "4.3/2"],
    says: "bytes are left over after a structure",
  },

  // Order (§4, §4.6, §4.7.2)
  unexpected_handshake_message: {
    alert: "unexpected_message",
    rules: ["4/2", "4.2.4/8", "4.4.2/4", "4.6/3", "4.7.2/7", "4.7.3/1"],
    says: "a handshake message came out of order",
  },
  unknown_handshake_type: {
    alert: "unexpected_message",
    rules: ["4/2"],
    says: "a handshake message has an unknown type",
  },
  handshake_message_too_long: {
    alert: "illegal_parameter",
    rules: [],
    says: "a handshake message is longer than this client takes",
  },
  interleaved_handshake_message: {
    alert: "unexpected_message",
    rules: ["5.1/4"],
    says: "another record came between the fragments of a handshake message",
  },
  key_change_inside_record: {
    alert: "unexpected_message",
    rules: ["5.1/6"],
    says: "handshake bytes follow a message that changes the keys",
  },

  // Versions (§4.2.3, §4.3.1, §E.1)
  tls13_not_negotiated: {
    alert: "protocol_version",
    rules: ["E.1/2", "E.5/1", "4.3.1/4"],
    says: "the server refused TLS 1.3",
  },
  downgrade_detected: {
    alert: "illegal_parameter",
    rules: ["4.2.3/7", "4.2.3/8"],
    says: "the server's random says that TLS 1.3 was taken away on the way",
  },
  missing_supported_versions: {
    alert: "missing_extension",
    rules: ["4.2.4/1"],
    says: "a TLS 1.3 hello lacks supported_versions",
  },
  selected_version_not_offered: {
    alert: "illegal_parameter",
    rules: ["4.3.1/7", "4.3.1/8", "4.3.1/6"],
    says: "the version selected was not offered",
  },
  version_changed_after_retry: {
    alert: "illegal_parameter",
    rules: ["4.2.4/13", "4.3.1/1"],
    says: "ServerHello selects another version than HelloRetryRequest did",
  },
  bad_legacy_version: {
    alert: "protocol_version",
    rules: ["4.2.3/1", "4.2.4/2"],
    says: "legacy_version is not 0x0303",
  },

  // Extensions in every message (§4.3)
  duplicate_extension: { alert: "illegal_parameter", rules: ["4.3/13"], says: "an extension stands twice" },
  unsolicited_extension: {
    alert: "unsupported_extension",
    rules: ["4.3/5", "4.3/6", "4.3/7", "4.3/8", "4.5.1/7"],
    says: "an extension answers nothing that was offered",
  },
  misplaced_extension: {
    alert: "illegal_parameter",
    rules: ["4.3/9", "4.4.1/2"],
    says: "an extension stands in a message where it may not",
  },

  // ServerHello and HelloRetryRequest (§4.2.3, §4.2.4)
  session_id_not_echoed: {
    alert: "illegal_parameter",
    rules: ["4.2.3/2", "4.2.4/3"],
    says: "legacy_session_id_echo is not what was sent",
  },
  compression_selected: {
    alert: "illegal_parameter",
    rules: ["4.2.3/4", "4.2.4/5"],
    says: "legacy_compression_method is not 0",
  },
  cipher_suite_not_offered: {
    alert: "illegal_parameter",
    rules: ["4.2.3/3", "4.2.4/4"],
    says: "the cipher suite was not offered",
  },
  cipher_suite_changed_after_retry: {
    alert: "illegal_parameter",
    rules: ["4.2.4/11"],
    says: "ServerHello has another cipher suite than HelloRetryRequest had",
  },
  retry_without_change: {
    alert: "illegal_parameter",
    rules: ["4.2.4/7"],
    says: "HelloRetryRequest asks for no change",
  },
  retry_group_not_supported: {
    alert: "illegal_parameter",
    rules: ["4.3.8/8"],
    says: "HelloRetryRequest selects a group that was not in supported_groups",
  },
  retry_group_already_shared: {
    alert: "illegal_parameter",
    rules: ["4.3.8/9"],
    says: "HelloRetryRequest selects a group whose share was sent",
  },
  missing_key_share: {
    alert: "missing_extension",
    rules: ["4.3.9/2"],
    says: "ServerHello has no key_share",
  },
  key_share_group_not_offered: {
    alert: "illegal_parameter",
    rules: ["4.3.8/11"],
    says: "the server's share is in a group for which none was sent",
  },
  key_share_group_changed_after_retry: {
    alert: "illegal_parameter",
    rules: ["4.3.8/12"],
    says: "the server's share is not in the group that HelloRetryRequest selected",
  },
  bad_key_share_length: {
    alert: "illegal_parameter",
    rules: ["4.3.8/1", "6/11"],
    says: "the server's share has the wrong length or form for its group",
  },
  bad_key_share: {
    alert: "illegal_parameter",
    rules: ["4.3.8.2/1", "4.3.8.2/2", "4.3.8.2/3", "6/11"],
    says: "the server's share is not a point on the curve",
  },
  all_zero_shared_secret: {
    alert: "illegal_parameter",
    rules: ["7.4.2/3", "7.4.2/4"],
    says: "the shared secret is all zeros",
  },

  // EncryptedExtensions (§4.4.1, RFC 6066 §3, RFC 7301)
  alpn_not_offered: {
    alert: "illegal_parameter",
    rules: ["RFC 7301 §3.2/1"],
    says: "the application protocol selected was not offered",
  },
  alpn_not_one_protocol: {
    alert: "decode_error",
    rules: ["RFC 7301 §3.1/1"],
    says: "the server names other than exactly one application protocol",
  },

  // CertificateRequest (§4.4.2)
  request_context_not_empty: {
    alert: "illegal_parameter",
    rules: ["4.4.2/1"],
    says: "certificate_request_context is not empty in the handshake",
  },
  request_without_signature_algorithms: {
    alert: "missing_extension",
    rules: ["4.4.2/2"],
    says: "CertificateRequest lacks signature_algorithms",
  },

  // Certificate (§4.5.1)
  no_certificate: {
    alert: "decode_error",
    rules: ["4.5.1.3/1"],
    says: "the server's Certificate has no certificate in it",
  },
  certificate_context_not_empty: {
    alert: "illegal_parameter",
    rules: ["4.5.1/6"],
    says: "certificate_request_context of the server's Certificate is not empty",
  },

  // What the verifier says of a chain (§4.5.1.3, §6.2)
  certificate_malformed: { alert: "bad_certificate", rules: [], says: "a certificate can't be read" },
  certificate_invalid: {
    alert: "bad_certificate",
    rules: ["4.5.1.3/2", "4.5.1.3/3"],
    says: "the certificate chain is not valid",
  },
  certificate_unsupported: {
    alert: "unsupported_certificate",
    rules: ["4.5.1.2/11"],
    says: "a certificate is of a kind that is not supported",
  },
  certificate_revoked: { alert: "certificate_revoked", rules: [], says: "a certificate was revoked" },
  certificate_status_invalid: {
    alert: "bad_certificate_status_response",
    rules: [],
    says: "whether a certificate was revoked can't be told",
  },
  certificate_not_logged: {
    alert: "bad_certificate",
    rules: [],
    says: "a certificate's timestamps do not show that it was logged",
  },
  certificate_too_costly: {
    alert: "bad_certificate",
    rules: [],
    says: "the certificates have more ways to a trusted root, or costlier ones, than the limits allow",
  },
  certificate_expired: {
    alert: "certificate_expired",
    rules: [],
    says: "a certificate has expired or is not valid yet",
  },
  certificate_unknown_ca: {
    alert: "unknown_ca",
    rules: [],
    says: "no path leads from the certificate to a trusted root",
  },
  certificate_distrusted: {
    alert: "unknown_ca",
    rules: [],
    says: "the root above the certificate is not trusted for certificates as new as it",
  },
  certificate_name_mismatch: {
    alert: "bad_certificate",
    rules: [],
    says: "the certificate is for another name",
  },
  certificate_rejected: {
    alert: "certificate_unknown",
    rules: [],
    says: "the verifier refused the certificate",
  },

  // PSKs and early data (§4.3.10, §4.3.11)
  selected_identity_out_of_range: {
    alert: "illegal_parameter",
    rules: ["4.3.11/4"],
    says: "the server chose a PSK that was not offered",
  },
  psk_hash_mismatch: {
    alert: "illegal_parameter",
    rules: ["4.3.11/5"],
    says: "the server chose a PSK together with a cipher suite of another hash",
  },
  psk_without_key_share: {
    alert: "illegal_parameter",
    rules: ["4.3.11/6"],
    says: "the server chose a PSK without the key exchange that was asked for",
  },
  early_data_not_first_psk: {
    alert: "illegal_parameter",
    rules: ["4.3.11/7"],
    says: "the server takes early data with another PSK than the first",
  },
  early_data_other_parameters: {
    alert: "illegal_parameter",
    rules: ["4.4.1/1"],
    says: "the server takes early data with another cipher suite or application protocol than the session's",
  },

  // CertificateVerify (§4.5.2) and Finished (§4.5.3)
  signature_scheme_not_offered: {
    alert: "illegal_parameter",
    rules: ["4.5.2/5", "4.5.2/10"],
    says: "CertificateVerify uses a scheme that was not offered or that TLS 1.3 forbids",
  },
  signature_scheme_unfit_for_key: {
    alert: "illegal_parameter",
    rules: ["4.5.2/8", "4.3.3/1", "4.3.3/8", "4.3.3/12"],
    says: "CertificateVerify uses a scheme that does not fit the certificate's key",
  },
  key_usage_forbids_signing: {
    alert: "illegal_parameter",
    rules: [],
    says: "the certificate's key usage does not allow signing",
  },
  bad_handshake_signature: {
    alert: "decrypt_error",
    rules: ["4.5.2/12", "4.5.2/11", "4.5.2/4", "4.3.3/6", "4.3.3/10"],
    says: "the signature of CertificateVerify is wrong",
  },
  bad_finished: {
    alert: "decrypt_error",
    rules: ["4.5.3/2", "4.5.3/1"],
    says: "verify_data of Finished is wrong",
  },

  // After the handshake (§4.7)
  ticket_lifetime_too_long: {
    alert: "illegal_parameter",
    rules: ["4.7.1/10"],
    says: "ticket_lifetime is over seven days",
  },
  request_context_repeated: {
    alert: "illegal_parameter",
    rules: [],
    says: "CertificateRequest has the certificate_request_context of another",
  },
  too_many_certificate_requests: {
    alert: "unexpected_message",
    rules: [],
    says: "too many CertificateRequests came",
  },
  bad_key_update_request: {
    alert: "illegal_parameter",
    rules: ["4.7.3/4"],
    says: "request_update is neither 0 nor 1",
  },

  // Records (§5)
  bad_change_cipher_spec: {
    alert: "unexpected_message",
    rules: ["5/2"],
    says: "a change_cipher_spec record holds something else than one byte of value 1",
  },
  unexpected_change_cipher_spec: {
    alert: "unexpected_message",
    rules: ["5/4", "5/5"],
    says: "change_cipher_spec came outside of the handshake",
  },
  unexpected_record_type: {
    alert: "unexpected_message",
    rules: ["5/7", "5/3", "4.7.3/8"],
    says: "a record has a type that is not expected now",
  },
  unexpected_application_data: {
    alert: "unexpected_message",
    rules: ["5/7"],
    says: "application data came before the handshake was done",
  },
  plaintext_overflow: {
    alert: "record_overflow",
    rules: ["5.1/17"],
    says: "a record's plaintext is over 2^14 bytes",
  },
  ciphertext_overflow: {
    alert: "record_overflow",
    rules: ["5.2/2"],
    says: "a protected record is over 2^14 + 256 bytes",
  },
  bad_record_mac: { alert: "bad_record_mac", rules: ["5.2/3"], says: "a record could not be opened" },
  no_content_type: {
    alert: "unexpected_message",
    rules: ["5.4/7", "5.4/6"],
    says: "a protected record is zeros throughout",
  },
  empty_handshake_record: {
    alert: "unexpected_message",
    rules: ["5.4/4"],
    says: "a handshake record is empty",
  },
  empty_alert_record: { alert: "unexpected_message", rules: ["5.4/5"], says: "an alert record is empty" },
  not_one_alert: {
    alert: "unexpected_message",
    rules: ["5.1/11"],
    says: "an alert record holds other than exactly one alert",
  },
  too_many_empty_records: {
    alert: "unexpected_message",
    rules: [],
    says: "too many empty records came in a row",
  },
  too_many_key_updates: {
    alert: "unexpected_message",
    rules: [],
    says: "too many KeyUpdates came in a row",
  },
  too_many_change_cipher_specs: {
    alert: "unexpected_message",
    rules: [],
    says: "too many change_cipher_spec records came",
  },
  too_many_warnings: { alert: "unexpected_message", rules: [], says: "too many user_canceled alerts came" },
} as const satisfies Record<string, Misdeed>;

export type PeerErrorCode = keyof typeof misdeeds;
