import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { type Ending, endings, idle, tooManyBytes } from "./endings.ts";
import type { RelayLimits } from "./limits.ts";
import { type Resolve, reachTarget } from "./reachTarget.ts";
import type { Target } from "./targets.ts";

/** What passed, and how it ended. */
export interface Passed {
  /** From the page to the target. */
  readonly up: number;
  readonly down: number;
  readonly ending: Ending;
}

/** One WebSocket that leads to one target, from its opening to its end. */
export interface Passage {
  readonly done: Promise<Passed>;
  /** Ends it, for a reason of the relay's. */
  stop(ending: Ending): void;
}

/**
 * Carries bytes between the two until one of them has ended. A close by the page is a FIN for the target, and the target's FIN a
 * close for the page: WebSocket has no half-close (RFC 6455 §1.4), so what the other side says afterwards is taken and thrown
 * away. A page that is lost is a reset for the target, and a target that is lost no peaceful close for the page: neither is to
 * take a stream that was cut off for a whole one.
 */
export function startPassage(
  page: WebSocket,
  target: Target,
  limits: RelayLimits,
  resolve: Resolve,
): Passage {
  let tcp: Socket | undefined;
  let [up, down] = [0, 0];
  let ending: Ending | undefined;
  const over = new AbortController();
  const idleTimer = setTimeout(() => stop(idle(limits)), limits.idleTimeout);
  // Not events.once(), which an 'error' makes fail.
  const pageGone = new Promise((gone) => page.once("close", gone));

  /** The first reason counts: what follows is a consequence of it. */
  function end(why: Ending): void {
    if (ending !== undefined) return;
    ending = why;
    clearTimeout(idleTimer);
    over.abort();
    // A paused one would not hear the page's own close.
    page.resume();
    page.close(why.code, why.reason);
  }

  function stop(why: Ending): void {
    end(why);
    if (tcp !== undefined) reset(tcp);
  }

  /** Whether the bytes may go on. */
  function count(direction: "up" | "down", bytes: number): boolean {
    if (direction === "up") up += bytes;
    else down += bytes;
    if (bytes > 0) idleTimer.refresh();
    if (up + down <= limits.bytes) return true;
    stop(tooManyBytes(limits));
    return false;
  }

  /** Nobody waits for a target that does not take the last of it, or does not end. */
  function endTarget(socket: Socket): void {
    socket.end();
    socket.resume();
    const timer = setTimeout(() => reset(socket), limits.closeTimeout);
    socket.once("close", () => clearTimeout(timer));
  }

  page.on("message", (data, isBinary) => {
    if (ending !== undefined) return sayLast(data as Buffer);
    if (!isBinary) return stop(endings.text);
    const bytes = data as Buffer;
    if (count("up", bytes.length) && tcp?.write(bytes) === false) page.pause();
  });
  page.on("error", (error: Error & { code?: string }) => {
    // ws has said so to the page by itself.
    stop(error.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? endings.tooLong : endings.malformed);
  });
  page.on("close", (code, reason) => {
    const isOurs = ending !== undefined;
    end({ code, reason: reason.toString() });
    if (tcp === undefined || tcp.destroyed) return;
    // RFC 6455 §7.1.5: 1006 stands for no close frame at all.
    if (code === 1006 && !isOurs) reset(tcp);
    else endTarget(tcp);
  });

  /** The target has ended, and may still hear what is said to it until the page has closed. */
  function sayLast(bytes: Buffer): void {
    if (tcp === undefined || !tcp.writable) return;
    if (tcp.writableLength + bytes.length > limits.buffered) reset(tcp);
    else tcp.write(bytes);
  }

  function carry(socket: Socket): void {
    tcp = socket;
    socket.on("drain", () => page.resume());
    socket.on("data", (bytes: Buffer) => {
      if (ending !== undefined || !count("down", bytes.length)) return;
      page.send(bytes, () => {
        if (page.bufferedAmount <= limits.buffered) socket.resume();
      });
      if (page.bufferedAmount > limits.buffered) socket.pause();
    });
    socket.on("end", () => end(endings.targetEnded));
    socket.on("error", () => stop(endings.broken));
    socket.on("close", () => end(endings.broken));
    page.resume();
    socket.resume();
  }

  async function pass(): Promise<Passed> {
    const reached = await reachTarget(target, limits, resolve, over.signal);
    if ("code" in reached) end(reached);
    else if (ending !== undefined) reset(reached);
    else {
      const targetGone = new Promise((gone) => reached.once("close", gone));
      carry(reached);
      await targetGone;
    }
    await pageGone;
    return { up, down, ending: ending ?? endings.broken };
  }

  // Before the target has accepted nobody could take what the page says.
  page.pause();
  return { done: pass(), stop };
}

/** Cuts a connection off, so that its other end can tell. */
function reset(socket: Socket): void {
  // While a FIN is on its way node:net refuses to reset, and would never close; and all was said by then.
  const endLeaves = socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
  if (endLeaves) socket.destroy();
  else socket.resetAndDestroy();
}
