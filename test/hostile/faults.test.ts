import { describe, expect, test } from "vitest";
import { encounters, pairOf } from "../../fuzz/faults/encounter.ts";
import { faults } from "../../fuzz/faults/points.ts";
import { incidents, resultOf } from "../../fuzz/faults/window.ts";
import { defaultProvider as node } from "../../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../../src/crypto/provider/web.ts";

// The short form of `npm run faults`.

describe.each([
  ["node provider", node, 8],
  ["web provider", web, 11],
] as const)("%s", (_, provider, every) => {
  describe.each(encounters)("$name", (encounter) => {
    test.each(faults)("one end, and nothing twice or out of order: %s", async (fault) => {
      const pair = await pairOf(encounter, provider);
      let points = 0;
      for (let point = 0; ; point += every) {
        const { points: passed, error, wrong } = await pair.meet(point, fault);
        if (passed.hit === undefined) break;
        points++;
        expect(wrong, `${passed.hit} (${point})`).toBeUndefined();
        if (fault === "late") expect(error, `${passed.hit} (${point})`).toBeUndefined();
      }
      expect(points).toBeGreaterThan(8);
    });
  });
});

test("what stands within a window of records has the effect that it has where they come one by one", async () => {
  for (const [at, incident] of incidents.entries()) {
    if (at % 5 === 0)
      expect(await resultOf(incident, web), incident.what).toBe(await resultOf(incident, node));
  }
});
