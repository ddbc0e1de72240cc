import fc from "fast-check";
import { expect, test } from "vitest";
import { addressOf } from "../../../lab/page/address.ts";
import { chainNames } from "../../../lab/page/certificates.ts";
import { ChangeError } from "../../../lab/page/plan.ts";
import type { Change, MessageAt, Run, RunStep } from "../../../lab/page/run.ts";
import { runScenario } from "../../../lab/page/runScenario.ts";
import { scenarioIds } from "../../../lab/page/scenarios.ts";
import { type Bytes, copyOf, toHex } from "../../../src/wire/bytes.ts";
import { localFaults } from "../../../src/wire/faults.ts";
import { misdeeds } from "../../../src/wire/misdeeds.ts";

const small = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 130 }), fc.nat({ max: 900 }));
const bytes: fc.Arbitrary<Bytes> = fc.uint8Array({ minLength: 1, maxLength: 8 }).map(copyOf);
const message: fc.Arbitrary<MessageAt> = fc.record({
  name: fc.constantFrom(
    "HelloRetryRequest",
    "ServerHello",
    "EncryptedExtensions",
    "Certificate",
    "CertificateVerify",
    "Finished",
    "NewSessionTicket",
    "KeyUpdate",
  ),
  nth: fc.constantFrom(0, 0, 0, 1),
});
const what = fc.constantFrom(
  "change_cipher_spec",
  "application_data",
  "user_canceled",
  "close_notify",
  "KeyUpdate",
);
const kind = <K extends string>(name: K) => fc.constant(name);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constantFrom("bytes", "flip"), message, offset: small, bytes }),
  fc.record({ kind: fc.constantFrom("drop", "double"), message }),
  fc.record({ kind: kind("swap"), message, with: message }),
  fc.record({ kind: kind("truncate"), message, length: small }),
  fc.record({ kind: kind("insert"), message, offset: small, what }),
  fc.record({ kind: kind("append"), message, bytes }),
  fc.record({ kind: kind("certificates"), chain: fc.constantFrom(...chainNames) }),
  fc.record({ kind: kind("record"), record: fc.nat({ max: 9 }), offset: small, bytes }),
  fc.record({ kind: kind("cut"), records: fc.nat({ max: 9 }) }),
  fc.record({ kind: kind("ticket"), state: kind("used") }),
);

const codes = new Set([...Object.keys(misdeeds), ...Object.keys(localFaults)]);

function expectSound({ end, steps, records, secrets }: Run): void {
  expect(end.kind).not.toBe("unfinished");
  if (end.kind === "failed") {
    expect(codes).toContain(end.code);
    // Nothing that a server can do is a fault of this client's own.
    expect(end.code).not.toBe("internal_error");
    expect(steps[end.step]).toBeDefined();
    if (end.alert?.direction === "sent") {
      expect(steps.some((step) => step.kind === "alert" && step.from === "client")).toBe(true);
    }
  }
  for (const { step } of secrets) expect(steps[step]).toBeDefined();
  for (const step of steps) if (step.kind === "message") expectInRecords(step, records);
}

function expectInRecords(step: Extract<RunStep, { kind: "message" }>, records: Run["records"]): void {
  let at = 0;
  for (const { record, from, to } of step.pieces) {
    const own = records[record];
    expect(own?.from).toBe(step.from);
    // What was changed on the way can't be read any more, or says something else.
    if (own?.content !== undefined && own.epoch !== "none") {
      expect(toHex(own.content.subarray(from, to))).toBe(toHex(step.bytes.subarray(at, at + to - from)));
    }
    at += to - from;
  }
}

test("whatever is changed, the run comes to an end, and holds together", async () => {
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...scenarioIds),
      fc.array(change, { minLength: 1, maxLength: 3 }),
      async (scenario, changes) => {
        const address = addressOf({ scenario, changes, selected: undefined, compared: undefined });
        let run: Run;
        try {
          run = await runScenario(scenario, changes);
        } catch (error) {
          // A message that this scenario does not have.
          expect(error, address).toBeInstanceOf(ChangeError);
          return;
        }
        expectSound(run);
        ends.add(run.end.kind === "failed" ? run.end.code : run.end.kind);
      },
    ),
    { seed: 8446, numRuns: 200 },
  );
  expect(ends.size).toBeGreaterThan(10);
}, 120_000);

test("a change of a message that is not there is refused by name", async () => {
  const change: Change = { kind: "drop", message: { name: "Certificate", nth: 1 } };
  await expect(runScenario("full", [change])).rejects.toThrow(
    "the server sends no Certificate number 1 here",
  );
  await expect(
    runScenario("psk", [{ ...change, message: { name: "Certificate", nth: 0 } }]),
  ).rejects.toMatchObject({
    name: "ChangeError",
    code: "no_such_message",
  });
});
