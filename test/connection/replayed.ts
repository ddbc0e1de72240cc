import { believer } from "../../lab/leafKey.ts";
import type { Connection } from "../../src/connection/connection.ts";
import { Opener, Sealer } from "../record/keys.ts";
import { type Trace, traceNamed } from "../replay/traces.ts";
import { connectOver, type Observer, type Wishes } from "./observer.ts";
import { helloOf } from "./recordedHello.ts";
import { ScriptedTransport } from "./scriptedTransport.ts";

/** A connection whose server is the trace simple-1rtt until it is open, and then the test. */
export interface Replayed {
  readonly transport: ScriptedTransport;
  readonly connection: Connection;
  readonly observer: Observer;
  /** What the server seals with after its Finished. */
  readonly server: Sealer;
  /** Opens what the client seals after its own. */
  readonly client: Opener;
  readonly trace: Trace;
  /** How much was written when the connection opened. */
  readonly before: number;
}

/** A connection that waits for the answer to its hello. */
export async function replayStarted(wishes: Partial<Wishes> & Pick<Wishes, "provider">): Promise<Replayed> {
  const trace = traceNamed("simple-1rtt");
  const transport = new ScriptedTransport();
  const { connection, observer } = connectOver(transport, {
    verifier: believer,
    ...wishes,
    with: { hello: helloOf(trace, wishes.provider), ...wishes.with },
  });
  const hello = trace.bytes("recordClientHello1").length;
  await transport.untilWritten(hello);
  const client = new Opener();
  client.install({
    suite: trace.suite,
    hash: wishes.provider.hashes[trace.suite.hash],
    secret: trace.secret("clientApplicationTrafficSecret"),
  });
  const server = new Sealer({
    suite: trace.suite,
    hash: wishes.provider.hashes[trace.suite.hash],
    secret: trace.secret("serverApplicationTrafficSecret"),
  });
  const finished = trace.bytes("recordClientFinished").length;
  return { transport, connection, observer, server, client, trace, before: hello + finished };
}

/** A connection that is open. */
export async function replayOpened(wishes: Partial<Wishes> & Pick<Wishes, "provider">): Promise<Replayed> {
  const replayed = await replayStarted(wishes);
  const { transport, trace, observer } = replayed;
  transport.deliver(trace.bytes("recordServerHello"));
  transport.deliver(trace.bytes("recordServerHandshakeMessages"));
  await observer.opening;
  await transport.untilWritten(replayed.before);
  return replayed;
}
