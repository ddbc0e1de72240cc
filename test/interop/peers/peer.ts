// What the table of interop.md asks of a peer, and what a peer has to say of itself.

import type { connect, TlsSocket } from "../../../src/node/index.ts";
import type { Chain } from "../../certificates.ts";
import { hybridGroups } from "../chains.ts";
import type { CaseName, Group } from "./bench.ts";

/** What a server is started with. It speaks TLS 1.3 only, and knows the application protocol of its row. */
export interface Wishes {
  readonly chain: Chain;
  /** PEM: a client has to show a certificate that comes from here. */
  readonly clientRoots?: string;
  readonly earlyData?: boolean;
  readonly psk?: Psk;
}

export interface Psk {
  readonly identity: string;
  /** Hexadecimal. */
  readonly key: string;
}

/** How application data is talked about with a peer, over a connection that is open. */
export interface Talk {
  /** Says something, and gets an answer that shows that it was understood. */
  exchange(socket: TlsSocket): Promise<void>;
  /** Ends the connection, cleanly on both sides. */
  finish(socket: TlsSocket): Promise<void>;
  /** Whether the peer ends the connection after one exchange. */
  readonly once?: boolean;
  /** So many bytes one way or the other, compared by their hashes. A peer that can't is without it. */
  readonly upload?: (socket: TlsSocket, length: number) => Promise<void>;
  readonly download?: (socket: TlsSocket, length: number) => Promise<void>;
  /** Both at once, and this is all that is asked of a peer that sends back what it gets. */
  readonly both?: (socket: TlsSocket, length: number) => Promise<void>;
  /** What is said early, and how its answer is read where it is answered. */
  readonly early: Uint8Array;
  readonly earlyAnswer?: (socket: TlsSocket) => Promise<void>;
}

export interface RunningPeer {
  /** How it is reached: a port that it chose, or a socket in a folder of its own. */
  readonly address: () => Pick<Parameters<typeof connect>[0], "host" | "port" | "socket">;
  readonly talk: Talk;
  /** Has the peer move its keys on. */
  readonly updateKeys?: (socket: TlsSocket) => void;
  /** Kills it, whatever it is at. */
  close(): void;
}

export interface Peer {
  /** Names the row, with the version. */
  readonly name: string;
  /** Undefined where it is not on this machine. */
  readonly version: string | undefined;
  /** What it is and how it is talked to, for the page. */
  readonly about: string;
  /** The only application protocol that it knows. Default: "tls13". */
  readonly protocol?: string;
  /** What it can't do, with the reason. The case is tried all the same: a reason that no longer holds is a failure. */
  readonly lacks: Lacks;
  /** Builds what has to be built, before the clock runs. */
  prepare?(): unknown;
  /** @throws where it can't be started so */
  start(wishes: Wishes): Promise<RunningPeer>;
}

export type Lacks = Partial<Record<CaseName, string>>;

/** Several cases for one reason. */
export function lacking(reason: string, ...names: readonly CaseName[]): Lacks {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

/** The groups alone, each with its share and after a retry. */
export function groupCases(...names: readonly Group[]): readonly CaseName[] {
  return names.flatMap((name) => [`group: ${name}`, `HelloRetryRequest: ${name}`] as const);
}

/** All of them, or those that are not X25519MLKEM768. */
export const hybrids: readonly CaseName[] = groupCases(...hybridGroups);
export const rareHybrids: readonly CaseName[] = groupCases("SecP256r1MLKEM768", "SecP384r1MLKEM1024");

export const earlyData = ["0-RTT: accepted", "0-RTT: rejected"] as const;
export const externalPsks = ["PSK: external", "PSK: after HelloRetryRequest"] as const;
export const clientCertificates = [
  ...(["RSA", "RSA-PSS", "P-256", "P-384", "P-521", "Ed25519"] as const).map(
    (type) => `client certificate: ${type}` as const,
  ),
  "client certificate: none",
] as const;
