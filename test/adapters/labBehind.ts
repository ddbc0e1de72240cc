import type { Duplex } from "node:stream";
import type { LabOptions } from "../../lab/options.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { LabServer } from "../../lab/server.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { harnessWith } from "../handshake/harness.ts";
import { duplexPair } from "./pairs.ts";

/** A stream with the lab's server at its other end. */
export async function labBehind(
  options: Partial<LabOptions> = {},
): Promise<{ readonly lab: LabServer; readonly near: Duplex }> {
  const [near, far] = duplexPair();
  const lab = new LabServer(new RecordWire(defaultProvider, duplexTransport(far, undefined)), {
    provider: defaultProvider,
    credentials: await harnessWith(defaultProvider).credentials("P-256"),
    ...options,
  });
  return { lab, near };
}
