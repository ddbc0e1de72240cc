import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Demo, startDemo } from "../../../../demo/browser/startDemo.ts";
import { postgresPrograms } from "../../../../examples/workers-postgres/postgresServer.mjs";
import { chromiumPath } from "../../../shapes/chromium.ts";

const hasPostgres = postgresPrograms() !== undefined;

if (chromiumPath === undefined) console.log("skipped: no chromium for real connections from the lab page");
if (!hasPostgres) console.log("skipped: no PostgreSQL for the lab page's query");
describe.skipIf(chromiumPath === undefined)(
  "real connections from the lab page, at its demo",
  { timeout: 60_000 },
  () => {
    let demo: Demo;
    let browser: Browser;
    let page: Page;
    let said: string[];
    beforeAll(async () => {
      demo = await startDemo();
      browser = await chromium.launch({
        ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
        args: ["--no-sandbox", "--disable-background-networking"],
      });
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await demo?.stop();
    });
    afterEach(() => page?.close());

    const open = async (target: string, colorScheme: "light" | "dark", width: number): Promise<void> => {
      page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      said = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(error.message));
      await page.goto(demo.page);
      await page.getByRole("tab", { name: "Real connections" }).click();
      await page.getByRole("button", { name: target }).click();
    };
    /** What each row of the timeline says, the sizes left out. */
    const timeline = async (): Promise<string[]> => {
      await page.locator(".message-rules").waitFor();
      const rows = await page.locator(".ladder .arrow .arrow-text").allInnerTexts();
      return rows.map((text) => text.replace(/^(client|server):\s*/, "").trim());
    };
    const isSound = async (): Promise<void> => {
      await page.evaluate(axe.source);
      expect(
        await page.evaluate<string[]>(
          `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
          nodes.map(({ target, failureSummary }) => id + ": " + target + ": " + failureSummary)))`,
        ),
      ).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      expect(said).toEqual([]);
    };

    const looks = [
      ["light", 1440],
      ["dark", 360],
    ] as const;

    test.each(looks)("HTTPS, %s at %i pixels: the handshake is in the timeline", async (scheme, width) => {
      await open("HTTPS", scheme, width);
      await page.getByRole("button", { name: "Connect" }).click();
      await page.getByText("and ended in peace").waitFor();
      const rows = await timeline();
      for (const message of ["ClientHello", "ServerHello", "{CertificateVerify}", "HEAD / HTTP/1.1…"]) {
        expect(rows).toContainEqual(expect.stringContaining(message));
      }
      expect(await page.locator(".verdict pre").textContent()).toContain('serverName: "localhost"');
      await page.locator(".certificates h3", { hasText: "CN=localhost" }).waitFor();
      await isSound();

      await page.getByRole("tab", { name: "Captures and traces" }).click();
      await page.getByRole("button", { name: "Save as pcapng" }).waitFor();
      expect(await timeline()).toEqual(rows);
      await isSound();
    });

    test.skipIf(!hasPostgres).each(looks)(
      "PostgreSQL, %s at %i pixels: it answers, and what was said stands before the end",
      async (scheme, width) => {
        await open("PostgreSQL", scheme, width);
        await page.getByRole("button", { name: "Ask" }).click();
        await page.getByText("SCRAM-SHA-256-PLUS", { exact: true }).waitFor();
        expect(await page.locator(".live-table tbody tr").count()).toBe(8);
        expect(await page.locator(".live-table tbody tr").first().locator("td").allTextContents()).toEqual([
          "Saturn",
          "274",
          "null",
        ]);
        const rows = await timeline();
        const asked = rows.findIndex((text) => text.includes("select name, moons"));
        const [terminated, ended] = ["X·", "[close_notify]"].map((words) =>
          rows.findIndex((text) => text.includes(words)),
        ) as [number, number];
        expect(asked).toBeGreaterThan(rows.findIndex((text) => text.includes("{Finished}")));
        expect(terminated).toBeGreaterThan(asked);
        expect(ended).toBeGreaterThan(terminated);
        await isSound();
      },
    );
  },
);
