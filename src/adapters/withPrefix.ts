import type { Transport } from "../connection/transport.ts";

/** A transport from which some bytes were read already: they come first. */
export function withPrefix(transport: Transport, prefix: Uint8Array): Transport {
  return {
    start: (receiver) => {
      let unread: Uint8Array | undefined = prefix.slice();
      const prefixFirst = (): void => {
        const bytes = unread;
        unread = undefined;
        if (bytes !== undefined) receiver.received(bytes);
      };
      transport.start({
        received: (bytes, given) => {
          prefixFirst();
          receiver.received(bytes, given);
        },
        ended: () => {
          prefixFirst();
          receiver.ended();
        },
        failed: (cause) => {
          prefixFirst();
          receiver.failed(cause);
        },
      });
      prefixFirst();
    },
    write: (bytes, written) => transport.write(bytes, written),
    pause: () => transport.pause(),
    resume: () => transport.resume(),
    end: () => transport.end(),
    close: () => transport.close(),
    abort: (cause) => transport.abort(cause),
  };
}
