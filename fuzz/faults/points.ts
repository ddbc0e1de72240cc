import type { Tap } from "../../lab/tapped.ts";
import type { Transport } from "../../src/connection/transport.ts";

/** What happens at a point where a client calls, or is called. */
export type Fault =
  /** What was called throws, or rejects where its answer is awaited. */
  | "throws"
  /** Its answer comes some turns later than it could. */
  | "late"
  /** Its answer never comes. */
  | "never"
  | "abort"
  | "close"
  | "transport breaks"
  | "transport ends";

export const faults: readonly Fault[] = [
  "throws",
  "late",
  "never",
  "abort",
  "close",
  "transport breaks",
  "transport ends",
];

export class InjectedError extends Error {
  override readonly name = "InjectedError";
}

/** Counts the points that a connection passes, and does at one of them what it was asked for. */
export class Points {
  /** How many were passed until now. */
  passed = 0;
  /** What stood at the point that was chosen; undefined where it was not reached. */
  hit: string | undefined;
  readonly #chosen: number;
  readonly #fault: Fault | undefined;
  readonly #act: (fault: Fault) => void;
  readonly #pending: Tap;

  /**
   * @param act does what befalls the whole connection: an abort, an end
   * @param pending gets what comes late, so that it is waited for
   */
  constructor(chosen: number, fault: Fault | undefined, act: (fault: Fault) => void, pending: Tap) {
    this.#chosen = chosen;
    this.#fault = fault;
    this.#act = act;
    this.#pending = pending;
  }

  /** A point at which something is called that may call back, or takes its time. */
  readonly tap: Tap = (where, work) => {
    const fault = this.#at(where, (act) => act());
    return fault === undefined ? work() : this.#befall(fault, where, work);
  };

  /** The same for a primitive: while one is computed nothing else runs, so what befalls the connection does afterwards. */
  readonly tapPrimitive: Tap = (where, work) => {
    const fault = this.#at(where, queueMicrotask);
    return fault === undefined ? work() : this.#befall(fault, where, work);
  };

  #befall<R>(fault: Fault, where: string, work: () => R): R {
    if (fault === "throws") {
      const error = new InjectedError(`injected at ${where}`);
      const answer = this.#tried(work);
      if (answer instanceof Promise) return answer.then(() => Promise.reject(error)) as typeof answer;
      throw error;
    }
    const answer = work();
    if (!(answer instanceof Promise)) return answer;
    if (fault === "late") return this.#pending(where, () => this.#later(answer)) as typeof answer;
    if (fault === "never") return new Promise(() => {}) as typeof answer;
    return answer;
  }

  /** A point at which something is told. */
  told(where: string): void {
    this.#at(where, (act) => act());
  }

  #at(where: string, when: (act: () => void) => void): Fault | undefined {
    const fault = this.#fault;
    if (this.passed++ !== this.#chosen || fault === undefined) return undefined;
    this.hit = where;
    when(() => this.#act(fault));
    return fault;
  }

  #tried<R>(work: () => R): R | undefined {
    try {
      return work();
    } catch {
      return undefined;
    }
  }

  async #later<T>(answer: Promise<T>): Promise<T> {
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
    return answer;
  }
}

/** A transport each call of which, both ways, is a point. */
export function tappedTransport(transport: Transport, points: Points): Transport {
  return {
    start: (receiver) =>
      points.tap("start", () =>
        transport.start({
          received: (bytes) => {
            points.told("received");
            receiver.received(bytes);
          },
          ended: () => {
            points.told("ended");
            receiver.ended();
          },
          failed: (cause) => receiver.failed(cause),
        }),
      ),
    write: (bytes, written) =>
      points.tap("write", () =>
        transport.write(bytes, () => {
          points.told("written");
          written();
        }),
      ),
    pause: () => points.tap("pause", () => transport.pause()),
    resume: () => points.tap("resume", () => transport.resume()),
    end: () => points.tap("end", () => transport.end()),
    close: () => points.tap("close", () => transport.close()),
    abort: (cause) => points.tap("abort", () => transport.abort(cause)),
  };
}
