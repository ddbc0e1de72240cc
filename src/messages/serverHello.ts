import { equal, fromHex } from "../wire/bytes.ts";
import { type Codec, type Decoded, fixed, opaque, struct, u8, u16 } from "./codec.ts";
import { extensions } from "./extensions/block.ts";
import type { RawExtension } from "./extensions/extension.ts";

/** RFC 9846 §4.2.3: SHA-256 of "HelloRetryRequest". */
export const helloRetryRequestRandom = fromHex(
  "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c",
);

/** Looks at the random of a server_hello's body before anything else of it (RFC 9846 §4.2.3/5). */
export function isHelloRetryRequest(body: Uint8Array): boolean {
  return equal(body.subarray(2, 34), helloRetryRequestRandom);
}

// The hello of an older version may end before its extensions (RFC 5246 §7.4.1.3), and has to be read to be named.
const optionalExtensions: Codec<readonly RawExtension[]> = {
  decode: (reader) => (reader.remaining === 0 ? [] : extensions.decode(reader)),
  encode: extensions.encode,
  shape: { kind: "optional", shape: extensions.shape },
};

/** RFC 9846 §4.2.3; HelloRetryRequest (§4.2.4) has the same form. */
export const ServerHello = struct({
  legacyVersion: u16,
  random: fixed(32),
  legacySessionIdEcho: opaque(1, 0, 32),
  cipherSuite: u16,
  legacyCompressionMethod: u8,
  extensions: optionalExtensions,
});
export type ServerHello = Decoded<typeof ServerHello>;
