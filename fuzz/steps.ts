import { DerCursor } from "../src/der/cursor.ts";

const counted = [
  "enter",
  "skip",
  "skipAny",
  "contents",
  "boolean",
  "integer",
  "null",
  "objectIdentifier",
  "bitString",
  "bits",
] as const;

let steps = 0;

type Method = (this: DerCursor, ...given: unknown[]) => unknown;

/** From now on each look at an element counts, in this process: a measure of work that is the same on every machine. */
export function countSteps(): void {
  const methods = DerCursor.prototype as unknown as Record<string, Method>;
  for (const name of counted) {
    const method = methods[name] as Method;
    methods[name] = function (...given) {
      steps++;
      return method.apply(this, given);
    };
  }
}

/** How many looks at elements some work takes. */
export function stepsOf(work: () => void): number {
  const before = steps;
  work();
  return steps - before;
}
