import type { LiveProtocol } from "./liveTarget.ts";

/** What whoever serves the page says of the relay that stands beside it: `live.json`, next to the page. */
export interface LiveOffer {
  readonly relay: string;
  readonly targets: readonly OfferedTarget[];
}

export interface OfferedTarget {
  readonly target: string;
  readonly protocol: LiveProtocol;
  /** PEM. Left out for Mozilla's roots. */
  readonly roots?: string;
  /** Who may ask, where it is a database. */
  readonly login?: { readonly user: string; readonly password: string; readonly database: string };
  /** Something to ask it. */
  readonly sql?: string;
}

/** Undefined where the page stands by itself, as files. */
export async function loadOffer(): Promise<LiveOffer | undefined> {
  try {
    const response = await fetch("live.json");
    return response.ok ? ((await response.json()) as LiveOffer) : undefined;
  } catch {
    return undefined;
  }
}
