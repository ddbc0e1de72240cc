import { contentTypes } from "../../../src/wire/registry.ts";
import { RecordCutter } from "../records.ts";
import type { Run, RunRecord, RunStep, Side } from "../run.ts";
import type { TimedCrossing } from "./liveRecorder.ts";

type DataStep = Extract<RunStep, { kind: "data" }>;

/** The run with its application data as steps, taken from the records that carried it; a live connection tells of none. */
export function withData(run: Run, crossings: readonly TimedCrossing[]): Run {
  const times = recordTimes(crossings);
  const ends = { client: endOf(run, "client"), server: endOf(run, "server") };
  const data = run.records.flatMap((record, index) => {
    if (record.type !== contentTypes.application_data || record.content === undefined) return [];
    if (record.content.length === 0) return [];
    const step = dataStep(run, record, record.content, index, times[index] ?? 0);
    const { record: last, time } = ends[record.from];
    // A side tells that it ends as it is asked to, while what it has said before still waits to be written.
    return [index < last ? { ...step, time: Math.min(step.time, time) } : step];
  });
  const steps: RunStep[] = [];
  /** Where each of the steps stands now. */
  const moved: number[] = [];
  const due = [...data].sort((a, b) => a.time - b.time);
  for (const step of run.steps) {
    // Of the same moment, what the client was told comes first; but no side says anything behind its alert.
    for (
      let next = due[0];
      next !== undefined && (next.time < step.time || (next.time === step.time && isEndOf(step, next.from)));
      next = due[0]
    ) {
      steps.push(next);
      due.shift();
    }
    moved.push(steps.length);
    steps.push(step);
  }
  steps.push(...due);
  const at = (step: number): number => moved[step] ?? step;
  return {
    ...run,
    steps,
    secrets: run.secrets.map((secret) => ({ ...secret, step: at(secret.step) })),
    end: run.end.kind === "failed" ? { ...run.end, step: at(run.end.step) } : run.end,
  };
}

function isEndOf(step: RunStep, side: Side): boolean {
  return step.kind === "alert" && step.from === side;
}

/** When a side's first alert was told of, and which record carried it. */
function endOf({ steps, records }: Run, side: Side): { readonly record: number; readonly time: number } {
  const record = records.findIndex(({ from, type }) => from === side && type === contentTypes.alert);
  return { record, time: steps.find((step) => isEndOf(step, side))?.time ?? Number.POSITIVE_INFINITY };
}

/** Not before the messages of its side that crossed before it: of those the client tells a little after they came. */
function dataStep(
  { steps }: Run,
  { from, epoch, generation }: RunRecord,
  bytes: DataStep["bytes"],
  index: number,
  crossed: number,
): DataStep {
  let time = crossed;
  for (const step of steps) {
    if (step.kind !== "message" || step.from !== from) continue;
    const last = step.pieces.at(-1);
    if (last !== undefined && last.record < index) time = Math.max(time, step.time);
  }
  return { kind: "data", time, from, bytes, keys: { epoch, generation }, early: epoch === "early" };
}

/** When each record was whole, in the order of the run's records. */
function recordTimes(crossings: readonly TimedCrossing[]): readonly number[] {
  const cutters = { client: new RecordCutter(), server: new RecordCutter() };
  return crossings.flatMap(({ from, bytes, time }) => cutters[from].push(bytes).map(() => time));
}
