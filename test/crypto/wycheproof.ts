import { readFileSync } from "node:fs";

interface Test {
  readonly tcId: number;
  readonly comment: string;
  readonly flags: readonly string[];
  readonly result: "valid" | "invalid" | "acceptable";
}

/** A case with the fields of its group beside its own. */
export type Case<G, T> = Test & T & { readonly group: G };

/** Every case of a file of Wycheproof's, as many as the file says that it has. */
export function cases<G, T>(file: string): readonly Case<G, T>[] {
  const url = new URL(`../vectors/wycheproof/${file}_test.json`, import.meta.url);
  const { numberOfTests, testGroups } = JSON.parse(readFileSync(url, "utf8")) as {
    readonly numberOfTests: number;
    readonly testGroups: readonly (G & { readonly tests: readonly (Test & T)[] })[];
  };
  const all = testGroups.flatMap((group) => group.tests.map((test) => ({ ...test, group })));
  if (all.length !== numberOfTests) throw new Error(`${file}: ${all.length} of ${numberOfTests} cases found`);
  return all;
}

/** How many ran, how many were passed over and why, and what didn't go as the file says. */
export class Tally {
  readonly failed: string[] = [];
  readonly skipped: Record<string, number> = {};
  ran = 0;

  check({ tcId, comment }: Test, asExpected: boolean): void {
    this.ran++;
    if (!asExpected) this.failed.push(`case ${tcId} (${comment})`);
  }

  skip(reason: string): void {
    this.skipped[reason] = (this.skipped[reason] ?? 0) + 1;
  }
}
