import type { Abortable } from "../handshake/channel.ts";
import type { TlsError } from "../wire/error.ts";

/** What a verifier, a signer or a key agreement is doing: the end of the connection ends the wait for it. */
export class PendingWork {
  readonly #stops = new Set<(error: TlsError) => void>();
  #error: (() => TlsError) | undefined;

  during<R>(work: (abortable: Abortable) => R | PromiseLike<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error());
      const abortable = new LazyAbortable();
      const stop = (error: TlsError): void => {
        reject(error);
        abortable.abort(error);
      };
      this.#stops.add(stop);
      start(work, abortable).then(
        (answer) => {
          this.#stops.delete(stop);
          resolve(answer);
        },
        (error: unknown) => {
          this.#stops.delete(stop);
          reject(error);
        },
      );
    });
  }

  /** An error takes some 4 µs to make, for its stack: it is made where somebody is told it. */
  fail(error: () => TlsError): void {
    this.#error = error;
    for (const stop of this.#stops) stop(error());
    this.#stops.clear();
  }
}

/** Most work looks at no signal, and a connection has several pieces of it. */
class LazyAbortable implements Abortable {
  #controller: AbortController | undefined;
  #error: TlsError | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#error !== undefined) this.#controller.abort(this.#error);
    }
    return this.#controller.signal;
  }

  abort(error: TlsError): void {
    this.#error = error;
    this.#controller?.abort(error);
  }
}

/** What throws at once rejects like what fails later. */
async function start<R>(
  work: (abortable: Abortable) => R | PromiseLike<R>,
  abortable: Abortable,
): Promise<R> {
  return work(abortable);
}
