import type { Bytes } from "../wire/bytes.ts";
import { checkCount, defaultSessionsPerPartition } from "./memorySessionCache.ts";
import { expiryOf, isFresh } from "./session.ts";
import type { SessionCache } from "./sessionCache.ts";
import type { SessionCodec } from "./sessionCodec.ts";

/** Lists of byte strings that many processes share. What each function does no other client of the store sees half done. */
export interface SessionStore {
  /**
   * Puts `value` at the head of a list, cuts the list to `keep` values at most, and lets it go after `milliseconds`, a
   * whole number from 1, unless something is put there again.
   */
  push(list: string, value: Bytes, keep: number, milliseconds: number): Promise<void>;
  /** Takes away the head of a list; undefined where there is none. No value goes to two callers. */
  pop(list: string): Promise<Uint8Array | undefined>;
}

export interface SharedSessionCacheOptions {
  /** `sealedSessionCodec`, or `openSessionCodec` where the store may know the keys. */
  readonly codec: SessionCodec;
  /** How many sessions are kept for each partition; the oldest goes first. Default: 8. */
  readonly sessionsPerPartition?: number;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

/**
 * Sessions in a store that other processes use too. It rejects with what the store rejects with, and with
 * `invalid_session` for what the codec can't read, which is then gone.
 *
 * @throws TlsError `invalid_option`
 */
export function sharedSessionCache(store: SessionStore, options: SharedSessionCacheOptions): SessionCache {
  const { codec } = options;
  const perPartition = checkCount(
    "sessionsPerPartition",
    options.sessionsPerPartition ?? defaultSessionsPerPartition,
  );
  const now = options.now ?? Date.now;
  return {
    shared: true,

    async put(partition, session) {
      const left = Math.floor(expiryOf(session) - now());
      if (left <= 0) return;
      await store.push(partition, await codec.encode(session, partition), perPartition, left);
    },

    async take(partition) {
      // No list is longer, unless the store is not what it should be.
      for (let i = 0; i < perPartition; i++) {
        const bytes = await store.pop(partition);
        if (bytes === undefined) return undefined;
        const session = await codec.decode(bytes, partition);
        if (isFresh(session, now())) return session;
      }
      return undefined;
    },
  };
}
