import type { RelayLimits } from "./limits.ts";

/**
 * How a connection through the relay ends: the status code of RFC 6455 §7.4 that the page gets, and why, in no more than the 123
 * bytes that a close frame has room for. From 4000 on the codes are ours, named after HTTP's.
 */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

export const endings = {
  targetEnded: { code: 1000, reason: "the target has ended the connection" },
  stopping: { code: 1001, reason: "the relay stops" },
  text: { code: 1003, reason: "the relay carries binary messages, no text" },
  malformed: { code: 1002, reason: "what the page sent is no WebSocket frame" },
  tooLong: { code: 1009, reason: "a message is longer than the relay takes" },
  unlisted: { code: 1008, reason: "the relay does not lead to this target" },
  full: { code: 1013, reason: "the relay has all the connections that it takes" },
  fullForAddress: { code: 1013, reason: "the relay has all the connections that it takes from one address" },
  notFound: { code: 1014, reason: "the target's name leads nowhere" },
  privateAddress: { code: 1014, reason: "the target's name leads to a private address, which is not listed" },
  refused: { code: 1014, reason: "the target does not accept connections" },
  broken: { code: 1014, reason: "the target has broken the connection off" },
} as const satisfies Readonly<Record<string, Ending>>;

export const idle = ({ idleTimeout }: RelayLimits): Ending => ({
  code: 4408,
  reason: `no byte passed for ${idleTimeout} ms`,
});

export const tooManyBytes = ({ bytes }: RelayLimits): Ending => ({
  code: 4413,
  reason: `more than ${bytes} bytes on one connection`,
});

export const connectTooLate = ({ connectTimeout }: RelayLimits): Ending => ({
  code: 4504,
  reason: `the target did not accept within ${connectTimeout} ms`,
});
