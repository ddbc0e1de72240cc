/** The code points of the IANA registries that a TLS 1.3 client meets, by their registered names. */

export const contentTypes = {
  change_cipher_spec: 20,
  alert: 21,
  handshake: 22,
  application_data: 23,
} as const;

export const handshakeTypes = {
  client_hello: 1,
  server_hello: 2,
  new_session_ticket: 4,
  end_of_early_data: 5,
  encrypted_extensions: 8,
  certificate: 11,
  certificate_request: 13,
  certificate_verify: 15,
  finished: 20,
  key_update: 24,
  message_hash: 254,
} as const;

/** Never negotiated here but TLS 1.3; the rest name what a server speaks instead. */
export const versions = {
  "SSL 3.0": 0x0300,
  "TLS 1.0": 0x0301,
  "TLS 1.1": 0x0302,
  "TLS 1.2": 0x0303,
  "TLS 1.3": 0x0304,
} as const;

function namesOf(table: Readonly<Record<string, number>>): (value: number) => string {
  const names = new Map(Object.entries(table).map(([name, value]) => [value, name]));
  return (value) => names.get(value) ?? `0x${value.toString(16).padStart(4, "0")}`;
}

export const contentTypeName = namesOf(contentTypes);
export const handshakeTypeName = namesOf(handshakeTypes);
export const versionName = namesOf(versions);
