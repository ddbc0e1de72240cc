import { opaque, struct, u16, vector } from "../codec.ts";
import { extension } from "./extension.ts";

const keyShareEntry = struct({ group: u16, keyExchange: opaque(2, 1, 0xffff) });

/** RFC 9846 §4.3.8. A hello's list may be empty: the client asks for a retry. */
export const keyShare = extension("key_share", 51, {
  ClientHello: vector(2, 0, 0xffff, keyShareEntry),
  ServerHello: keyShareEntry,
  HelloRetryRequest: u16,
});
