// What a runtime tells the driver: the only thing that both sides know of each other.

/** One case: passed where there is neither. */
export interface CaseResult {
  readonly name: string;
  readonly error?: string;
  /** What the runtime lacks for it. */
  readonly lacking?: string;
}

/** What came of a group of cases, told as soon as it is over. */
export interface GroupReport {
  readonly kind: "group";
  readonly group: string;
  readonly results: readonly CaseResult[];
}

/** Told first. */
export interface ProviderReport {
  readonly kind: "provider";
  readonly provider: string;
  /** By name, and whether they answer at once. */
  readonly aeads: readonly { readonly name: string; readonly sync: boolean }[];
  readonly groups: readonly string[];
}

/** Client and lab in one thread, so about twice what a client costs: to compare providers on one runtime. */
export interface SpeedReport {
  readonly kind: "speed";
  /** Milliseconds each. */
  readonly handshake: number;
  /** Milliseconds a MiB, from the lab to the client. */
  readonly download: number;
}

/** Told last. */
export interface EndReport {
  readonly kind: "end";
  /** What kept the suite from its end; nothing where it came there. */
  readonly error?: string;
}

export type Report = GroupReport | ProviderReport | SpeedReport | EndReport;
