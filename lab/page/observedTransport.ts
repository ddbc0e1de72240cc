import type { Transport } from "../../src/connection/transport.ts";
import type { Side } from "./run.ts";

/** A client's transport, the same but that somebody is told of what crosses, before whoever it is for. The bytes are only lent. */
export function observedTransport(
  transport: Transport,
  crosses: (from: Side, bytes: Uint8Array) => void,
): Transport {
  return {
    start: (receiver) =>
      transport.start({
        received: (bytes) => {
          crosses("server", bytes);
          receiver.received(bytes);
        },
        ended: () => receiver.ended(),
        failed: (cause) => receiver.failed(cause),
      }),
    write: (bytes, written) => {
      crosses("client", bytes);
      transport.write(bytes, written);
    },
    pause: () => transport.pause(),
    resume: () => transport.resume(),
    end: () => transport.end(),
    close: () => transport.close(),
    abort: (cause) => transport.abort(cause),
  };
}
