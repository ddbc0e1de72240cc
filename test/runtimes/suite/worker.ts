// The entry for workerd, whose `workerd test` calls it.

// @ts-expect-error workerd has it, and nothing else does
import { connect } from "cloudflare:sockets";
import type { ByteStreams } from "../../../src/index.ts";
import { run } from "./run.ts";

const open = connect as (to: { hostname: string; port: number }) => ByteStreams;

const worker = {
  test: (_: unknown, { STATION: station }: { readonly STATION: string }) =>
    run(station, { tcp: async (port) => open({ hostname: "127.0.0.1", port }) }),
};

export { worker as default };
