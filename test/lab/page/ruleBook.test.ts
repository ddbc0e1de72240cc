import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { errorCode, ruleOf, rulesFor } from "../../../lab/page/ruleBook.ts";
import { misdeeds } from "../../../src/wire/misdeeds.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

test("the rules of the page are those of the project, and its lines where they are said to be", async () => {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["scripts/page-rules.mjs", "--check"], { cwd: root });
  expect(stdout).toContain("346 rules");
});

test("every error that blames the server leads to a line that throws it, and to rules that can be shown", () => {
  for (const [code, { alert, rules }] of Object.entries(misdeeds)) {
    const known = errorCode(code);
    expect(known?.alert, code).toBe(alert);
    for (const id of rules) {
      const rule = ruleOf(id);
      expect(rule?.codes, id).toContain(code);
      expect(rule?.text).not.toBe("");
      expect(rule?.sectionTitle).not.toBe("");
      expect(rule?.source, id).not.toEqual([]);
    }
    const [place] = known?.source ?? [];
    // Those that no line throws are given by verifiers of others.
    if (place === undefined) expect(code).toMatch(/^certificate_/);
    else expect(readFileSync(`${root}${place.file}`, "utf8").split("\n").length).toBeGreaterThan(place.line);
  }
});

test.each([
  ["ServerHello", "server", "4.2.3/7"],
  ["HelloRetryRequest", "server", "4.2.4/8"],
  ["EncryptedExtensions", "server", "4.4.1/1"],
  ["CertificateVerify", "server", "4.5.2/4"],
  ["Finished", "server", "4.5.3/1"],
  ["ClientHello", "client", "4.2.2/1"],
  ["KeyUpdate", "client", "4.7.3/5"],
] as const)("beside %s of the %s stand the rules that it is held to", (name, from, id) => {
  expect(rulesFor(name, from).map((rule) => rule.id)).toContain(id);
});

test("an error that blames nobody has no line", () => {
  expect(errorCode("timeout")).toBeUndefined();
  expect(ruleOf("0/0")).toBeUndefined();
});
