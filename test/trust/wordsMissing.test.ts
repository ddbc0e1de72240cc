import { expect, test, vi } from "vitest";
import { judge, leaf } from "./judge.ts";

vi.mock("../../src/trust/steps.ts", () => {
  throw new Error("offline");
});

test("a chain is refused for its own reason where the words for it can't be loaded [certificate_unknown_ca]", async () => {
  await expect(judge({ chain: [leaf()], roots: [] })).rejects.toMatchObject({
    code: "certificate_unknown_ca",
    message: expect.stringContaining("breaks the rule anchor"),
  });
});
