type Listener = (...args: readonly unknown[]) => void;

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
}

/**
 * Listeners by the name of an event, with the habits that programs know from node:events, where there is no such module.
 * `Events` says what each event's listeners are called with.
 */
export class Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  readonly #entries = new Map<keyof Events, readonly Entry[]>();

  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    return this.#add(event, { listener: listener as unknown as Listener, once: false });
  }

  once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    return this.#add(event, { listener: listener as unknown as Listener, once: true });
  }

  /** Takes out the one that was added last. */
  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    const entries = this.#entries.get(event) ?? [];
    const index = entries.findLastIndex((entry) => entry.listener === (listener as unknown as Listener));
    if (index >= 0) this.#entries.set(event, entries.toSpliced(index, 1));
    return this;
  }

  addListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    return this.on(event, listener);
  }

  removeListener<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): this {
    return this.off(event, listener);
  }

  removeAllListeners(event?: keyof Events): this {
    if (event === undefined) this.#entries.clear();
    else this.#entries.delete(event);
    return this;
  }

  listenerCount(event: keyof Events): number {
    return this.#entries.get(event)?.length ?? 0;
  }

  /**
   * Calls who listens, and answers whether anybody did. What a listener throws, and an 'error' that nobody hears, is thrown
   * where nothing catches it, as node:events' habit comes to: never into the middle of a connection.
   */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): boolean {
    const entries = this.#entries.get(event) ?? [];
    if (entries.length === 0 && event === "error") rethrow(args[0]);
    for (const entry of entries) {
      if (entry.once) this.#drop(event, entry);
      try {
        entry.listener(...args);
      } catch (error) {
        rethrow(error);
      }
    }
    return entries.length > 0;
  }

  /** Told of each new listener. */
  protected listening(_event: keyof Events): void {}

  #add(event: keyof Events, entry: Entry): this {
    this.#entries.set(event, [...(this.#entries.get(event) ?? []), entry]);
    this.listening(event);
    return this;
  }

  #drop(event: keyof Events, entry: Entry): void {
    const entries = this.#entries.get(event) ?? [];
    this.#entries.set(
      event,
      entries.filter((one) => one !== entry),
    );
  }
}

function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
