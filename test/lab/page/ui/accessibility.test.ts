import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath } from "../../../shapes/chromium.ts";
import { type LabPage, openAt, startLabPage } from "./labPage.ts";

/** States of the page, and what is there once they are drawn. */
const states = [
  ["full", ".verdict-line.good"],
  ["0rtt&at=client.EndOfEarlyData", ".arrow.epoch-early"],
  ["full&certificates:expired&at=server.Certificate@40", ".paths .refused"],
  ["full&ServerHello@38=ff&with=full", ".ladders .stopped"],
  ["captures", ".capture"],
  ["live", ".live form"],
] as const;

if (chromiumPath === undefined) console.log("skipped: no chromium for the lab page's accessibility");
describe.skipIf(chromiumPath === undefined)("axe-core finds nothing in the lab page", () => {
  let lab: LabPage;
  beforeAll(async () => {
    lab = await startLabPage();
  });
  afterAll(() => lab?.close());

  describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
    test.each([360, 820, 1440])("at %i pixels, and nothing is wider than that", async (width) => {
      const page = await openAt(lab, "", { colorScheme, viewport: { width, height: 900 } });
      await page.evaluate(axe.source);
      await page.getByRole("button", { name: "Famous failures" }).click();
      await page.getByRole("button", { name: "client_handshake_traffic_secret" }).click();
      for (const [state, isThere] of states) {
        await page.goto(`${lab.url}#${state}`);
        await page.locator(isThere).first().waitFor();
        const findings = await page.evaluate<string[]>(
          `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => id + ": " + target + ": " + failureSummary)))`,
        );
        expect(findings, `${state} at ${width}`).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(
          0,
        );
      }
      await page.close();
    });
  });
});
