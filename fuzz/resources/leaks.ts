import { getEventListeners, setMaxListeners } from "node:events";
import { connect, type TlsSocket } from "../../src/node/index.ts";
import { stillActive } from "./crowd.ts";
import { bytesInUse } from "./memory.ts";
import type { Server } from "./servers.ts";

export interface LeakResult {
  readonly connections: number;
  /** Bytes in use after the first tenth of them, and at the end. */
  readonly early: number;
  readonly late: number;
  /** Sockets and timers. */
  readonly left: readonly string[];
  /** Of a signal that all connections had. */
  readonly listeners: number;
}

/** In turn: a word and a clean end; given up once open; given up before; another name; ended before it is open. */
async function visit(at: number, { port, root }: Server, signal: AbortSignal): Promise<void> {
  const servername = at % 5 === 3 ? "other.example" : "localhost";
  const socket: TlsSocket = connect({ host: "127.0.0.1", port, servername, ca: root, signal });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.resume();
  if (at % 5 === 0) {
    socket.on("data", () => socket.end());
    socket.write("a word");
  } else if (at % 5 === 1) socket.once("secureConnect", () => socket.destroy());
  else if (at % 5 === 2) setImmediate(() => socket.destroy());
  else socket.end();
  await closed;
}

/** So many connections, so many of them at once. */
export async function leaksOf(honest: Server, connections: number, atOnce: number): Promise<LeakResult> {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  let early = 0;
  let done = 0;
  const settle = async (): Promise<number> => {
    // Sockets that are closing take a turn or two.
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    return bytesInUse();
  };
  while (done < connections) {
    await Promise.all(Array.from({ length: atOnce }, (_, at) => visit(done + at, honest, controller.signal)));
    done += atOnce;
    if (early === 0 && done * 10 >= connections) early = await settle();
  }
  const late = await settle();
  return {
    connections: done,
    early,
    late,
    left: stillActive(),
    listeners: getEventListeners(controller.signal, "abort").length,
  };
}
