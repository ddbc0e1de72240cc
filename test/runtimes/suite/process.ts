// The entry for Node, Deno and Bun, which have Node's process.

import net from "node:net";
import { Duplex } from "node:stream";
import type { ByteStreams } from "../../../src/index.ts";
import { run } from "./run.ts";

interface Deno {
  connect(to: { readonly hostname: string; readonly port: number }): Promise<ByteStreams>;
}

const { Deno } = globalThis as unknown as { readonly Deno?: Deno };
const [station] = process.argv.slice(2);
if (station === undefined) throw new Error("expected the address of the driver");
await run(station, {
  tcp: async (port) =>
    Deno === undefined
      ? (Duplex.toWeb(net.connect(port, "127.0.0.1")) as unknown as ByteStreams)
      : Deno.connect({ hostname: "127.0.0.1", port }),
});
process.exit(0);
