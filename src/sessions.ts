/** What outlives a connection, for any runtime: session caches, and keys that were agreed upon outside of TLS. */
import { defaultProvider } from "#provider";
import type { ExternalPsk } from "./session/externalPsk.ts";
import { importPsk as importWith, type PskToImport } from "./session/pskImporter.ts";
import { type SessionCodec, sealedSessionCodec as sealedWith } from "./session/sessionCodec.ts";

export type { ExternalPsk, ExternalPskOptions } from "./session/externalPsk.ts";
export { createSessionCache, type SessionCacheOptions } from "./session/memorySessionCache.ts";
export type { PskToImport } from "./session/pskImporter.ts";
export { type RedisClient, redisSessionStore } from "./session/redisSessionStore.ts";
export type { OriginalCertificate, Session } from "./session/session.ts";
export { decodeSession, encodeSession } from "./session/sessionBytes.ts";
export type { SessionCache } from "./session/sessionCache.ts";
export { openSessionCodec, type SessionCodec } from "./session/sessionCodec.ts";
export {
  type SessionStore,
  type SharedSessionCacheOptions,
  sharedSessionCache,
} from "./session/sharedSessionCache.ts";

/**
 * Seals sessions with AES-256-GCM and a key of yours, each to its partition: who reads the store learns nothing.
 * @param key 32 random bytes; change it before 2^32 sessions were sealed
 * @throws TlsError `invalid_option` for a key of another length
 */
export function sealedSessionCodec(key: Uint8Array): SessionCodec {
  return sealedWith(key, defaultProvider);
}

/**
 * Makes an external PSK of a key that is for TLS 1.3 and one hash only (RFC 9258).
 * @throws TlsError `invalid_option`, which names what is wrong
 */
export function importPsk(psk: PskToImport): ExternalPsk {
  return importWith(psk, defaultProvider);
}
