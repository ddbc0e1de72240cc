import { tappedProvider } from "../../lab/tapped.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { Session } from "../../src/session/session.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import type { TlsError } from "../../src/wire/error.ts";
import { type Meeting, meet } from "../../test/cases/meeting.ts";
import { type Acquaintance, acquaintance, visit } from "../../test/cases/returning.ts";
import { harnessWith } from "../../test/handshake/harness.ts";
import { Activity } from "../activity.ts";
import { cookie, type Keys, keysBehind, type Said, scriptOf, words } from "./letters.ts";
import { isAllowed, isComplete, type Scenario } from "./scenarios.ts";

/** What a client makes of a server that says these things. */
export interface Verdict {
  readonly word: readonly Said[];
  /** Undefined where it took them all. */
  readonly error: TlsError | undefined;
  readonly opened: boolean;
  /** Bytes that reached the application. */
  readonly delivered: number;
  /** Why the server, who checks all that the client says, did not agree. */
  readonly failure: unknown;
}

/** A client of one scenario, met anew by every server. */
export interface Walker {
  readonly scenario: Scenario;
  try(word: readonly Said[]): Promise<Verdict>;
}

export async function walkerOf(scenario: Scenario, provider: CryptoProvider): Promise<Walker> {
  const activity = new Activity();
  const plain = harnessWith(provider);
  const credentials = await plain.credentials("P-256");
  const known = acquaintance({
    ...plain,
    provider: tappedProvider(provider, activity.tap),
    labProvider: tappedProvider(plain.labProvider, activity.tap),
    credentials: async () => ({
      ...credentials,
      sign: (...given) => activity.tap("sign", () => credentials.sign(...given)),
    }),
  });
  const cache = scenario.brings === undefined ? undefined : await sessionFor(known, scenario);
  return { scenario, try: (word) => tryWord(word, scenario, known, cache, activity) };
}

/** A session that is offered again and again. */
async function sessionFor(known: Acquaintance, { brings }: Scenario): Promise<SessionCache> {
  const early = brings === "early data" ? { ticket: { maxEarlyDataSize: 2 ** 14 } } : {};
  await visit(known, { server: { tickets: 1, ...early } });
  const session = known.sessions.held[0] as Session;
  return { shared: false, put: () => {}, take: () => session };
}

async function tryWord(
  word: readonly Said[],
  { client, server, brings, waits }: Scenario,
  { harness, ticketStore }: Acquaintance,
  sessions: SessionCache | undefined,
  activity: Activity,
): Promise<Verdict> {
  const takesEarlyData = brings === "early data";
  const retries = word[0]?.letter === "HelloRetryRequest";
  const meeting = await meet(harness, {
    client: {
      ...client,
      ...(sessions && { sessions }),
      ...(takesEarlyData && { earlyData: words }),
    },
    server: {
      ...server,
      ticketStore,
      ...(retries && { retry: { group: "secp256r1", cookie } }),
    },
    bends: { script: () => scriptOf(word, { waits, takesEarlyData }) },
    settings: { trace: undefined },
  });
  await activity.settled();
  const verdict = verdictOf(word, meeting);
  // So that nothing of it goes on.
  meeting.transports[0].reset();
  await activity.settled();
  return verdict;
}

function verdictOf(word: readonly Said[], { client, lab }: Meeting): Verdict {
  return {
    word,
    error: client.error,
    opened: client.told.includes("opened"),
    delivered: client.content.length,
    failure: lab.failure,
  };
}

/** Why a verdict is not what it has to be; undefined where it is. */
export function faultOf(verdict: Verdict, scenario: Scenario): string | undefined {
  const { word, error, opened, delivered, failure } = verdict;
  // Only the last one may be under other keys.
  const wellSaid = word.filter(({ under }) => under === "due").map(({ letter }) => letter);
  const allowed = wellSaid.length === word.length && isAllowed(wellSaid, scenario);
  const complete = isComplete(wellSaid, scenario);
  const data = wellSaid.slice(wellSaid.indexOf("Finished")).filter((letter) => letter === "application_data");
  const due = complete ? data.length * words.length : 0;
  const punctual = allowed || scenario.waits ? delivered === due : delivered <= due;
  if (allowed && error !== undefined) return `refused: ${error.message}`;
  if (allowed && failure !== undefined) return `the server does not agree: ${failure}`;
  if (!allowed && error === undefined) return "taken";
  if (opened && !complete) return "open before the server's Finished, in its place";
  if (!opened && complete && scenario.waits) return "not open behind the server's Finished";
  if (!punctual) return `${delivered} bytes delivered, where ${due} are due`;
  if (error !== undefined && error.alert?.direction !== "sent") return `no alert tells of ${error.code}`;
  return undefined;
}

export interface Walk {
  readonly scenario: Scenario;
  tried: number;
  /** The orders that were taken, the empty one included. */
  readonly taken: (readonly Said[])[];
  /** How often a code was the answer. */
  readonly codes: Map<string, number>;
  readonly faults: { readonly word: readonly Said[]; readonly why: string }[];
}

/** Tries every letter behind every order that was taken, up to so many letters. */
export async function walk(walker: Walker, depth: number): Promise<Walk> {
  const { scenario } = walker;
  const result: Walk = { scenario, tried: 0, taken: [[]], codes: new Map(), faults: [] };
  for (const word of result.taken) {
    if (word.length === depth) break;
    for (const said of nextOf(word, scenario)) {
      const longer = [...word, said];
      const verdict = await walker.try(longer);
      result.tried++;
      const why = faultOf(verdict, scenario);
      if (why !== undefined) result.faults.push({ word: longer, why });
      const { error } = verdict;
      if (error === undefined) result.taken.push(longer);
      else {
        const code = `${error.code} → ${error.alert?.name}`;
        result.codes.set(code, (result.codes.get(code) ?? 0) + 1);
      }
    }
  }
  return result;
}

/** Under the keys that are due; and under all others, as long as it could matter: up to the first letter behind Finished. */
function nextOf(word: readonly Said[], { alphabet }: Scenario): readonly Said[] {
  const due = keysBehind(word);
  const finished = word.findIndex(({ letter }) => letter === "Finished");
  const others: readonly Keys[] =
    due === "none" || (finished >= 0 && finished < word.length - 1)
      ? []
      : (["none", "handshake", "application"] as const).filter((keys) => keys !== due);
  return alphabet.flatMap((letter): readonly Said[] => [
    { letter, under: "due" },
    ...(letter === "change_cipher_spec" ? [] : others.map((under) => ({ letter, under }))),
  ]);
}
