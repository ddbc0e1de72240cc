// The panel in a real page, with what npm run demo:browser starts.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRelay } from "../../../../lab/relay/startRelay.ts";
import { usual } from "../../../interop/chains.ts";
import { nodeServer, shown } from "../../../interop/nodeServer.ts";
import { chromiumPath, type OpenPage, openBundle } from "../../../shapes/chromium.ts";
import { bundleForPages } from "./bundle.ts";

if (chromiumPath === undefined) console.log("skipped: no chromium for the panel");
describe.skipIf(chromiumPath === undefined)("the panel, in Chromium", () => {
  let browser: OpenPage;
  const closers: (() => unknown)[] = [];
  beforeAll(async () => {
    browser = await openBundle(
      await bundleForPages(`
        import { h, render } from "preact";
        import { LivePanel } from "./lab/page/live/LivePanel.tsx";
        window.runs = [];
        const onRun = (run) => window.runs.push([run.end.kind, run.steps.length > 10]);
        render(h(LivePanel, { relay: undefined, onRun }), document.getElementById("screen"));
      `),
    );
    closers.push(() => browser.close());
  }, 60_000);
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  test("connects, hands the run on, and says why where it does not", async () => {
    const server = await nodeServer({ ...shown(usual), ALPNProtocols: ["http/1.1"] }, (socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
    });
    const target = `localhost:${server.port}`;
    const relay = await startRelay({ targets: [target], origins: [new URL(browser.page.url()).origin] });
    closers.push(
      () => server.close(),
      () => relay.close(),
    );
    const { page } = browser;
    await page.getByLabel("Relay").fill(relay.address);
    await page.getByLabel("Target").fill(target);
    await page.getByText("Whom to believe").click();
    await page.getByLabel("Roots").fill(usual.rootPem);
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByText(`Connected to ${target}`).waitFor();
    expect(await page.evaluate("window.runs")).toEqual([["opened", true]]);

    await page.getByLabel("Target").fill("localhost:1");
    await page.getByRole("button", { name: "Connect" }).click();
    expect(await page.getByRole("alert").textContent()).toContain(
      "1008 the relay does not lead to this target",
    );

    await page.getByLabel("Protocol").selectOption("postgresql");
    await page.getByLabel("User").fill("alice");
    await page.getByRole("button", { name: "Ask" }).click();
    await page.getByText("1008").waitFor();
    expect(await page.getByRole("textbox", { name: "SQL" }).inputValue()).toBe("select version()");
  });
});
