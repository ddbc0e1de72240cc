/** RFC 9846 §6 and the IANA registry: every alert that a TLS 1.3 peer may send. */
export const alertCodes = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  record_overflow: 22,
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  missing_extension: 109,
  unsupported_extension: 110,
  unrecognized_name: 112,
  bad_certificate_status_response: 113,
  unknown_psk_identity: 115,
  certificate_required: 116,
  general_error: 117,
  no_application_protocol: 120,
} as const;

export type AlertName = keyof typeof alertCodes;

const names = new Map<number, AlertName>(
  Object.entries(alertCodes).map(([name, code]) => [code, name as AlertName]),
);

/** The registered name, or `unknown_N`. */
export function alertName(code: number): AlertName | `unknown_${number}` {
  return names.get(code) ?? `unknown_${code}`;
}
