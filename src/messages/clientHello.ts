import type { Decoded } from "./codec.ts";
import { fixed, opaque, struct, u8, u16, vector } from "./codec.ts";
import { extensions } from "./extensions/block.ts";

/** RFC 9846 §4.2.2 */
export const ClientHello = struct({
  legacyVersion: u16,
  random: fixed(32),
  legacySessionId: opaque(1, 0, 32),
  cipherSuites: vector(2, 2, 0xfffe, u16),
  legacyCompressionMethods: vector(1, 1, 255, u8),
  extensions,
});
export type ClientHello = Decoded<typeof ClientHello>;
