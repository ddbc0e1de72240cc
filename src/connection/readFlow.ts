/** Bytes that may wait while a verifier or a signer works, before reading stops. */
const maxWaiting = 512 * 1024;

interface Pausable {
  pause(): void;
  resume(): void;
}

/** When the transport is read: not while the application asks for a pause, nor while too much waits here. */
export class ReadFlow {
  readonly #transport: Pausable;
  /** Bytes of records that can't be opened yet. */
  readonly #unopened: () => number;
  #paused = false;
  #flooded = false;
  #waiting = 0;

  constructor(transport: Pausable, unopened: () => number) {
    this.#transport = transport;
    this.#unopened = unopened;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#transport.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#flooded) this.#transport.resume();
  }

  /** Messages or data that nobody took yet. */
  wait(length: number): void {
    this.#waiting += length;
    this.stopIfFull();
  }

  taken(length: number): void {
    this.#waiting -= length;
    this.goOnIfRoom();
  }

  stopIfFull(): void {
    if (this.#flooded || !this.#full) return;
    this.#flooded = true;
    this.#transport.pause();
  }

  goOnIfRoom(): void {
    if (!this.#flooded || this.#full) return;
    this.#flooded = false;
    if (!this.#paused) this.#transport.resume();
  }

  /** What still comes is thrown away, so nothing need hold it up. */
  open(): void {
    this.#paused = false;
    this.#flooded = false;
    this.#waiting = Number.NEGATIVE_INFINITY;
    this.#transport.resume();
  }

  get #full(): boolean {
    return this.#waiting + this.#unopened() > maxWaiting;
  }
}
