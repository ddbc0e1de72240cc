import { Duplex } from "node:stream";

/** Two streams, each of which reads what the other writes. */
export function duplexPair(options: { readonly highWaterMark?: number } = {}): [Duplex, Duplex] {
  const waiting: (((error?: Error | null) => void) | undefined)[] = [undefined, undefined];
  const ends: Duplex[] = [];
  const make = (mine: 0 | 1): Duplex => {
    const other = (): Duplex => ends[1 - mine] as Duplex;
    return new Duplex({
      ...options,
      allowHalfOpen: true,
      read: () => {
        const written = waiting[mine];
        waiting[mine] = undefined;
        written?.();
      },
      write: (chunk, _encoding, done) => {
        if (chunk.length === 0) return done();
        // Set first: a push may ask for more at once.
        waiting[1 - mine] = done;
        other().push(chunk);
      },
      final: (done) => {
        other().push(null);
        done();
      },
    });
  };
  ends.push(make(0), make(1));
  return ends as [Duplex, Duplex];
}
