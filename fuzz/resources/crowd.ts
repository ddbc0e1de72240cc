import { performance } from "node:perf_hooks";
import { connect, type TlsError, type TlsSocket } from "../../src/node/index.ts";
import { bytesInUse } from "./memory.ts";
import { misbehaviours } from "./misbehaviours.ts";
import type { Server } from "./servers.ts";

export interface CrowdResult {
  /** How each kind of hostile connection had ended when the handshakes' time was over: a code, or "open". */
  readonly endings: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Milliseconds that honest connections took, a handshake and an echo each, without the crowd and within it. */
  readonly alone: readonly number[];
  readonly within: readonly number[];
  /** Bytes in use for each hostile connection. */
  readonly held: number;
  /** Sockets and timers that were left in the end. */
  readonly left: readonly string[];
}

/** The default of connect(). */
const timeout = 30_000;

/** One honest connection: milliseconds from connect to the end. */
function honestVisit({ port, root }: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca: root });
    socket.on("error", reject);
    socket.on("close", () => resolve(performance.now() - start));
    socket.on("data", () => socket.end());
    socket.write("a word");
  });
}

async function visits(honest: Server, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) times.push(await honestVisit(honest));
  return times.sort((a, b) => a - b);
}

/** So many hostile connections at once, and some honest ones in the middle of them. */
export async function crowd(
  honest: Server,
  hostile: Server,
  size: number,
  honestVisits: number,
): Promise<CrowdResult> {
  await visits(honest, 20);
  const alone = await visits(honest, honestVisits);
  const before = await bytesInUse();
  const words = Buffer.alloc(2 ** 20);
  const sockets: { readonly socket: TlsSocket; ending: string }[] = [];
  const ready: Promise<unknown>[] = [];
  for (let at = 0; at < size; at++) {
    const one = {
      ending: "open",
      socket: connect({
        host: "127.0.0.1",
        port: hostile.port,
        servername: "localhost",
        ca: hostile.root,
        handshakeTimeout: timeout,
      }),
    };
    one.socket.on("error", (error) => {
      one.ending = (error as TlsError).code;
    });
    one.socket.resume();
    one.socket.write(words);
    sockets.push(one);
    // The first three kinds never come so far.
    if (at % misbehaviours.length > 2) {
      ready.push(
        new Promise<void>((resolve) => {
          one.socket.once("secureConnect", () => resolve());
          one.socket.once("close", () => resolve());
        }),
      );
    }
    // One at a time reaches the server, so that it counts them as they are counted here.
    await new Promise<void>((resolve) => one.socket.once("connect", () => resolve()));
  }
  const start = performance.now();
  await Promise.all(ready);
  hostile.begin();
  const within = await visits(honest, honestVisits);
  const held = ((await bytesInUse()) - before) / size;
  const left = timeout + 2000 - (performance.now() - start);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
  const endings = new Map<string, Map<string, number>>();
  for (const [at, { ending }] of sockets.entries()) {
    const kind = misbehaviours[at % misbehaviours.length] as string;
    const counts = endings.get(kind) ?? new Map<string, number>();
    endings.set(kind, counts.set(ending, (counts.get(ending) ?? 0) + 1));
  }
  await Promise.all(
    sockets.map(({ socket }) => {
      if (socket.closed) return undefined;
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.destroy();
      return closed;
    }),
  );
  // A second for the other side to close, too.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return { endings, alone, within, held, left: stillActive() };
}

/** What of this keeps the process alive. */
export function stillActive(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|Timeout|TLS)/.test(name));
}
