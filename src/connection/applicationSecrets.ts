import { nextTrafficSecret, type TrafficSecret } from "../keyschedule/trafficSecret.ts";

export interface Generation {
  readonly secret: TrafficSecret;
  /** KeyUpdates behind it. */
  readonly generation: number;
}

/** The application traffic secret of each direction, kept for the next KeyUpdate (RFC 9846 §7.2). */
export class ApplicationSecrets {
  readonly #current: { read?: Generation; write?: Generation } = {};

  has(direction: "read" | "write"): boolean {
    return this.#current[direction] !== undefined;
  }

  /** A copy is kept: whoever derived it overwrites its own. */
  start(direction: "read" | "write", secret: TrafficSecret): void {
    this.#current[direction] = { secret: { ...secret, secret: secret.secret.slice() }, generation: 0 };
  }

  /** The generation that follows; the one before it is overwritten. */
  next(direction: "read" | "write"): Generation {
    const { secret, generation } = this.#current[direction] as Generation;
    const next = { secret: nextTrafficSecret(secret), generation: generation + 1 };
    this.#current[direction] = next;
    return next;
  }

  wipe(): void {
    this.#current.read?.secret.secret.fill(0);
    this.#current.write?.secret.secret.fill(0);
  }
}
