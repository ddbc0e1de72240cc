import { defaultProvider as provider } from "../../src/crypto/provider/node.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { replayOpened, replayStarted } from "../../test/connection/replayed.ts";
import { Sealer } from "../../test/record/keys.ts";
import { traceNamed } from "../../test/replay/traces.ts";

const piece = new Uint8Array(16_384);

/** A server that floods while the client still asks its verifier: bytes that are taken until the transport is told to stop. */
export async function takenWhileVerifying(most: number): Promise<number> {
  const { transport, trace, connection } = await replayStarted({
    provider,
    trace: undefined,
    verifier: () => new Promise(() => {}),
  });
  transport.deliver(trace.bytes("recordServerHello"));
  transport.deliver(trace.bytes("recordServerHandshakeMessages"));
  const { suite } = traceNamed("simple-1rtt");
  const sealer = new Sealer({
    suite,
    hash: provider.hashes[suite.hash],
    secret: trace.secret("serverApplicationTrafficSecret"),
  });
  let taken = 0;
  while (!transport.paused && taken < most) {
    const record = sealer.record(contentTypes.application_data, piece);
    transport.deliver(record);
    taken += record.length;
  }
  connection.close();
  return taken;
}

/** A server that reads no more: bytes that are sealed, of so many that the application wants to say. */
export async function sealedForNobody(most: number): Promise<number> {
  const { transport, connection, before } = await replayOpened({ provider, trace: undefined });
  transport.prompt = false;
  for (let left = most; left > 0; left -= piece.length) connection.write(piece, () => {});
  for (let turns = 0; turns < 4; turns++) await new Promise((resolve) => setImmediate(resolve));
  const sealed = transport.written.length - before;
  connection.close();
  return sealed;
}
