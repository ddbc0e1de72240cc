import { localError } from "../wire/error.ts";
import type { Session } from "./session.ts";

/** Where sessions wait for the next connection to the same server. Its failures cost a full handshake, never a connection. */
export interface SessionCache {
  /** Keeps a session under a partition: what may only be offered to one server, in one role, by one client. */
  put(partition: string, session: Session): void | Promise<void>;
  /** Gives out the newest session of a partition, and to nobody else after that: a ticket is used once (RFC 9846 §C.4). */
  take(partition: string): Session | undefined | Promise<Session | undefined>;
  /**
   * Whether others than this process use it. What tells partitions apart must then be given in words: the identity of an
   * object means nothing elsewhere.
   */
  readonly shared: boolean;
}

/**
 * A cache that does not say whether it is shared could be taken for one that is not, and give sessions to strangers.
 * @throws TlsError `invalid_option`, which names the option `sessions`
 */
export function checkSessionCache(cache: SessionCache): SessionCache {
  const { put, take, shared } = (cache ?? {}) as Partial<SessionCache>;
  if (typeof put === "function" && typeof take === "function" && typeof shared === "boolean") return cache;
  throw localError(
    "invalid_option",
    "sessions: expected a cache, which has put, take and shared (true or false)",
  );
}
