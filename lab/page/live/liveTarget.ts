import type { Roots } from "../../../src/trust/trustStore.ts";
import { LiveError } from "./liveError.ts";

/** How TLS is reached there. */
export type LiveProtocol = "https" | "smtp" | "imap" | "postgresql";

/** Where a live connection goes. */
export interface LiveTarget {
  /** The relay's address, as it prints it: `ws://127.0.0.1:8081`. */
  readonly relay: string;
  /** `host:port`, in the spelling in which the relay lists it. */
  readonly target: string;
  /** Who is believed. Default: Mozilla's roots. */
  readonly roots?: Roots | undefined;
  /** The name that the certificate must be for. Default: the target's host. */
  readonly serverName?: string | undefined;
}

/** A target, ready to be gone to. */
export interface Way {
  /** The address of the WebSocket. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly roots: Roots;
}

/** @throws LiveError `invalid_target`, which says what was expected */
export async function wayTo({ relay, target, roots, serverName }: LiveTarget): Promise<Way> {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(target) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) {
    throw new LiveError("invalid_target", `target: expected HOST:PORT, got ${JSON.stringify(target)}`);
  }
  if (!/^wss?:\/\/[^/\s]+\/?$/.test(relay)) {
    throw new LiveError(
      "invalid_target",
      `relay: expected an address such as ws://127.0.0.1:8081, got ${JSON.stringify(relay)}`,
    );
  }
  return {
    url: `${relay.replace(/\/$/, "")}/${target}`,
    host,
    port: Number(port),
    serverName: serverName || host,
    // Loaded when they are wanted: they are larger than all the rest.
    roots: roots ?? (await import("../../../src/roots/index.ts")).mozillaRoots(),
  };
}
