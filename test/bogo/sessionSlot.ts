import type { Session, SessionCache } from "../../src/sessions.ts";

/** Holds what the runner has the shim hold: the last session of one connection, for the next one. */
export class SessionSlot implements SessionCache {
  readonly shared = false;
  #offered: Session | undefined;
  #received: Session | undefined;

  put(_partition: string, session: Session): void {
    this.#received = session;
  }

  take(): Session | undefined {
    const session = this.#offered;
    this.#offered = undefined;
    return session;
  }

  /** The last session that this connection was given. */
  get received(): Session | undefined {
    return this.#received;
  }

  /** Makes what was received ready for the next connection: false where nothing was. */
  turn(): boolean {
    this.#offered = this.#received;
    this.#received = undefined;
    return this.#offered !== undefined;
  }
}
