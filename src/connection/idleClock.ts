/**
 * Tells when nothing has moved for a while, and again after the next time that something has. To be told of a move costs
 * no more than to look at the time: the timer finds out by itself when it is due.
 */
export class IdleClock {
  readonly #limit: number;
  readonly #told: () => void;
  #movedAt: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param limit milliseconds, up to 2^31 - 1 */
  constructor(limit: number, told: () => void) {
    this.#limit = limit;
    this.#told = told;
    this.#movedAt = performance.now();
    this.#wait(limit);
  }

  moved(): void {
    this.#movedAt = performance.now();
    if (this.#timer === undefined) this.#wait(this.#limit);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), milliseconds);
    // Where a timer can keep a program from ending, that is the business of what moves.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #look(): void {
    const left = this.#limit - (performance.now() - this.#movedAt);
    if (left > 0) return this.#wait(Math.ceil(left));
    this.#timer = undefined;
    this.#told();
  }
}
