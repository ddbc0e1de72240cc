import dns from "node:dns/promises";
import net from "node:net";
import { mayReach } from "./addresses.ts";
import { connectTooLate, type Ending, endings } from "./endings.ts";
import type { RelayLimits } from "./limits.ts";
import type { Target } from "./targets.ts";

/** What a name leads to: the addresses, the first one to be tried first. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const systemResolver: Resolve = async (host) =>
  (await dns.lookup(host, { all: true })).map(({ address }) => address);

/**
 * A TCP connection to a target, or why there is none. The address that is connected to is the one that was looked at: nothing is
 * resolved twice, as a name that leads elsewhere the second time would want it.
 */
export async function reachTarget(
  target: Target,
  limits: RelayLimits,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<net.Socket | Ending> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(limits.connectTimeout)]);
  const ending = (otherwise: Ending): Ending => (late.aborted ? connectTooLate(limits) : otherwise);
  let addresses: readonly string[];
  try {
    addresses = net.isIP(target.host) === 0 ? await orAborted(resolve(target.host), late) : [target.host];
  } catch {
    return ending(endings.notFound);
  }
  const allowed = addresses.filter((address) => mayReach(target, address));
  if (allowed.length === 0) return addresses.length === 0 ? endings.notFound : endings.privateAddress;
  for (const address of allowed) {
    const socket = net.connect({ host: address, port: target.port, allowHalfOpen: true, noDelay: true });
    try {
      await connected(socket, late);
      return socket;
    } catch {
      socket.destroy();
      if (late.aborted) break;
    }
  }
  return ending(endings.refused);
}

function connected(socket: net.Socket, signal: AbortSignal): Promise<void> {
  return orAborted(
    new Promise<void>((resolve, reject) => {
      socket.once("connect", () => {
        socket.pause();
        socket.off("error", reject);
        resolve();
      });
      socket.once("error", reject);
    }),
    signal,
  );
}

/** DNS can't be called off, so it is no longer waited for. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
