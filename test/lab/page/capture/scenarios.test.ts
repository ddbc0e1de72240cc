import { describe, expect, test } from "vitest";
import { captureToRun, openCapture } from "../../../../lab/page/capture/captureToRun.ts";
import { runToPcapng } from "../../../../lab/page/capture/runToPcapng.ts";
import type { Run } from "../../../../lab/page/run.ts";
import { runScenario } from "../../../../lab/page/runScenario.ts";
import { scenarioIds } from "../../../../lab/page/scenarios.ts";
import { defaultProvider } from "../../../../src/crypto/provider/node.ts";
import { toHex } from "../../../../src/wire/bytes.ts";
import { hasTshark, inFile, tshark } from "./tshark.ts";

/** What each side sent, by itself: the page tells in what order the client saw it, a capture in what order it crossed the wire. */
function sent({ steps }: Run) {
  const of = (side: string): string[] =>
    steps.flatMap((step) => {
      if (step.from !== side) return [];
      if (step.kind === "message")
        return [`${step.name} ${step.keys.epoch} ${step.keys.generation} ${toHex(step.bytes)}`];
      return step.kind === "alert" ? [`alert ${step.level} ${step.name} ${step.keys.epoch}`] : [];
    });
  return { client: of("client"), server: of("server") };
}

const records = (run: Run) =>
  run.records.map(({ from, wire, content, type, epoch, generation }) => ({
    ...{ from, type, epoch, generation },
    wire: toHex(wire),
    content: content && toHex(content),
  }));

describe("a run of the page's own, saved and opened", () => {
  test.each(scenarioIds)("%s: the same records, messages and alerts", async (id) => {
    const run = await runScenario(id, []);
    const { conversations, keyLogs } = openCapture(runToPcapng(run, { secrets: true }));
    const { run: again, notes } = await captureToRun(conversations[0]!, keyLogs, defaultProvider);
    expect(notes).toEqual([]);
    expect(records(again)).toEqual(records(run));
    expect(sent(again)).toEqual(sent(run));
  });

  test.skipIf(!hasTshark).each(scenarioIds)("%s: tshark reads it, without a complaint", async (id) => {
    const bytes = runToPcapng(await runScenario(id, []), { secrets: true });
    const { conversations, keyLogs } = openCapture(bytes);
    const { run } = await captureToRun(conversations[0]!, keyLogs, defaultProvider);
    await inFile(bytes, async (path) => {
      const listed = await tshark(path, "-Y", "tls.handshake", "-T", "fields", "-e", "tls.handshake.type");
      const ours = run.steps.flatMap((step) => (step.kind === "message" ? [`${step.bytes[0]}`] : []));
      expect(listed.split(/[\n,]/).filter((type) => type !== "")).toEqual(ours);
      expect(await tshark(path, "-Y", "_ws.expert.severity >= 0x00600000 || _ws.malformed")).toBe("");
    });
  });
});
