import { localError } from "../wire/error.ts";
import { isFresh, type Session } from "./session.ts";
import type { SessionCache } from "./sessionCache.ts";

export interface SessionCacheOptions {
  /** How many partitions are kept; the one that was not used for longest goes first. Default: 256. */
  readonly maxPartitions?: number;
  /** How many sessions are kept for each; the oldest goes first. Default: 8. */
  readonly sessionsPerPartition?: number;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

export const defaultSessionsPerPartition = 8;

/**
 * Bytes that are kept of strangers' tickets and certificates: a server may send 64 KiB of the one and 256 KiB of the other,
 * most send five in all.
 */
export const maxBytes = 2 ** 25;

/**
 * Sessions in this process's memory, gone with it: 32 MiB of tickets and certificates at most.
 * @throws TlsError `invalid_option`
 */
export function createSessionCache(options: SessionCacheOptions = {}): SessionCache {
  const maxPartitions = checkCount("maxPartitions", options.maxPartitions ?? 256);
  const perPartition = checkCount(
    "sessionsPerPartition",
    options.sessionsPerPartition ?? defaultSessionsPerPartition,
  );
  const now = options.now ?? Date.now;
  /** The partition that was used last comes last; within each the newest session comes first. */
  const partitions = new Map<string, Session[]>();
  let bytes = 0;

  function replace(partition: string, sessions: readonly Session[]): void {
    for (const old of partitions.get(partition) ?? []) bytes -= sizeOf(old);
    partitions.delete(partition);
    if (sessions.length === 0) return;
    partitions.set(partition, [...sessions]);
    for (const one of sessions) bytes += sizeOf(one);
  }

  /** Stops at the first that is not stale, so that it costs little: it is called often. */
  function dropStalePartitions(time: number): void {
    for (const [partition, sessions] of partitions) {
      if (sessions.some((session) => isFresh(session, time))) return;
      replace(partition, []);
    }
  }

  return {
    shared: false,

    put(partition, session) {
      const time = now();
      dropStalePartitions(time);
      if (!isFresh(session, time)) return;
      const others = partitions.get(partition) ?? [];
      replace(partition, [session, ...others.filter((other) => isFresh(other, time))].slice(0, perPartition));
      while (partitions.size > maxPartitions || bytes > maxBytes) {
        const [leastUsed] = partitions.keys();
        replace(leastUsed as string, []);
      }
    },

    take(partition) {
      const sessions = partitions.get(partition);
      if (sessions === undefined) return undefined;
      const time = now();
      // The usual case costs a connection little: the newest is taken, and the others stay as they are.
      const taken = sessions.findIndex((one) => isFresh(one, time));
      const gone = sessions.splice(0, taken < 0 ? sessions.length : taken + 1);
      for (const one of gone) bytes -= sizeOf(one);
      partitions.delete(partition);
      if (sessions.length > 0) partitions.set(partition, sessions);
      return gone[taken];
    },
  };
}

function sizeOf({ ticket, certificate }: Session): number {
  if (certificate === undefined) return ticket.length;
  const { chain, ocspResponse, signedCertificateTimestamps } = certificate;
  let size = ticket.length + (ocspResponse?.length ?? 0);
  for (const { length } of chain) size += length;
  for (const { length } of signedCertificateTimestamps) size += length;
  return size;
}

/** @throws TlsError `invalid_option` */
export function checkCount(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw localError("invalid_option", `${option}: expected a whole number from 1, got ${String(value)}`);
}
