import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { chosenProvider } from "./bundle.ts";
import { runtimes } from "./runtimes.ts";

test("every file of cases is in a group", () => {
  const folder = new URL("../cases/", import.meta.url);
  const groups = readFileSync(new URL("suite/groups.ts", import.meta.url), "utf8");
  const forgotten = readdirSync(folder)
    .filter((file) => readFileSync(new URL(file, folder), "utf8").includes("export const cases"))
    .filter((file) => !groups.includes(`cases/${file}"`));
  expect(forgotten).toEqual([]);
});

test("package.json chooses the provider of each runtime", () => {
  const chosen = Object.fromEntries(runtimes.map(({ id, conditions }) => [id, chosenProvider(conditions)]));
  expect(chosen).toEqual({
    ...Object.fromEntries(["node20", "node22", "node24", "node26", "deno", "bun"].map((id) => [id, "node"])),
    ...Object.fromEntries(["workerd", "chromium", "firefox"].map((id) => [id, "web"])),
  });
});
