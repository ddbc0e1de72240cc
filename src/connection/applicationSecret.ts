import { nextTrafficSecret, type TrafficSecret } from "../keyschedule/trafficSecret.ts";

export interface Generation {
  readonly secret: TrafficSecret;
  /** KeyUpdates behind it. */
  readonly generation: number;
}

/** The application traffic secret of one direction, kept for the next KeyUpdate (RFC 9846 §7.2). */
export class ApplicationSecret {
  #current: Generation | undefined;

  get isThere(): boolean {
    return this.#current !== undefined;
  }

  /** A copy is kept: whoever derived it overwrites its own. */
  start({ suite, hash, secret }: TrafficSecret): void {
    this.#current = { secret: { suite, hash, secret: secret.slice() }, generation: 0 };
  }

  /** That of the generation in force. */
  get secret(): TrafficSecret {
    return (this.#current as Generation).secret;
  }

  /** The generation that follows; the one before it is overwritten. */
  next(): Generation {
    const { secret, generation } = this.#current as Generation;
    const next = { secret: nextTrafficSecret(secret), generation: generation + 1 };
    this.#current = next;
    return next;
  }

  wipe(): void {
    this.#current?.secret.secret.fill(0);
  }
}
