import type { ByteStreams } from "../../../src/index.ts";

/** What this runtime has for reaching a server; the cases of what it lacks are not there. */
export interface Sockets {
  /** A TCP connection, as the runtime's own streams. */
  readonly tcp?: (port: number) => Promise<ByteStreams>;
}
