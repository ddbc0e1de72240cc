import type { Tap } from "../tapped.ts";

/** How many turns of the event loop have to pass with nothing under way before nothing can come any more. */
const quietTurns = 3;

/**
 * Counts what is under way, so that whoever made it all can wait until nothing is. Between two answers of the primitives
 * everything happens in microtasks, which end before a turn of the event loop does.
 */
export class Pending {
  #count = 0;
  readonly #deadline: number;

  /** @param milliseconds after which nobody waits any longer */
  constructor(milliseconds: number) {
    this.#deadline = performance.now() + milliseconds;
  }

  readonly tap: Tap = (_, work) => {
    const result = work();
    if (result instanceof Promise) {
      this.#count++;
      const done = (): void => {
        this.#count--;
      };
      result.then(done, done);
    }
    return result;
  };

  /** Resolves once nothing is under way, to true; at the deadline, to false. */
  async settled(): Promise<boolean> {
    for (let quiet = 0; quiet < quietTurns; ) {
      if (performance.now() > this.#deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 0));
      quiet = this.#count === 0 ? quiet + 1 : 0;
    }
    return true;
  }
}
