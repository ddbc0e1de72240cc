// What a case is, and what it works with.

import type { connect, TlsSocket } from "../../../src/node/index.ts";
import type { KeyType } from "../../certificates.ts";
import { type groups, type hybridGroups, type suites, usual } from "../chains.ts";
import type { Peer, RunningPeer, Wishes } from "./peer.ts";

export const columns = [
  "suite",
  "group",
  "certificate",
  "HelloRetryRequest",
  "ALPN",
  "resumption",
  "0-RTT",
  "client certificate",
  "KeyUpdate",
  "PSK",
  "bulk",
  "abrupt close",
] as const;
export type Column = (typeof columns)[number];

export type Group = (typeof groups | typeof hybridGroups)[number];

export type CaseName =
  | `suite: ${(typeof suites)[number]}`
  | `group: ${Group}`
  | `certificate: ${KeyType}`
  | `HelloRetryRequest: ${Group}`
  | `ALPN: ${"agreed" | "nothing in common"}`
  | `resumption: ${"once" | "twice" | "after HelloRetryRequest"}`
  | `0-RTT: ${"accepted" | "rejected"}`
  | `client certificate: ${KeyType | "none"}`
  | `KeyUpdate: ${"asked for by us" | "asked for by the peer"}`
  | `PSK: ${"external" | "after HelloRetryRequest"}`
  | `bulk: ${"up" | "down" | "both ways at once"}`
  | `abrupt close: ${"by the peer" | "by us"}`;

export type Options = Omit<Parameters<typeof connect>[0], "host" | "port" | "socket">;

/** What a case works with; all that it opened is closed when it is over. */
export interface Bench {
  readonly peer: Peer;
  /** A server that other cases may have used. */
  server(wishes?: Partial<Wishes>): Promise<RunningPeer>;
  /** One of this case's own. */
  ownServer(wishes?: Partial<Wishes>): Promise<RunningPeer>;
  /** A connection that is trusted. */
  open(server: RunningPeer, options?: Options): Promise<TlsSocket>;
  start(server: RunningPeer, options?: Options): TlsSocket;
  /** Bytes each way. */
  readonly bulk: number;
}

export interface Case {
  readonly column: Column;
  readonly name: CaseName;
  run(bench: Bench): Promise<void>;
}

export const trusting: Options = { servername: "localhost", ca: usual.rootPem };

/** A full handshake, an exchange, a clean end. */
export async function whole(bench: Bench, server: RunningPeer, options: Options): Promise<TlsSocket> {
  const socket = await bench.open(server, options);
  await server.talk.exchange(socket);
  await server.talk.finish(socket);
  return socket;
}
