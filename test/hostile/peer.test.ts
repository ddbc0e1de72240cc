import { describe, expect, test } from "vitest";
import type { Bend } from "../../fuzz/peer/bend.ts";
import { bendsOf } from "../../fuzz/peer/bends.ts";
import { conversations } from "../../fuzz/peer/conversation.ts";
import { judge } from "../../fuzz/peer/judge.ts";
import { defaultProvider as node } from "../../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../../src/crypto/provider/web.ts";
import { TlsError } from "../../src/wire/error.ts";

// The short form of `npm run fuzz -- peer`: the same bends each time.

describe.each([
  ["node provider", node, 97],
  ["web provider", web, 397],
] as const)("%s", async (_, provider, every) => {
  test.each(await conversations(provider))(
    "is refused or the same, however a server bends: $name",
    async (conversation) => {
      const faults: unknown[] = [];
      for (const [at, bend] of bendsOf(conversation).entries()) {
        if (at % every !== 0) continue;
        const result = judge(bend, await conversation.have(bend.bend), conversation.honest);
        if (typeof result === "object") faults.push([bend.message.name, bend.kind, bend.what, result.fault]);
      }
      expect(faults).toEqual([]);
    },
  );
});

// What it would say of a client that is wrong.
describe("a client is found that", async () => {
  const [conversation] = await conversations(node);
  const { honest } = conversation!;
  const bend = (expected: Bend["expected"]): Bend => ({
    kind: "message edited",
    what: "",
    message: conversation!.messages[0]!,
    expected,
    bend: (script) => script,
  });
  const error = new TlsError("bad_record_mac", "no");
  test.each([
    ["hangs", "either", { ...honest, closed: false }, /hangs/],
    [
      "throws something else",
      "refused",
      { ...honest, error: new RangeError("no") as TlsError },
      /an exception/,
    ],
    [
      "has a fault of its own",
      "either",
      { ...honest, error: new TlsError("internal_error", "no") },
      /internal error/,
    ],
    ["refuses what is right", "same", { ...honest, error }, /refused/],
    ["takes what is wrong", "refused", honest, /taken/],
    ["says what its server does not understand", "either", { ...honest, failure: new Error("no") }, /agree/],
    [
      "is somewhere else",
      "either",
      { ...honest, facts: { ...honest.facts, content: "x" } },
      /another connection: content x/,
    ],
  ] as const)("%s", (_, expected, outcome, says) => {
    expect(judge(bend(expected), outcome, honest)).toEqual({ fault: expect.stringMatching(says) });
  });
});
