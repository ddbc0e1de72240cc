// Runs the groups one after the other, wherever this is, and tells the driver what came of each.

import { defaultProvider } from "#provider";
import { CaseError } from "../../cases/case.ts";
import type { Fixtures } from "../fixtures.ts";
import type { CaseResult, Report } from "../report.ts";
import { groupsOf } from "./groups.ts";
import { harnessOf } from "./harness.ts";
import { LackingError } from "./interop.ts";
import { watchRejections } from "./rejections.ts";
import type { Sockets } from "./sockets.ts";
import { speedOf } from "./speed.ts";

/** Milliseconds that a case may take. */
const limit = 15_000;

/** @param station where the driver hands out what the cases need, and takes reports */
export async function run(station: string, sockets: Sockets): Promise<void> {
  const tell = async (report: Report): Promise<void> => {
    const { ok } = await fetch(`${station}/report`, { method: "POST", body: JSON.stringify(report) });
    if (!ok) throw new Error("the driver takes no report");
  };
  try {
    const fixtures = (await (await fetch(`${station}/fixtures`)).json()) as Fixtures;
    const { name, aeads, keyExchanges } = defaultProvider;
    await tell({
      kind: "provider",
      provider: name,
      aeads: aeads().map(({ name, sync }) => ({ name, sync })),
      groups: keyExchanges.map(({ name }) => name),
    });
    const rejections = watchRejections();
    const harness = harnessOf(fixtures);
    for (const { name: group, cases } of groupsOf(fixtures, sockets)) {
      const results: CaseResult[] = [];
      for (const { name, run } of cases) {
        const failure = await failureOf(run(harness));
        const error = await rejections.taken();
        results.push({ name, ...(failure ?? (error === undefined ? {} : { error })) });
      }
      await tell({ kind: "group", group, results });
    }
    // The clock of Workers stands still between two answers from outside.
    const now = async (): Promise<number> => Number(await (await fetch(`${station}/now`)).text());
    await tell({ kind: "speed", ...(await speedOf(harness, now)) });
    await tell({ kind: "end" });
  } catch (error) {
    await tell({ kind: "end", error: described(error) });
  }
}

async function failureOf(running: Promise<void>): Promise<Omit<CaseResult, "name"> | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CaseError(`not done within ${limit} ms`)), limit);
  });
  try {
    await Promise.race([running, late]);
    return undefined;
  } catch (error) {
    return error instanceof LackingError ? { lacking: error.message } : { error: described(error) };
  } finally {
    clearTimeout(timer);
  }
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof CaseError ? error.message : `${error.name}: ${error.message}\n${error.stack ?? ""}`;
}
