import { opaque, struct, u8, u16, u32, vector } from "../codec.ts";
import { extension } from "./extension.ts";

const pskIdentity = struct({ identity: opaque(2, 1, 0xffff), obfuscatedTicketAge: u32 });

/** RFC 9846 §4.3.11: the last extension of a ClientHello that offers PSKs. */
export const preSharedKey = extension("pre_shared_key", 41, {
  ClientHello: struct({
    identities: vector(2, 7, 0xffff, pskIdentity),
    binders: vector(2, 33, 0xffff, opaque(1, 32, 255)),
  }),
  ServerHello: u16,
});

/** RFC 9846 §4.3.9: psk_ke is 0, psk_dhe_ke is 1. */
export const pskKeyExchangeModes = extension("psk_key_exchange_modes", 45, {
  ClientHello: vector(1, 1, 255, u8),
});
