// The entry for Node, Deno and Bun, which have Node's process.

import net from "node:net";
import { Duplex } from "node:stream";
import type { ByteStreams } from "../../../src/index.ts";
import { run } from "./run.ts";

interface DenoConnection extends ByteStreams {
  closeWrite(): Promise<void>;
}

interface Deno {
  connect(to: { readonly hostname: string; readonly port: number }): Promise<DenoConnection>;
}

/** Closing the writable of a Deno.Conn closes both directions and cancels what is being read, so it is only half-closed here. */
function halfClosing(connection: DenoConnection): ByteStreams {
  const writer = connection.writable.getWriter();
  const writable = new WritableStream<Uint8Array>({
    write: (bytes) => writer.write(bytes),
    close: () => connection.closeWrite(),
    abort: (reason) => writer.abort(reason),
  });
  return { readable: connection.readable, writable };
}

const { Deno } = globalThis as unknown as { readonly Deno?: Deno };
const [station] = process.argv.slice(2);
if (station === undefined) throw new Error("expected the address of the driver");
await run(station, {
  tcp: async (port) =>
    Deno === undefined
      ? (Duplex.toWeb(net.connect(port, "127.0.0.1")) as unknown as ByteStreams)
      : halfClosing(await Deno.connect({ hostname: "127.0.0.1", port })),
});
process.exit(0);
