import type { Tap } from "../lab/tapped.ts";
import { seldom } from "../src/handshake/client/onDemand.ts";

// What the library loads on demand is there before anything starts: no tap sees a load.
await seldom();

/** Knows when nothing is going on any more: all that the platform was asked for is answered, and all answers are heard. */
export class Activity {
  #pending = 0;

  readonly tap: Tap = (_, work) => {
    const answer = work();
    if (answer instanceof Promise) {
      this.#pending++;
      const done = (): void => void this.#pending--;
      answer.then(done, done);
    }
    return answer;
  };

  /** Resolves once nothing but what others send could change anything. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      // What ends the reading may be told by a timer that is due at once (Connection): those that are fire before this one.
      if (quiet === 1) await new Promise((resolve) => setTimeout(resolve, 0));
      quiet = this.#pending === 0 ? quiet + 1 : 0;
    }
  }
}
