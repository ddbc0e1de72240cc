import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, changeText } from "../../../lab/page/address.ts";
import type { Change, MessageAt, Run } from "../../../lab/page/run.ts";
import { runScenario } from "../../../lab/page/runScenario.ts";
import type { ScenarioId } from "../../../lab/page/scenarios.ts";
import { LabOverTcp, opened, type Verdict } from "./labOverTcp.ts";

// What the page shows is what anybody's client says: the command, over TCP, to the same server with the same changes.

const lab = new LabOverTcp();
beforeAll(() => lab.listen());
afterAll(() => lab.close());

function verdictOf({ end }: Run): Verdict {
  if (end.kind === "opened") return opened;
  if (end.kind === "unfinished") throw new Error("the run has no end");
  return { code: end.code, alert: end.alert };
}

/** Answers with the page's verdict. */
async function expectSame(id: ScenarioId, changes: readonly Change[]): Promise<Verdict> {
  const page = verdictOf(await runScenario(id, changes));
  // The page knows when both sides wait in vain; the command has to wait.
  const timeout = page.code === "timeout" ? 400 : 30_000;
  const command = await lab.connect(id, changes, timeout);
  const address = addressOf({ scenario: id, changes, selected: undefined, compared: undefined });
  expect({ address, ...command }).toEqual({ address, ...page });
  return page;
}

/** Bytes that stand at the same place for any client. A signature in DER is now and then shorter by a few. */
async function placesIn(id: ScenarioId): Promise<readonly { message: MessageAt; length: number }[]> {
  const { steps } = await runScenario(id, []);
  return steps.flatMap((step) => {
    if (step.kind !== "message" || step.from !== "server") return [];
    const { name, nth, bytes } = step;
    const length = name === "CertificateVerify" ? 72 : bytes.length;
    return [{ message: { name, nth }, length }];
  });
}

test.each([
  ["full", 240],
  ["hrr", 60],
] as const)(
  "whatever byte of %s is changed, the page and the command say the same",
  async (id, numRuns) => {
    const places = await placesIn(id);
    const flip = fc
      .record({
        place: fc.constantFrom(...places),
        at: fc.nat({ max: 0xffff }),
        bits: fc.integer({ min: 1, max: 255 }),
      })
      .map(({ place, at, bits }): Change => {
        const { message, length } = place;
        return { kind: "flip", message, offset: at % length, bytes: new Uint8Array([bits]) };
      });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(flip, async (change) => {
        seen.add((await expectSame(id, [change])).code);
      }),
      { seed: 9846, numRuns },
    );
    // Not all of them the same.
    expect(seen.size).toBeGreaterThan(8);
  },
  300_000,
);

const full = ["ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"] as const;
const at = (name: MessageAt["name"]): MessageAt => ({ name, nth: 0 });
const pairs = full.flatMap((one, index) => full.slice(index + 1).map((other) => [one, other] as const));

test.each(
  (
    [
      ...full.map((name): Change => ({ kind: "drop", message: at(name) })),
      ...full.map((name): Change => ({ kind: "double", message: at(name) })),
      ...full.map((name): Change => ({ kind: "truncate", message: at(name), length: 20 })),
      ...pairs.map(([one, other]): Change => ({ kind: "swap", message: at(one), with: at(other) })),
      ...[0x08, 0x48, 0x58, 0x02].map(
        (bits): Change => ({
          kind: "flip",
          message: at("CertificateVerify"),
          offset: 3,
          bytes: new Uint8Array([bits]),
        }),
      ),
      { kind: "append", message: at("Finished"), bytes: new Uint8Array([4, 0]) },
      { kind: "insert", message: at("Certificate"), offset: 9, what: "user_canceled" },
      { kind: "certificates", chain: "wrong-name" },
      { kind: "certificates", chain: "incomplete" },
    ] satisfies readonly Change[]
  ).map((change) => ({ change, text: changeText(change) })),
)("the page and the command say the same of $text", async ({ change }) => {
  await expectSame("full", [change]);
});
