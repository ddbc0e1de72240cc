import type { Field } from "../../../src/messages/dissect.ts";
import { equal } from "../../../src/wire/bytes.ts";
import type { Run, RunKeys, RunStep, Side } from "../run.ts";

export type StepOf<K extends RunStep["kind"]> = Extract<RunStep, { kind: K }>;
export type MessageStep = StepOf<"message">;

/** Which message, on either side. */
export interface MessageName {
  readonly from: Side;
  readonly name: MessageStep["name"];
  readonly nth: number;
}

/** The index of the step of that message; −1 where the run has none. */
export function stepOfMessage(run: Run, { from, name, nth }: MessageName): number {
  return run.steps.findIndex(
    (step) => step.kind === "message" && step.from === from && step.name === name && step.nth === nth,
  );
}

/** The message at which a reader should look first: the one at which the client stopped, one that was changed, or the first. */
export function firstToShow(run: Run): number {
  const isMessage = (step: RunStep | undefined): step is MessageStep => step?.kind === "message";
  if (run.end.kind === "failed") {
    for (let at = Math.min(run.end.step, run.steps.length - 1); at >= 0; at--) {
      if (isMessage(run.steps[at]) && run.steps[at]?.from === "server") return at;
    }
  }
  const changed = run.steps.findIndex((step) => isMessage(step) && step.changes.length > 0);
  return changed >= 0 ? changed : run.steps.findIndex(isMessage);
}

/** The keys of both directions on one side. */
export interface SideKeys {
  readonly read: RunKeys;
  readonly write: RunKeys;
}

export type LaneKeys = Readonly<Record<Side, SideKeys>>;

const noKeys: RunKeys = { epoch: "none", generation: 0 };

/** Under which keys each side reads and writes once each step is done. */
export function laneKeys(steps: readonly RunStep[]): readonly LaneKeys[] {
  let now: LaneKeys = {
    client: { read: noKeys, write: noKeys },
    server: { read: noKeys, write: noKeys },
  };
  return steps.map((step) => {
    if (step.kind === "keys") {
      now = { ...now, [step.from]: { ...now[step.from], [step.direction]: step.keys } };
    }
    return now;
  });
}

/** A row of the timeline: a step, or some of one kind that stand together. */
export interface Row {
  /** Indices of steps. */
  readonly first: number;
  readonly last: number;
  readonly steps: readonly RunStep[];
}

/** One side's changes of keys that follow each other are one row, and so are its checks of certificates. */
export function rowsOf(steps: readonly RunStep[]): readonly Row[] {
  const rows: Row[] = [];
  for (const [index, step] of steps.entries()) {
    const above = rows.at(-1);
    const head = above?.steps[0];
    const joins = head?.kind === step.kind && head.from === step.from && joined.has(step.kind);
    if (above !== undefined && joins) {
      rows[rows.length - 1] = { ...above, last: index, steps: [...above.steps, step] };
    } else rows.push({ first: index, last: index, steps: [step] });
  }
  return rows;
}

const joined: ReadonlySet<RunStep["kind"]> = new Set(["keys", "verification"]);

/** What a row is, for two runs to be laid beside each other. */
export function rowName({ steps: [step] }: Row): string {
  if (step === undefined) return "";
  switch (step.kind) {
    case "message":
      return `${step.from} ${step.name} ${step.nth}`;
    case "left out":
      return `${step.from} ${step.name} 0`;
    case "keys":
      return `${step.from} keys ${step.keys.epoch} ${step.keys.generation}`;
    default:
      return `${step.from} ${step.kind}`;
  }
}

export interface Pair {
  readonly one: Row | undefined;
  readonly other: Row | undefined;
  readonly differs: boolean;
}

/** Lays two runs beside each other: rows of the same name meet, by the longest common sequence. */
export function pairRows(one: readonly Row[], other: readonly Row[]): readonly Pair[] {
  const [names, others] = [one.map(rowName), other.map(rowName)];
  const width = others.length + 1;
  const common = new Uint16Array((names.length + 1) * width);
  for (let i = names.length - 1; i >= 0; i--) {
    for (let j = others.length - 1; j >= 0; j--) {
      common[i * width + j] =
        names[i] === others[j]
          ? at(common, (i + 1) * width + j + 1) + 1
          : Math.max(at(common, (i + 1) * width + j), at(common, i * width + j + 1));
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    const [left, right] = [one[i], other[j]];
    if (left !== undefined && right !== undefined && names[i] === others[j]) {
      pairs.push({ one: left, other: right, differs: !same(left, right) });
      i++;
      j++;
    } else if (
      right === undefined ||
      (left !== undefined && at(common, (i + 1) * width + j) >= at(common, i * width + j + 1))
    ) {
      pairs.push({ one: left, other: undefined, differs: true });
      i++;
    } else {
      pairs.push({ one: undefined, other: right, differs: true });
      j++;
    }
  }
  return pairs;
}

function at(array: Uint16Array, index: number): number {
  return array[index] ?? 0;
}

function same(one: Row, other: Row): boolean {
  return (
    one.steps.length === other.steps.length &&
    one.steps.every((step, i) => sameStep(step, other.steps[i] as RunStep))
  );
}

function sameStep(one: RunStep, other: RunStep): boolean {
  if (
    (one.kind === "message" && other.kind === "message") ||
    (one.kind === "data" && other.kind === "data")
  ) {
    return equal(one.bytes, other.bytes);
  }
  return JSON.stringify({ ...one, time: 0 }) === JSON.stringify({ ...other, time: 0 });
}

/** The way to each field below this one: its names, joined. */
export function fieldsByPath(field: Field, path = ""): ReadonlyMap<string, Field> {
  const found = new Map<string, Field>();
  const walk = (one: Field, way: string): void => {
    found.set(way, one);
    for (const child of one.children) walk(child, `${way}/${child.name}`);
  };
  walk(field, path);
  return found;
}

/** The smallest field that holds the byte, and those around it, outermost first. */
export function fieldsAround(field: Field, offset: number): readonly Field[] {
  if (offset < field.start || offset >= field.end) return [];
  const child = field.children.find((one) => offset >= one.start && offset < one.end);
  return child === undefined ? [field] : [field, ...fieldsAround(child, offset)];
}
