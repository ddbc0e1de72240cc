import { expect, test } from "vitest";
import { keepRun, readKeptRun } from "../../../lab/page/keptRun.ts";
import { runScenario } from "../../../lab/page/runScenario.ts";
import { scenarioIds } from "../../../lab/page/scenarios.ts";

test.each(scenarioIds)("the run of %s comes back as it was kept", async (id) => {
  const run = await runScenario(id, []);
  expect(readKeptRun(keepRun(run))).toEqual(run);
});
