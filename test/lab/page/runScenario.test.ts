import { describe, expect, test } from "vitest";
import type { Run, RunStep } from "../../../lab/page/run.ts";
import { runScenario } from "../../../lab/page/runScenario.ts";
import { type ScenarioId, scenarioIds } from "../../../lab/page/scenarios.ts";
import { concat, equal, toHex } from "../../../src/wire/bytes.ts";

type MessageStep = Extract<RunStep, { kind: "message" }>;

const messagesOf = (run: Run): readonly MessageStep[] =>
  run.steps.filter((step): step is MessageStep => step.kind === "message");

/** The two flights, message by message: the client's with `>`, the server's with `<`. */
const expected: Readonly<Record<ScenarioId, string>> = {
  full: ">ClientHello <ServerHello <EncryptedExtensions <Certificate <CertificateVerify <Finished >Finished <NewSessionTicket",
  hrr: ">ClientHello <HelloRetryRequest >ClientHello <ServerHello <EncryptedExtensions <Certificate <CertificateVerify <Finished >Finished",
  "client-cert":
    ">ClientHello <ServerHello <EncryptedExtensions <CertificateRequest <Certificate <CertificateVerify <Finished >Certificate >CertificateVerify >Finished",
  resumption: ">ClientHello <ServerHello <EncryptedExtensions <Finished >Finished <NewSessionTicket",
  "0rtt": ">ClientHello <ServerHello <EncryptedExtensions <Finished >EndOfEarlyData >Finished",
  "0rtt-rejected": ">ClientHello <ServerHello <EncryptedExtensions <Finished >Finished",
  psk: ">ClientHello <ServerHello <EncryptedExtensions <Finished >Finished",
  mlkem: ">ClientHello <ServerHello <EncryptedExtensions <Certificate <CertificateVerify <Finished >Finished",
  keyupdate:
    ">ClientHello <ServerHello <EncryptedExtensions <Certificate <CertificateVerify <Finished >Finished <KeyUpdate >KeyUpdate >KeyUpdate <KeyUpdate",
  closing:
    ">ClientHello <ServerHello <EncryptedExtensions <Certificate <CertificateVerify <Finished >Finished",
};

describe.each(scenarioIds)("the scenario %s", (id) => {
  test("opens, with these messages", async () => {
    const run = await runScenario(id, []);
    expect(run.end).toEqual({ kind: "opened" });
    const order = messagesOf(run).map(({ from, name }) => `${from === "client" ? ">" : "<"}${name}`);
    expect(order.join(" ")).toBe(expected[id]);
    expect(messagesOf(run).every(({ changes }) => changes.length === 0)).toBe(true);
  });

  test("every message stands in its records, and every record is opened", async () => {
    const run = await runScenario(id, []);
    for (const { bytes, pieces, from, keys, name } of messagesOf(run)) {
      const parts = pieces.map(({ record, from, to }) => run.records[record]?.content?.subarray(from, to));
      expect(toHex(concat(...(parts as Uint8Array[]))), name).toBe(toHex(bytes));
      for (const { record } of pieces) expect(run.records[record]).toMatchObject({ from, ...keys, type: 22 });
    }
    const closed = run.records.filter(({ content }) => content === undefined);
    expect(closed).toEqual([]);
  });

  test("is the same, byte for byte, whenever it runs", async () => {
    const [one, other] = [await runScenario(id, []), await runScenario(id, [])];
    const wire = (run: Run) => run.records.map(({ from, wire }) => `${from} ${toHex(wire)}`);
    expect(wire(other)).toEqual(wire(one));
    const untimed = ({ steps, ...run }: Run) => ({
      ...run,
      steps: steps.map((step) => ({ ...step, time: 0 })),
    });
    expect(untimed(other)).toEqual(untimed(one));
  });
});

test("two scenarios share no random number", async () => {
  const [one, other] = [await runScenario("full", []), await runScenario("closing", [])];
  const hello = (run: Run) => (messagesOf(run)[0] as MessageStep).bytes;
  expect(equal(hello(one), hello(other))).toBe(false);
});
