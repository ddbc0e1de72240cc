// @ts-check
// The table of misdeeds, read from its source.

import "./ts.mjs";

/** @typedef {{ readonly alert: string | null, readonly rules: readonly string[] }} Row */

/**
 * Error code → the alert that is sent and the rules that were broken.
 *
 * @returns {Promise<Map<string, Row>>}
 */
export async function readMisdeeds() {
  const { misdeeds } = await import("../src/wire/misdeeds.ts");
  return new Map(Object.entries(misdeeds));
}

/**
 * The codes for what is no misdeed of the peer's; a test may carry them too.
 *
 * @returns {Promise<Set<string>>}
 */
export async function readLocalCodes() {
  const { localFaults } = await import("../src/wire/faults.ts");
  return new Set(Object.keys(localFaults));
}
