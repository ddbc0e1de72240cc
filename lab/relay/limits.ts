import { RelayOptionError } from "./targets.ts";

/** What one relay does at most. Times are milliseconds, sizes bytes. */
export interface RelayLimits {
  /** WebSockets at a time. Default: 64. */
  readonly connections: number;
  /** … of one address, or of one /64 of IPv6. Default: 8. */
  readonly connectionsPerAddress: number;
  /** Of a connection, both directions together. Default: 256 MiB. */
  readonly bytes: number;
  /** Of a message of the page's. Default: 1 MiB. */
  readonly message: number;
  /** That may wait in either direction for whoever is slow, before the other is held back. Default: 256 KiB. */
  readonly buffered: number;
  /** For a request to be whole. Default: 10 s. */
  readonly handshakeTimeout: number;
  /** For the target to be found and to accept. Default: 10 s. */
  readonly connectTimeout: number;
  /** Without a byte in either direction. Default: 60 s. */
  readonly idleTimeout: number;
  /** For what was said to leave once one side has ended. Default: 5 s. */
  readonly closeTimeout: number;
}

export const defaultLimits: RelayLimits = {
  connections: 64,
  connectionsPerAddress: 8,
  bytes: 256 * 2 ** 20,
  message: 2 ** 20,
  buffered: 256 * 2 ** 10,
  handshakeTimeout: 10_000,
  connectTimeout: 10_000,
  idleTimeout: 60_000,
  closeTimeout: 5_000,
};

/** @throws RelayOptionError */
export function checkLimits(asked: Partial<RelayLimits>): RelayLimits {
  const limits = { ...defaultLimits, ...asked };
  for (const [name, value] of Object.entries(limits)) {
    // More milliseconds would fire at once; a limit of nothing is none that anybody means.
    if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) continue;
    throw new RelayOptionError(`${name}: expected a whole number from 1 to 2^31 - 1, got ${value}`);
  }
  return limits;
}
