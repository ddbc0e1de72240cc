import { defaultProvider as provider } from "../../src/crypto/provider/node.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { replayStarted } from "../../test/connection/replayed.ts";
import { Sealer } from "../../test/record/keys.ts";
import { traceNamed } from "../../test/replay/traces.ts";
import type { Flood } from "./floods.ts";
import { bytesInUse, cpuOf } from "./memory.ts";

/** What a flood costs who is under it. */
export interface Cost {
  /** Bytes that were taken until it was refused, or all of it. */
  readonly bytes: number;
  readonly code: string | undefined;
  /** Milliseconds. */
  readonly cpu: number;
  /** Bytes that a connection holds more than before, once the flood has come: the mean of several. */
  readonly held: number;
  /** Bytes that it had sent, and nobody had taken. */
  readonly unsent: number;
}

/** The keys that are due where a flood begins; every connection has the same. */
function sealerFor({ when }: Flood): Sealer {
  const trace = traceNamed("simple-1rtt");
  const secret = trace.secret(
    when === "open" ? "serverApplicationTrafficSecret" : "serverHandshakeTrafficSecret",
  );
  return new Sealer({ suite: trace.suite, hash: provider.hashes[trace.suite.hash], secret });
}

interface Victim {
  readonly code: () => string | undefined;
  readonly deliver: (bytes: Bytes) => void;
  readonly unsent: () => number;
}

async function victim(flood: Flood): Promise<Victim> {
  const { transport, observer, trace } = await replayStarted({
    provider,
    trace: undefined,
    options: { postHandshakeAuthentication: true, sessions: createSessionCache() },
  });
  // Nothing of what it is told is kept, and its words are taken by nobody.
  observer.data = () => {};
  transport.prompt = false;
  if (flood.when !== "before") transport.deliver(trace.bytes("recordServerHello"));
  if (flood.when === "open") {
    transport.deliver(trace.bytes("recordServerHandshakeMessages"));
    await observer.opening;
  }
  await new Promise((resolve) => setImmediate(resolve));
  const before = transport.written.length;
  return {
    code: () => observer.error?.code,
    deliver: (bytes) => transport.deliver(bytes),
    unsent: () => transport.written.length - before,
  };
}

async function pour(one: Victim, bytes: Bytes, chunk: number): Promise<number> {
  for (let start = 0; start < bytes.length; start += chunk) {
    if (one.code() !== undefined) return start;
    one.deliver(bytes.subarray(start, start + chunk));
    if (start % (chunk * 16) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return bytes.length;
}

/** Pours a flood over some connections, one after the other, and looks what it cost. */
export async function costOf(flood: Flood, length: number, connections = 8): Promise<Cost> {
  const bytes = flood.make(sealerFor(flood), length);
  const chunk = flood.chunk ?? 65_536;
  // The first time is for the compiler.
  await pour(await victim(flood), bytes, chunk);
  const victims: Victim[] = [];
  for (let count = 0; count < connections; count++) victims.push(await victim(flood));
  const before = await bytesInUse();
  let taken = 0;
  const cpu = await cpuOf(async () => {
    for (const one of victims) taken = await pour(one, bytes, chunk);
  });
  const held = ((await bytesInUse()) - before) / connections;
  const [first] = victims as [Victim];
  return { bytes: taken, code: first.code(), cpu: cpu / connections, held, unsent: first.unsent() };
}
