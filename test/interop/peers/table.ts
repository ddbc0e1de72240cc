// Takes a peer through all cases.

import { connect, type TlsSocket } from "../../../src/node/index.ts";
import { usual } from "../chains.ts";
import { secured } from "../talk.ts";
import { type Bench, type Case, type CaseName, trusting } from "./bench.ts";
import type { Peer, RunningPeer, Wishes } from "./peer.ts";

export type Outcome =
  | { readonly kind: "passed" }
  /** As the adapter said. */
  | { readonly kind: "lacking"; readonly reason: string }
  | { readonly kind: "failed"; readonly error: string };

export type Row = ReadonlyMap<CaseName, Outcome>;

export interface Settings {
  /** Bytes each way. */
  readonly bulk: number;
  /** Milliseconds that a case may take. */
  readonly limit: number;
}

/** Milliseconds for what is not expected to come out well. */
const lackingLimit = 4_000;

export async function rowOf(peer: Peer, cases: readonly Case[], { bulk, limit }: Settings): Promise<Row> {
  const servers = new Map<string, Promise<RunningPeer>>();
  const row = new Map<CaseName, Outcome>();
  const drop = (): void => {
    for (const starting of servers.values()) starting.then((server) => server.close()).catch(() => {});
    servers.clear();
  };
  peer.prepare?.();
  for (const { name, run } of cases) {
    const reason = peer.lacks[name];
    const error = await tried(
      run,
      peer,
      servers,
      bulk,
      reason === undefined ? limit : Math.min(limit, lackingLimit),
    );
    // What went wrong may have left a server that takes one connection after the other with one.
    if (error !== undefined) drop();
    row.set(name, judge(error, reason));
  }
  drop();
  return row;
}

/** A reason excuses a failure, and must have one. */
export function judge(error: string | undefined, reason: string | undefined): Outcome {
  if (reason === undefined) return error === undefined ? { kind: "passed" } : { kind: "failed", error };
  if (error !== undefined) return { kind: "lacking", reason };
  return { kind: "failed", error: `it is said that it can't (${reason}), and it can` };
}

/** @returns what went wrong */
async function tried(
  run: Case["run"],
  peer: Peer,
  servers: Map<string, Promise<RunningPeer>>,
  bulk: number,
  limit: number,
): Promise<string | undefined> {
  const sockets: TlsSocket[] = [];
  const own: RunningPeer[] = [];
  const withDefaults = (wishes: Partial<Wishes>): Wishes => ({ chain: usual, ...wishes });
  const bench: Bench = {
    peer,
    bulk,
    server: (wishes = {}) => {
      const full = withDefaults(wishes);
      const key = JSON.stringify({ ...full, chain: full.chain.leafPem });
      const server = servers.get(key) ?? peer.start(full);
      servers.set(key, server);
      return server;
    },
    ownServer: async (wishes = {}) => {
      const server = await peer.start(withDefaults(wishes));
      own.push(server);
      return server;
    },
    start: (server, options = {}) => {
      const socket = connect({ ...trusting, handshakeTimeout: limit, ...options, ...server.address() });
      socket.on("error", () => {});
      sockets.push(socket);
      return socket;
    },
    open: (server, options) => secured(bench.start(server, options)),
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${limit} ms`)), limit);
  });
  try {
    await Promise.race([run(bench), late]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? describe(error) : String(error);
  } finally {
    clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
    for (const server of own) server.close();
  }
}

function describe(error: Error): string {
  const code = "code" in error ? `${String(error.code)}: ` : "";
  return code + error.message.replaceAll(/\s*\n\s*/g, " ").slice(0, 300);
}
