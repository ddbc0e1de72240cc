// A link points at a byte: the same byte, whichever browser opens it. Here a browser runs what Node runs.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PageState, parseAddress } from "../../../lab/page/address.ts";
import { gallery } from "../../../lab/page/gallery.ts";
import type { Run } from "../../../lab/page/run.ts";
import { runScenario } from "../../../lab/page/runScenario.ts";
import { scenarioIds } from "../../../lab/page/scenarios.ts";
import { toHex } from "../../../src/wire/bytes.ts";
import { chromiumPath, openPage } from "../../shapes/chromium.ts";

const module = `
  import { parseAddress } from "./lab/page/address.ts";
  import { runScenario } from "./lab/page/runScenario.ts";
  import { toHex } from "./src/wire/bytes.ts";

  window.run = async (address) => {
    const { scenario, changes } = parseAddress(address);
    const { end, steps, records, secrets } = await runScenario(scenario, changes);
    return {
      end,
      steps: steps.map(({ kind, from, name }) => [kind, from, name ?? ""].join(" ")),
      wire: records.map(({ from, wire }) => from + " " + toHex(wire)),
      secrets: secrets.map(({ name, value }) => name + " " + toHex(value)),
    };
  };
`;

/** The same of a run in Node. */
function told({ end, steps, records, secrets }: Run): object {
  return {
    end,
    steps: steps.map((step) => [step.kind, step.from, "name" in step ? step.name : ""].join(" ")),
    wire: records.map(({ from, wire }) => `${from} ${toHex(wire)}`),
    secrets: secrets.map(({ name, value }) => `${name} ${toHex(value)}`),
  };
}

if (chromiumPath === undefined) console.log("skipped: no chromium to run the page's scenarios");
describe.skipIf(chromiumPath === undefined)("in Chromium", () => {
  let browser: Awaited<ReturnType<typeof openPage>>;
  beforeAll(async () => {
    browser = await openPage(module);
  }, 60_000);
  afterAll(() => browser?.close());

  test.each([...scenarioIds, ...gallery.map(({ address }) => address)])(
    "the same bytes cross the wire: %s",
    async (address) => {
      const { scenario, changes }: PageState = parseAddress(address);
      const there = await browser.page.evaluate(`run(${JSON.stringify(address)})`);
      expect(there).toEqual(JSON.parse(JSON.stringify(told(await runScenario(scenario, changes)))));
    },
  );
});
