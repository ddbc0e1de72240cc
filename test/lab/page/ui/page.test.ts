import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { gallery } from "../../../../lab/page/gallery.ts";
import { keepRun, readKeptRun } from "../../../../lab/page/keptRun.ts";
import type { Run } from "../../../../lab/page/run.ts";
import { runScenario } from "../../../../lab/page/runScenario.ts";
import { scenarioIds, scenarios } from "../../../../lab/page/scenarios.ts";
import { chromiumPath } from "../../../shapes/chromium.ts";
import { drawn, type LabPage, openAt, startLabPage } from "./labPage.ts";

/** Failures of the gallery: the error, the alert on the wire, and the rule that was broken. */
const failures = [
  ["skipped-finished", "unexpected_application_data", "unexpected_message", "5/7"],
  ["skipped-certificate", "unexpected_handshake_message", "unexpected_message", "4/2"],
  ["second-retry", "unexpected_handshake_message", "unexpected_message", "4.2.4/8"],
  ["ccs-within-message", "interleaved_handshake_message", "unexpected_message", "5.1/4"],
  ["keyupdate-mid-record", "key_change_inside_record", "unexpected_message", "5.1/6"],
  ["downgrade", "downgrade_detected", "illegal_parameter", "4.2.3/7"],
  ["unoffered-suite", "cipher_suite_not_offered", "illegal_parameter", "4.2.3/3"],
  ["unoffered-group", "key_share_group_not_offered", "illegal_parameter", "4.3.8/11"],
  ["zero-share", "all_zero_shared_secret", "illegal_parameter", "7.4.2/3"],
  ["wrong-session-id", "session_id_not_echoed", "illegal_parameter", "4.2.3/2"],
  ["forged-signature", "bad_handshake_signature", "decrypt_error", "4.5.2/12"],
  ["corrupted-finished", "bad_finished", "decrypt_error", "4.5.3/2"],
  ["truncated-certificate", "malformed_message", "decode_error", "6/10"],
  ["corrupted-record", "bad_record_mac", "bad_record_mac", "5.2/3"],
  ["endless-ticket", "ticket_lifetime_too_long", "illegal_parameter", "4.7.1/10"],
] as const;

/** Times are those of the machine that made it. */
const timeless = (run: Run): string =>
  keepRun({ ...run, steps: run.steps.map((step) => ({ ...step, time: 0 })) });

if (chromiumPath === undefined) console.log("skipped: no chromium for the lab page");
describe.skipIf(chromiumPath === undefined)("the lab page in Chromium", () => {
  let lab: LabPage;
  let page: Page;
  beforeAll(async () => {
    lab = await startLabPage();
  });
  afterAll(() => lab?.close());
  afterEach(() => page?.close());

  const arrows = (): Promise<string[]> => page.locator(".ladder button.arrow .arrow-name").allTextContents();
  const isDone = async (words: string): Promise<void> => {
    await page.locator(".verdict-line", { hasText: words }).waitFor();
  };

  test("every tab opens, with its own messages, and says nothing on the console", async () => {
    page = await openAt(lab, "");
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    const seen = new Set<string>();
    for (const id of scenarioIds) {
      await page.getByRole("tab", { name: scenarios[id].title, exact: true }).click();
      await page.locator(".summary", { hasText: scenarios[id].summary }).waitFor();
      await expect.poll(() => page.locator(".timeline").getAttribute("data-title")).toBe(scenarios[id].title);
      await isDone("Open.");
      seen.add((await page.locator(".ladder .row").allTextContents()).join("\n"));
      expect(new URL(page.url()).hash).toBe(`#${id}`);
    }
    expect(seen.size).toBe(scenarioIds.length);
    expect(said).toEqual([]);
  });

  test("the first view needs no engine, and is what the engine makes", async () => {
    page = await lab.browser.newPage();
    await page.route(/engine-\w+\.js$/, (route) => route.abort());
    await page.goto(lab.url);
    await drawn(page);
    await isDone("Open.");
    const kept = await page.evaluate<string>("document.getElementById('first-run').textContent");
    expect(timeless(readKeptRun(kept))).toEqual(timeless(await runScenario("full", [])));
  });

  test("nobody is taken for silent whose code is still on its way", async () => {
    page = await lab.browser.newPage();
    await page.route(/-\w+\.js$/, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      await route.continue();
    });
    await page.goto(`${lab.url}#hrr`);
    await drawn(page);
    await isDone("Open.");
  });

  test.each(failures)("shows what becomes of %s: %s, alert %s, rule %s", async (id, code, alert, rule) => {
    const entry = gallery.find((one) => one.id === id);
    page = await openAt(lab, entry?.address ?? "");
    const verdict = page.getByRole("region", { name: "Why the client stopped" });
    expect(await page.locator(".story-title").textContent()).toBe(entry?.title);
    expect(await page.locator(".verdict-line").textContent()).toContain(code);
    expect(await verdict.locator(".alert-name").textContent()).toBe(alert);
    expect(await verdict.locator("pre.error").textContent()).toContain(`code: "${code}"`);
    const broken = verdict
      .locator("h3", { hasText: "The rule that was broken" })
      .locator("+ .rules .rule-id");
    expect(await broken.allTextContents()).toEqual([`§${rule}`]);
    expect(await page.locator(".verdict-rule .rule-id").textContent()).toBe(`§${rule}`);
    const marked = await page.locator(".message-rules [data-broken] .rule-id").allTextContents();
    expect(marked.every((text) => text === `§${rule}`)).toBe(true);
    expect(await page.locator(".ladder .arrow.alert .arrow-name").textContent()).toContain(alert);
    expect(await page.locator(".stopped").count()).toBe(1);
  });

  test("a byte is changed with the keyboard alone, the change taken back, and the history goes along", async () => {
    page = await openAt(lab, "full");
    await page.getByRole("tab", { selected: true }).focus();
    await page.keyboard.press("ArrowRight");
    await page.locator(".summary", { hasText: scenarios.hrr.summary }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.locator(".summary", { hasText: scenarios.full.summary }).waitFor();
    await isDone("Open.");

    await page.locator(".ladder button.arrow").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.getByRole("heading", { name: "ServerHello", exact: true }).waitFor();
    // Into the tree: down to the session id, open it, to its first child and back.
    await page.locator("[role=tree] [tabindex='0']").focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"]) {
      await page.keyboard.press(key);
    }
    expect(await page.locator("[role=treeitem]:focus").textContent()).toBe("length 32");
    expect(await page.locator(".message > .hex [data-lit]").allTextContents()).toEqual(["20"]);
    expect(await page.locator(".record .hex [data-lit]").allTextContents()).toEqual(["20"]);
    await page.keyboard.press("Enter");
    await page.locator("#byte:focus").waitFor();
    await page.keyboard.type("21");
    await page.keyboard.press("Enter");
    await isDone("Refused.");
    expect(page.url()).toContain("#full&ServerHello@38=21");
    expect(await page.locator(".arrow[data-changed] .arrow-name").textContent()).toBe("ServerHello");

    await page.goBack();
    await isDone("Open.");
    await page.goForward();
    await isDone("Refused.");
    await page.getByRole("button", { name: "Undo", exact: true }).focus();
    await page.keyboard.press("Enter");
    await isDone("Open.");
  });

  test("messages are dropped, doubled, swapped and cut with buttons, and the changes add up", async () => {
    page = await openAt(lab, "full&at=server.EncryptedExtensions");
    await page.getByRole("button", { name: "Double", exact: true }).click();
    await isDone("unexpected_handshake_message");
    expect(await page.locator(".message h2").textContent()).toBe("EncryptedExtensions");
    await page.getByRole("button", { name: "Drop", exact: true }).click();
    await expect.poll(() => page.url()).toContain("drop:EncryptedExtensions");
    await page.getByRole("button", { name: "Undo all" }).click();
    await isDone("Open.");

    await page.locator(".ladder button.arrow", { hasText: "CertificateVerify" }).click();
    await page.getByRole("button", { name: "Swap…" }).click();
    await page.locator(".asks button", { hasText: "Finished" }).click();
    await isDone("expected CertificateVerify, got Finished");
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await isDone("Open.");

    await page.locator(".ladder button.arrow", { hasText: "{Certificate}" }).click();
    await page.getByRole("button", { name: "Truncate…" }).click();
    await page.locator("#length").fill("9");
    await page.getByRole("button", { name: "Cut there" }).click();
    await expect.poll(() => page.url()).toContain("truncate:Certificate,9");
    await isDone("Refused.");
  });

  test("a state survives a reload, its byte included", async () => {
    page = await openAt(lab, "mlkem&at=server.ServerHello@90&with=full");
    await page.locator(".ladders").waitFor();
    const before = await page.locator("main").textContent();
    expect(before).toContain("Byte 90");
    await page.reload();
    await drawn(page);
    await page.locator(".ladders").waitFor();
    await expect.poll(() => page.locator("main").textContent()).toBe(before);
  });

  test("two runs stand side by side, and what differs is marked", async () => {
    page = await openAt(lab, "full&CertificateVerify@40=00&with=full");
    await page.locator(".ladders").waitFor();
    const differing = page.locator(".pair[data-differs] .row:first-child .arrow-name");
    expect(await differing.first().textContent()).toBe("{CertificateVerify}");
    expect(await page.locator(".message > .hex [data-differs]").count()).toBe(1);
    expect(await page.locator(".field[data-differs] .field-name").allTextContents()).toContain("signature");
  });

  test("an address that says nothing is told of, and leaves a page that works", async () => {
    page = await openAt(lab, "full&Finnished@4=00");
    expect(await page.getByRole("alert").textContent()).toContain("Finnished");
    await page.getByRole("tab", { name: "Closing" }).click();
    await page.locator(".summary", { hasText: scenarios.closing.summary }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  test("a run that was saved is opened in the tab for captures, and can be walked through", async () => {
    page = await openAt(lab, "full");
    await page.getByRole("tab", { name: "Captures and traces" }).click();
    expect(new URL(page.url()).hash).toBe("#captures");
    await page.getByRole("checkbox", { name: /secrets/ }).check();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /Save/ }).first().click(),
    ]);
    await page.locator("input[type=file]").setInputFiles(await download.path());
    await page.locator(".capture-choice").waitFor();
    await page.locator(".ladder button.arrow", { hasText: "{CertificateVerify}" }).click();
    await page.getByRole("heading", { name: "CertificateVerify", exact: true }).waitFor();
    expect(await page.locator(".breaker").count()).toBe(0);
    expect(new URL(page.url()).hash).toBe("#captures");
    await page.goBack();
    await page.locator(".summary", { hasText: scenarios.full.summary }).waitFor();
  });

  test("a rule leads to the line that keeps it", async () => {
    page = await openAt(lab, "full&drop:CertificateVerify");
    const link = page.locator(".message-rules a", { hasText: "inbox.ts:" }).first();
    const line = (await link.textContent())?.split(":")[1];
    await link.click();
    expect(await page.locator("span:target").getAttribute("id")).toBe(`L${line}`);
    expect(await page.locator("h1").textContent()).toBe("src/connection/inbox.ts");
  });

  test("the key schedule grows with the message that is looked at, and tells a secret's value", async () => {
    page = await openAt(lab, "full&at=server.ServerHello");
    const later = page.locator(".secret[data-later] .secret-name");
    expect(await later.allTextContents()).toContain("Main Secret");
    expect(await later.allTextContents()).not.toContain("Handshake Secret");
    await page.getByRole("button", { name: "server_handshake_traffic_secret" }).click();
    expect(await page.locator(".secret-more .value").first().textContent()).toMatch(/^[0-9a-f]{64}$/);
    expect(await page.locator(".secret-more").textContent()).toContain("ClientHello, ServerHello");
  });

  test("nothing is asked of any other server", async () => {
    page = await lab.browser.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(lab.url);
    await drawn(page);
    expect(asked.filter((url) => !url.startsWith(lab.url) && !url.startsWith("data:"))).toEqual([]);
    expect(await arrows()).toContain("ClientHello");
  });
});
