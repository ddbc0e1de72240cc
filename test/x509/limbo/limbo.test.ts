import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { differences, judgeCase, limboCases, outcomeOf, profileOf } from "./cases.ts";

const expectedOutcomes: Readonly<Record<string, Readonly<Record<"rfc5280" | "webpki", string>>>> = JSON.parse(
  readFileSync(new URL("expected.json", import.meta.url), "utf8"),
);

describe("x509-limbo", () => {
  test.each(limboCases.map((limboCase) => [limboCase.id, limboCase] as const))(
    "%s",
    async (id, limboCase) => {
      const profile = profileOf(limboCase);
      const verdict = await judgeCase(limboCase, profile);
      const agrees = verdict.trusted === (limboCase.expected === "SUCCESS");
      expect(agrees).toBe(!(id in differences));
      expect(outcomeOf(verdict)).toBe(expectedOutcomes[id]?.[profile === "webpki" ? "webpki" : "rfc5280"]);
    },
  );

  test("has no more than five cases that we argue with", () => {
    expect(Object.keys(differences).length).toBeLessThanOrEqual(5);
  });

  test("finds no chain that webpki takes and rfc5280 refuses, but for name constraints that are not critical", async () => {
    const only: string[] = [];
    for (const limboCase of limboCases) {
      if (!(await judgeCase(limboCase, "webpki")).trusted) continue;
      const verdict = await judgeCase(limboCase, "rfc5280");
      if (!verdict.trusted) only.push(verdict.failure.rule);
    }
    expect(new Set(only)).toEqual(new Set(["criticalConstraints"]));
  });

  test("finds no chain that rfc5280 takes and private refuses", async () => {
    for (const limboCase of limboCases) {
      if (!(await judgeCase(limboCase, "rfc5280")).trusted) continue;
      expect((await judgeCase(limboCase, "private")).trusted, limboCase.id).toBe(true);
    }
  });

  test("agrees on public suffixes where somebody tells which those are", async () => {
    const suffixes = new Set(["co.uk", "s3.amazonaws.com"]);
    const cases = limboCases.filter(({ id }) => id.includes("san::public-suffix"));
    expect(cases.length).toBeGreaterThan(1);
    for (const limboCase of cases) {
      const verdict = await judgeCase(limboCase, "webpki", (domain) => suffixes.has(domain));
      expect(!verdict.trusted && verdict.failures.map(({ rule }) => rule)).toContain("name");
    }
  });
});
