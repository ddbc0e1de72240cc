// One run of the suite in one runtime.

import { spawn } from "node:child_process";
import { killedAtExit } from "../interop/children.ts";
import { type Command, temporaryFolder } from "../interop/peers/process.ts";
import { bundle, type ProviderName } from "./bundle.ts";
import type { GroupReport, ProviderReport, Report, SpeedReport } from "./report.ts";
import type { Runtime } from "./runtimes.ts";
import { openStation } from "./station.ts";

export interface Attempt {
  readonly provider: ProviderReport | undefined;
  readonly speed: SpeedReport | undefined;
  readonly groups: readonly GroupReport[];
  /** What kept the suite from its end. */
  readonly error: string | undefined;
}

/** Milliseconds for all of it. */
const limit = 240_000;

export async function attempt(
  runtime: Runtime,
  command: Command,
  provider: ProviderName,
  fixtures: string,
): Promise<Attempt> {
  const script = await bundle(runtime.entry, provider);
  const folder = temporaryFolder();
  const groups: GroupReport[] = [];
  let told: ProviderReport | undefined;
  let speed: SpeedReport | undefined;
  let finish: (error: string | undefined) => void = () => {};
  const finished = new Promise<string | undefined>((resolve) => {
    finish = resolve;
  });
  const take = (report: Report): void => {
    if (report.kind === "provider") told = report;
    else if (report.kind === "group") groups.push(report);
    else if (report.kind === "speed") speed = report;
    else finish(report.error);
  };
  const station = await openStation({ fixtures, script, report: take });
  const [name, ...before] = command;
  // In a group of its own: browsers have children.
  const child = spawn(name, [...before, ...runtime.args(folder, script, station.address)], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  killedAtExit(child);
  let said = "";
  const heard = (chunk: Buffer): void => {
    said = (said + chunk.toString("latin1")).slice(-2000);
  };
  child.stdout.on("data", heard);
  child.stderr.on("data", heard);
  child.once("error", ({ message }) => finish(message));
  child.once("close", (code) => finish(`it ended with ${code} before the suite was done: ${said}`));
  const timer = setTimeout(() => finish(`not done within ${limit / 1000} s: ${said}`), limit);
  const error = await finished;
  clearTimeout(timer);
  try {
    process.kill(-(child.pid as number), "SIGKILL");
  } catch {
    // It has ended by itself.
  }
  station.close();
  folder.remove();
  return { provider: told, speed, groups, error };
}
