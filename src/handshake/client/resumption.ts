import { isFresh, type Session } from "../../session/session.ts";
import type { SessionCache } from "../../session/sessionCache.ts";
import { isSession } from "../../session/sessionForm.ts";
import type { HandshakeChannel } from "../channel.ts";
import { identify, type WatchVerification } from "./identify.ts";
import type { ClientParameters, Resumption } from "./parameters.ts";
import type { ResumableSession } from "./pskOffer.ts";

/** A cache that takes longer costs more than it saves. Milliseconds. */
const patience = 200;
/** Sessions that are looked at before a full handshake is made: one that can't be used has others behind it. */
const attempts = 4;

/**
 * A session for this connection, if there is one that may still be offered: fresh, for the same name, and with a
 * certificate that would be believed today (RFC 9846 §4.7.1/5, §4.7.1/6). Whatever goes wrong, a full handshake follows.
 */
export async function takeSession(
  channel: HandshakeChannel,
  parameters: ClientParameters,
  watch: WatchVerification | undefined,
): Promise<ResumableSession | undefined> {
  const { resumption } = parameters;
  if (resumption === undefined) return undefined;
  for (let i = 0; i < attempts; i++) {
    const session = await channel.during(() => taken(resumption));
    // Many a store has null for nothing.
    if (session === undefined || session === null) return undefined;
    if (!isSession(session) || !isUsable(session, parameters)) continue;
    if (session.certificate === undefined) {
      // What an external PSK began only goes on where external PSKs are believed.
      if (parameters.externalPsks.length === 0) continue;
      return { kind: "resumption", session, identity: undefined };
    }
    try {
      const identity = await identify(channel, parameters, session.certificate, "session", watch);
      return { kind: "resumption", session, identity };
    } catch {
      // The full handshake asks again, and tells why not; if the connection is over, it tells that.
    }
  }
  return undefined;
}

/** RFC 9846 §4.2.2/10: under one of the suites of this hello, by its hash. */
function isUsable(session: Session, { provider, serverName, cipherSuites }: ClientParameters): boolean {
  return (
    isFresh(session, provider.now()) &&
    session.serverName === serverName &&
    cipherSuites.some(({ name }) => name === session.cipherSuite)
  );
}

/** RFC 9846 §4.3.10: early data is for the suite and the protocol of its session. */
export function allowsEarlyData(
  { session }: ResumableSession,
  { alpn, wantsEarlyData }: ClientParameters,
): boolean {
  return (
    wantsEarlyData &&
    session.maxEarlyDataSize > 0 &&
    (session.alpn === undefined ? alpn.length === 0 : alpn.includes(session.alpn))
  );
}

/** What it answers with may be anything: a cache is whatever the caller made. */
async function taken({ cache, partition }: Resumption): Promise<unknown> {
  try {
    const answer = cache.take(partition);
    return isPromise(answer) ? await soon(answer, cache, partition) : answer;
  } catch {
    return undefined;
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}

/** What comes too late was used by nobody, and is given back. */
function soon(
  answer: Promise<Session | undefined>,
  cache: SessionCache,
  partition: string,
): Promise<Session | undefined> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      resolve(undefined);
    }, patience);
    answer
      .then(async (session) => {
        clearTimeout(timer);
        if (!late) resolve(session);
        else if (session !== undefined) await cache.put(partition, session);
      })
      .catch((error: unknown) => {
        clearTimeout(timer);
        reject(error);
      });
  });
}
