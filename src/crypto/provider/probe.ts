export type Probe = () => Promise<boolean>;

/** Whether a runtime can do something, found out by an attempt, once, and only when it is asked. */
export function probe(attempt: () => Promise<unknown>): Probe {
  let answer: Promise<boolean> | undefined;
  return () => {
    // A method that isn't there throws at once, and is an answer as well.
    answer ??= Promise.resolve()
      .then(attempt)
      .then(
        () => true,
        () => false,
      );
    return answer;
  };
}
