/**
 * Where key updates stand among the chunks of a WritableStream, which has a queue of its own: an update waits until what was
 * given to the stream before it has been taken by its sink.
 */
export class KeyUpdatePlaces {
  readonly #update: () => void;
  #given = 0;
  #taken = 0;
  /** How many chunks go before each update. */
  readonly #places: number[] = [];

  constructor(update: () => void) {
    this.#update = update;
  }

  /** The strategy's size of a chunk: a stream asks for it as soon as it is given one. */
  given(): 1 {
    this.#given++;
    return 1;
  }

  /** The sink has handed a chunk on. */
  taken(): void {
    this.#taken++;
    while (this.#places[0] === this.#taken) {
      this.#places.shift();
      this.#update();
    }
  }

  here(): void {
    if (this.#given === this.#taken) this.#update();
    else this.#places.push(this.#given);
  }
}
