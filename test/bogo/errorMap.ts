import type { TlsErrorCode } from "../../src/index.ts";

type AlertReceived = `alert_received:${string}`;

/** BoringSSL's words for what went wrong, and our codes for the same: one of them has to be what the shim prints. */
export const errorMap: Readonly<Record<string, readonly (TlsErrorCode | AlertReceived)[]>> = {
  ":ALPN_MISMATCH_ON_EARLY_DATA:": ["early_data_other_parameters"],
  ":BAD_ALERT:": ["alert_received:unexpected_message"],
  ":BAD_DECRYPT:": ["bad_record_mac"],
  ":BAD_ECPOINT:": ["bad_key_share", "bad_key_share_length", "all_zero_shared_secret"],
  ":BAD_SIGNATURE:": ["bad_handshake_signature"],
  ":CANNOT_PARSE_LEAF_CERT:": ["certificate_malformed"],
  ":CERT_CB_ERROR:": ["internal_error"],
  ":CERTIFICATE_VERIFY_FAILED:": ["certificate_rejected"],
  ":CIPHER_MISMATCH_ON_EARLY_DATA:": ["early_data_other_parameters"],
  ":DATA_LENGTH_TOO_LONG:": ["plaintext_overflow"],
  ":DECODE_ERROR:": [
    "malformed_message",
    "trailing_bytes",
    "bad_key_update_request",
    "bad_legacy_version",
    "compression_selected",
    "request_context_not_empty",
    "request_without_signature_algorithms",
  ],
  ":DECRYPTION_FAILED_OR_BAD_RECORD_MAC:": ["bad_record_mac", "no_content_type", "unexpected_record_type"],
  ":DIGEST_CHECK_FAILED:": ["bad_finished"],
  ":DUPLICATE_EXTENSION:": ["duplicate_extension"],
  ":EMPTY_HELLO_RETRY_REQUEST:": ["retry_without_change"],
  ":ENCRYPTED_LENGTH_TOO_LONG:": ["ciphertext_overflow"],
  ":ERROR_PARSING_EXTENSION:": ["malformed_message", "trailing_bytes", "unsolicited_extension"],
  ":EXCESS_HANDSHAKE_DATA:": ["key_change_inside_record", "interleaved_handshake_message"],
  ":HANDSHAKE_FAILURE_ON_CLIENT_HELLO:": ["alert_received:handshake_failure"],
  ":HANDSHAKE_NOT_COMPLETE:": ["closed"],
  ":INVALID_ALPN_PROTOCOL:": ["alpn_not_offered"],
  ":INVALID_OUTER_RECORD_TYPE:": ["unexpected_record_type"],
  ":KEY_USAGE_BIT_INCORRECT:": ["key_usage_forbids_signing"],
  // A server that knows no PSK is one with a certificate, and the verifier refuses it.
  ":MISSING_EXTENSION:": ["certificate_rejected"],
  ":MISSING_KEY_SHARE:": ["missing_key_share", "psk_without_key_share"],
  ":NO_COMMON_SIGNATURE_ALGORITHMS:": ["no_suitable_identity"],
  ":NO_MATCHING_ISSUER:": ["no_suitable_identity"],
  ":OCSP_CB_ERROR:": ["certificate_status_invalid"],
  ":OLD_SESSION_PRF_HASH_MISMATCH:": ["psk_hash_mismatch"],
  ":PARSE_TLSEXT:": ["malformed_message"],
  ":PEER_DID_NOT_RETURN_A_CERTIFICATE:": ["no_certificate"],
  ":PSK_IDENTITY_NOT_FOUND:": ["selected_identity_out_of_range"],
  ":SECOND_SERVERHELLO_VERSION_MISMATCH:": ["version_changed_after_retry"],
  ":SSLV3_ALERT_DECOMPRESSION_FAILURE:": ["alert_received:unknown_30"],
  ":TOO_MANY_EMPTY_FRAGMENTS:": ["too_many_empty_records", "too_many_change_cipher_specs"],
  ":TOO_MANY_KEY_UPDATES:": ["too_many_key_updates"],
  ":TOO_MANY_WARNING_ALERTS:": ["too_many_warnings"],
  ":UNEXPECTED_EXTENSION:": ["unsolicited_extension", "misplaced_extension", "early_data_not_first_psk"],
  ":UNEXPECTED_MESSAGE:": ["unexpected_handshake_message", "unknown_handshake_type"],
  ":UNEXPECTED_RECORD:": ["unexpected_application_data", "unexpected_record_type"],
  ":UNKNOWN_ALERT_TYPE:": ["alert_received:unexpected_message"],
  ":UNSUPPORTED_ALGORITHM:": ["signature_scheme_unfit_for_key"],
  ":UNSUPPORTED_PROTOCOL:": ["bad_legacy_version", "tls13_not_negotiated"],
  ":WRONG_CIPHER_RETURNED:": ["cipher_suite_not_offered", "cipher_suite_changed_after_retry"],
  ":WRONG_CURVE:": [
    "key_share_group_not_offered",
    "key_share_group_changed_after_retry",
    "retry_group_already_shared",
    "retry_group_not_supported",
  ],
  ":WRONG_SIGNATURE_TYPE:": ["signature_scheme_not_offered", "signature_scheme_unfit_for_key"],
  "Unexpected SSL_shutdown result: -1 != 1": ["truncated"],
};

/** As the runner wants it: pieces of what the shim prints. */
export function printedErrors(): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(errorMap).map(([theirs, ours]) => [theirs, ours.map((code) => `[${code}]`)]),
  );
}
