import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCapture } from "../../../../lab/page/capture/captureToRun.ts";
import { chromiumPath } from "../../../shapes/chromium.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const fixture = (name: string): string => path(`../fixtures/${name}`);

let browser: Browser;
let script: string;
let style: string;

async function panel(): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  await page.setContent('<!doctype html><html lang="en"><title>Captures</title><body></body></html>');
  await page.addStyleTag({ content: style });
  await page.addScriptTag({ content: script });
  return page;
}

const open = (
  page: Page,
  ...files: readonly (string | { name: string; mimeType: string; buffer: Buffer })[]
) => page.getByLabel("A capture, a trace, or a key log beside a capture").setInputFiles(files as string[]);

describe.skipIf(chromiumPath === undefined)("the panel in Chromium", () => {
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [path("panelPage.tsx")],
      bundle: true,
      write: false,
      format: "iife",
      target: "es2022",
      platform: "browser",
      jsx: "automatic",
      jsxImportSource: "preact",
      tsconfigRaw: {},
      alias: { "#provider": path("../../../../src/crypto/provider/web.ts") },
    });
    script = outputFiles[0]?.text ?? "";
    const colours = await readFile(path("../../../../lab/page/ui/style/colours.css"), "utf8");
    const base = await readFile(path("../../../../lab/page/ui/style/base.css"), "utf8");
    style = colours + base + (await readFile(path("../../../../lab/page/capture/capturePanel.css"), "utf8"));
    browser = await chromium.launch({ executablePath: chromiumPath as string, args: ["--no-sandbox"] });
  });

  afterAll(() => browser?.close());

  test("a capture, then its key log, then the key log forgotten", async () => {
    const page = await panel();
    const shown = page.locator("output");
    await open(page, fixture("plain.pcapng"));
    await shown.getByText(": 5 steps, unfinished").waitFor();
    await page.getByText("8 protected records of the server stayed closed: there are no secrets").waitFor();
    expect(await page.getByLabel("with the secrets").isDisabled()).toBe(true);
    await open(page, fixture("plain.keys"));
    await shown.getByText(", opened").waitFor();
    expect(await page.getByText("stayed closed").count()).toBe(0);
    await page.getByRole("button", { name: "Forget them" }).click();
    await shown.getByText(": 5 steps, unfinished").waitFor();
    await page.close();
  });

  test("both at once; and saved without the secrets unless they are asked for, with a warning in words", async () => {
    const page = await panel();
    await open(page, fixture("client.keys"), fixture("client.pcap"));
    await page.locator("output").getByText(", opened").waitFor();
    const saved = async (): Promise<Uint8Array> => {
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: "Save as pcapng" }).click();
      const file = await download;
      expect(file.suggestedFilename()).toMatch(/^server\.example-from-127\.0\.0\.1-\d+\.pcapng$/);
      return readFile(await file.path());
    };
    expect(openCapture(await saved()).keyLogs).toEqual([]);
    await page.getByLabel("with the secrets").check();
    await page.getByText("Whoever gets this file can read everything that was said").waitFor();
    expect(openCapture(await saved()).keyLogs.join("")).toContain("CLIENT_TRAFFIC_SECRET_0");
    await page.close();
  });

  test("a trace; and a file that is none, with the reason and the code", async () => {
    const page = await panel();
    const error =
      '{"kind":"error","time":1,"code":"connect_failed","message":"no","alert":null,"rules":[]}\n';
    const file = (name: string, text: string) => ({
      name,
      mimeType: "text/plain",
      buffer: Buffer.from(text),
    });
    await open(page, file("trace.json", error));
    await page.locator("output").getByText("A trace: 0 steps, failed").waitFor();
    await page.getByText("records, data and secrets are not in it").waitFor();
    expect(await page.getByRole("button", { name: "Save as pcapng" }).isDisabled()).toBe(true);
    await open(page, file("letter.txt", "dear all"));
    await page.getByText("letter.txt: These bytes begin as no pcapng and no pcap file does.").waitFor();
    await page.getByText("(not_a_capture)").waitFor();
    await page.close();
  });

  test.each(["light", "dark"] as const)(
    "axe finds nothing, at phone width too, in %s",
    async (colorScheme) => {
      const page = await panel();
      await page.emulateMedia({ colorScheme });
      await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
      await open(page, fixture("plain.pcapng"), fixture("plain.keys"));
      await page.locator("output").getByText(", opened").waitFor();
      await page.getByLabel("with the secrets").check();
      for (const width of [360, 1200]) {
        await page.setViewportSize({ width, height: 900 });
        const found = (await page.evaluate(
          "axe.run().then(({ violations }) => violations.map(({ id }) => id))",
        )) as string[];
        expect(found).toEqual([]);
        const wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(wider).toBe(0);
        if (process.env["PICTURES"] !== undefined) {
          await page.screenshot({ path: `${process.env["PICTURES"]}/panel-${colorScheme}-${width}.png` });
        }
      }
      await page.close();
    },
  );
});
