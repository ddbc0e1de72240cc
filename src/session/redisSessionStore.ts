import { type Bytes, toLatin1 } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import type { SessionStore } from "./sharedSessionCache.ts";

/** What is used of a client or cluster of the package `redis` (node-redis), version 5 or newer. */
export interface RedisClient {
  lPop(key: string): Promise<unknown>;
  multi(): RedisTransaction;
}

export interface RedisTransaction {
  lPush(key: string, element: string): RedisTransaction;
  lTrim(key: string, start: number, stop: number): RedisTransaction;
  pExpire(key: string, milliseconds: number): RedisTransaction;
  exec(): Promise<unknown>;
}

const prefix = "tls13:sessions:";

/**
 * Sessions in Redis or Valkey: a list for each partition, under the key `tls13:sessions:` and the partition. The client
 * stays the caller's, who connects it, listens to its errors and closes it.
 */
export function redisSessionStore(client: RedisClient): SessionStore {
  return {
    async push(list, value, keep, milliseconds) {
      const key = prefix + list;
      // In one transaction, or a list might stay for ever.
      await client
        .multi()
        .lPush(key, toBase64(value))
        .lTrim(key, 0, keep - 1)
        .pExpire(key, milliseconds)
        .exec();
    },

    async pop(list) {
      const value = await client.lPop(prefix + list);
      return value === null ? undefined : fromBase64(value);
    },
  };
}

/** Text, because that is what a client answers with unless it is asked for bytes. */
function toBase64(bytes: Bytes): string {
  return btoa(toLatin1(bytes));
}

function fromBase64(value: unknown): Bytes {
  try {
    // A client that was asked for bytes answers with a Buffer, whose text is the same.
    const text = atob(String(value));
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  } catch (error) {
    throw localError("invalid_session", "what the store holds is no session: it is not base64", error);
  }
}
