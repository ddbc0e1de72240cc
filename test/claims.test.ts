import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

/** The rows of SECURITY.md's table: what is claimed, and what is said to show it. */
const claims = read("SECURITY.md")
  .split("## Claims, and what shows them")[1]
  ?.split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim())) as string[][];

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** What is wrong with one thing that is said to show a claim. */
function fault(shown: string): string | undefined {
  const [, script] = /^`npm run ([\w:]+)(?: -- \w+)?`$/.exec(shown) ?? [];
  if (script !== undefined) return script in scripts ? undefined : "there is no such command";
  const [, path, title] = /^((?:test|docs)\/[\w./]+)(?: "(.+)")?$/.exec(shown) ?? [];
  if (path === undefined) return "neither a command, nor a report, nor a test";
  if (!existsSync(new URL(`../${path}`, import.meta.url))) return "there is no such file";
  if (path.startsWith("test/") && title === undefined) return "which of its tests?";
  return title === undefined || read(path).includes(title) ? undefined : "there is no such test";
}

test("what SECURITY.md claims is shown by what it names", () => {
  expect(claims.length).toBeGreaterThan(15);
  const faults = claims.flatMap(([, claim, shownBy = ""]) =>
    shownBy
      .split(/; |(?<=`), /)
      .map((shown) => ({ claim, shown, fault: fault(shown) }))
      .filter((one) => one.fault !== undefined),
  );
  expect(faults).toEqual([]);
});
