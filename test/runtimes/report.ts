// What a runtime tells the driver: the only thing that both sides know of each other.

/** One case: passed where there is no error. */
export interface CaseResult {
  readonly name: string;
  readonly error?: string;
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
  /** Whether the AEADs of this provider answer at once; those that do, and those that don't, by name. */
  readonly aeads: readonly { readonly name: string; readonly sync: boolean }[];
  readonly groups: readonly string[];
}

/** Told last. */
export interface EndReport {
  readonly kind: "end";
  /** What kept the suite from its end; nothing where it came there. */
  readonly error?: string;
}

export type Report = GroupReport | ProviderReport | EndReport;
