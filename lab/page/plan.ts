import type { MessageName } from "../../src/messages/handshake.ts";
import { type Bytes, concat, copyOf, fromAscii, noBytes } from "../../src/wire/bytes.ts";
import type { LabContext } from "../context.ts";
import { alert, changeCipherSpec, data, type Script, type Step, send } from "../script.ts";
import type { Change, Inserted, MessageAt } from "./run.ts";

/** A change that names a message which the server does not send. */
export class ChangeError extends Error {
  override readonly name = "ChangeError";
  readonly code = "no_such_message";
}

type MessageStep = Extract<Step, { readonly kind: "message" }>;

/** A message as it is going to leave. */
export interface MadeMessage extends MessageAt {
  readonly bytes: Bytes;
  /** What was done to it, in words. */
  readonly changes: readonly string[];
  readonly dropped: boolean;
}

/** Hears of each message once it is made, with the pieces in which it is handed to the wire. */
export type OnMade = (
  message: MadeMessage,
  pieces: readonly { readonly piece: Bytes; readonly length: number }[],
) => void;

interface Planned {
  readonly kind: "message";
  readonly name: MessageName;
  readonly step: MessageStep;
  /** What its bytes become. */
  readonly alter: readonly ((bytes: Bytes) => Bytes)[];
  readonly words: readonly string[];
  readonly dropped: boolean;
  /** Steps in the midst of it, by their offsets. */
  readonly inserted: readonly { readonly at: number; readonly steps: Script }[];
  /** More bytes behind it, in the same record. */
  readonly appended: Bytes;
}

type Item = Planned | { readonly kind: "step"; readonly step: Step };
type Plan = readonly Item[];

/**
 * A server's script with changes made to it, one after the other: each sees what those before it have made, so that a doubled
 * message can be changed in its second copy alone.
 *
 * @throws ChangeError
 */
export function changedScript(script: Script, changes: readonly Change[], made: OnMade): Script {
  const plan = changes.reduce(apply, script.map(planned));
  const counts = new Map<MessageName, number>();
  return plan.map((item) => {
    if (item.kind === "step") return item.step;
    const nth = counts.get(item.name) ?? 0;
    if (!item.dropped) counts.set(item.name, nth + 1);
    return lowered(item, nth, made);
  });
}

function planned(step: Step): Item {
  if (step.kind !== "message") return { kind: "step", step };
  const name = step.name as MessageName;
  return {
    kind: "message",
    name,
    step,
    alter: [],
    words: [],
    dropped: false,
    inserted: [],
    appended: noBytes,
  };
}

function apply(plan: Plan, change: Change): Plan {
  switch (change.kind) {
    case "bytes": {
      const { offset, bytes } = change;
      const replace = (whole: Bytes): Bytes => {
        const result = copyOf(whole);
        result.set(bytes.subarray(0, Math.max(0, whole.length - offset)), Math.min(offset, whole.length));
        return result;
      };
      return altered(plan, change.message, replace, `${bytesFrom(offset, bytes.length)} replaced`);
    }
    case "flip": {
      const { offset, bytes } = change;
      const flip = (whole: Bytes): Bytes =>
        whole.map((byte, index) => byte ^ (bytes[index - offset] ?? 0)) as Bytes;
      return altered(plan, change.message, flip, `${bytesFrom(offset, bytes.length)} turned over`);
    }
    case "truncate": {
      const { length } = change;
      return altered(
        plan,
        change.message,
        (whole) => whole.slice(0, length),
        `cut off after ${length} bytes`,
      );
    }
    case "drop":
      return replaced(plan, change.message, (one) => [
        { ...one, dropped: true, words: [...one.words, "not sent"] },
      ]);
    case "double":
      return replaced(plan, change.message, doubled);
    case "swap": {
      const [first, second] = [at(plan, change.message), at(plan, change.with)];
      const [one, other] = [plan[first] as Planned, plan[second] as Planned];
      const worded = (item: Planned, with_: Planned): Planned => ({
        ...item,
        words: [...item.words, `changed places with ${with_.name}`],
      });
      return plan.with(first, worded(other, one)).with(second, worded(one, other));
    }
    case "insert":
      return replaced(plan, change.message, (one) => [
        {
          ...one,
          inserted: [...one.inserted, { at: change.offset, steps: insertedSteps[change.what]() }],
          words: [...one.words, `${change.what} put in at byte ${change.offset}`],
        },
      ]);
    case "append":
      return replaced(plan, change.message, (one) => [
        {
          ...one,
          appended: concat(one.appended, change.bytes),
          words: [...one.words, `${change.bytes.length} more bytes in its record`],
        },
      ]);
    case "certificates":
    case "record":
    case "cut":
    case "ticket":
      return plan;
  }
}

function bytesFrom(offset: number, length: number): string {
  return length === 1 ? `byte ${offset}` : `bytes ${offset} to ${offset + length - 1}`;
}

const insertedSteps: Readonly<Record<Inserted, () => Script>> = {
  change_cipher_spec: () => [changeCipherSpec()],
  application_data: () => [data(fromAscii("too early"))],
  user_canceled: () => [alert("user_canceled")],
  close_notify: () => [alert("close_notify")],
  KeyUpdate: () => [{ ...send("KeyUpdate", { requestUpdate: 0 }), transcript: false } as Step],
};

function altered(plan: Plan, message: MessageAt, alter: (bytes: Bytes) => Bytes, words: string): Plan {
  return replaced(plan, message, (one) => [
    { ...one, alter: [...one.alter, alter], words: [...one.words, words] },
  ]);
}

function replaced(plan: Plan, message: MessageAt, by: (item: Planned) => readonly Item[]): Plan {
  const index = at(plan, message);
  return plan.toSpliced(index, 1, ...by(plan[index] as Planned));
}

/** The same bytes again: a message that is made anew may need a transcript that has gone on. */
function doubled(one: Planned): readonly Item[] {
  let bytes: Bytes = noBytes;
  const keep = (made: Bytes): Bytes => {
    bytes = made;
    return made;
  };
  const again: MessageStep = {
    name: one.name,
    kind: "message",
    transcript: one.step.transcript,
    make: () => copyOf(bytes),
  };
  const second = planned(again) as Planned;
  return [
    { ...one, alter: [...one.alter, keep] },
    { ...second, words: ["the same message again"] },
  ];
}

function at(plan: Plan, { name, nth }: MessageAt): number {
  let count = 0;
  const index = plan.findIndex(
    (item) => item.kind === "message" && !item.dropped && item.name === name && count++ === nth,
  );
  if (index < 0)
    throw new ChangeError(`the server sends no ${name}${nth === 0 ? "" : ` number ${nth}`} here`);
  return index;
}

function lowered(
  { name, step, alter, words, dropped, inserted, appended }: Planned,
  nth: number,
  made: OnMade,
): Step {
  let pieces: readonly (Bytes | Step)[] = [];
  return {
    name,
    kind: "message",
    transcript: step.transcript && !dropped,
    make: async (context: LabContext) => {
      const bytes = alter.reduce((given, change) => change(given), await step.make(context));
      // What was put into a message takes its place where the message itself is left out.
      const cut = dropped ? inserted.flatMap(({ steps }) => steps) : cutAt(bytes, inserted);
      pieces = appended.length === 0 || dropped ? cut : withAppended(cut, appended);
      const owned = pieces.flatMap((piece) =>
        piece instanceof Uint8Array ? [{ piece, length: piece.length }] : [],
      );
      const last = owned.at(-1);
      if (last !== undefined) last.length -= appended.length;
      made({ name, nth, bytes, changes: words, dropped }, owned);
      return bytes;
    },
    // Whole, it waits for others to share its record, if that is how records are packed.
    ...(dropped || inserted.length > 0 || appended.length > 0 ? { cut: () => pieces } : {}),
  };
}

function cutAt(bytes: Bytes, inserted: Planned["inserted"]): readonly (Bytes | Step)[] {
  if (inserted.length === 0) return [bytes];
  const parts: (Bytes | Step)[] = [];
  let from = 0;
  for (const { at, steps } of inserted.toSorted((a, b) => a.at - b.at)) {
    const to = Math.min(at, bytes.length);
    if (to > from) parts.push(bytes.slice(from, to));
    parts.push(...steps);
    from = to;
  }
  if (from < bytes.length) parts.push(bytes.slice(from));
  return parts;
}

function withAppended(parts: readonly (Bytes | Step)[], more: Bytes): readonly (Bytes | Step)[] {
  const last = parts.findLastIndex((part) => part instanceof Uint8Array);
  return last < 0 ? [...parts, more] : parts.with(last, concat(parts[last] as Bytes, more));
}
