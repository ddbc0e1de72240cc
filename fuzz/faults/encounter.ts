import { believer } from "../../lab/leafKey.ts";
import type { LabOptions } from "../../lab/options.ts";
import { alert, data, end, keyUpdate, type Script } from "../../lab/script.ts";
import { tappedProvider } from "../../lab/tapped.ts";
import type { ClientOptions } from "../../src/connection/options.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { Session } from "../../src/session/session.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { type Bytes, concat, equal } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import type { Harness } from "../../test/cases/case.ts";
import { identityOf } from "../../test/cases/clientIdentities.ts";
import { type Client, type Meeting, meet } from "../../test/cases/meeting.ts";
import { type Acquaintance, acquaintance, visit } from "../../test/cases/returning.ts";
import { harnessWith } from "../../test/handshake/harness.ts";
import { Activity } from "../activity.ts";
import { type Fault, Points, tappedTransport } from "./points.ts";

/** What a client and a server do together while something goes wrong. */
export interface Encounter {
  readonly name: string;
  readonly client: Partial<ClientOptions>;
  readonly server: Partial<LabOptions>;
  readonly brings?: "session" | "early data";
}

const cookie = new Uint8Array([0xc0, 0x0c, 0x1e]);
const pieceOf = (seed: number, length: number): Bytes =>
  Uint8Array.from({ length }, (_, at) => (seed + at * 31) % 251);
const downloads = Array.from({ length: 24 }, (_, at) => pieceOf(at, 1 + at * 41));
const upload = pieceOf(7, 40_000);
const early = pieceOf(3, 20_000);

/** Early data from a source that answers in its own time. */
async function* earlySource(): AsyncGenerator<Uint8Array> {
  yield early.subarray(0, 5000);
  yield early.subarray(5000);
}

export const encounters: readonly Encounter[] = [
  {
    name: "full handshake, client certificate, retry",
    client: { postHandshakeAuthentication: true },
    server: { retry: { group: "secp256r1", cookie }, requestCertificate: true, tickets: 1 },
  },
  { name: "resumption", client: {}, server: { tickets: 1 }, brings: "session" },
  { name: "early data", client: {}, server: { earlyData: "accept", tickets: 1 }, brings: "early data" },
];

/** What became of an encounter. */
export interface Result {
  readonly points: Points;
  readonly error: TlsError | undefined;
  /** How it ended: by itself, once the server went away, once the application gave it up, or not at all. */
  readonly ending: "itself" | "server gone" | "given up" | "none";
  /** What is wrong with it; undefined for nothing. */
  readonly wrong: string | undefined;
}

/** A pair that can meet again and again, each time with something wrong at another point. */
export interface Pair {
  readonly encounter: Encounter;
  meet(chosen: number, fault: Fault | undefined): Promise<Result>;
}

export async function pairOf(encounter: Encounter, provider: CryptoProvider): Promise<Pair> {
  const known = acquaintance(harnessWith(provider));
  const session = encounter.brings && (await sessionFor(known, encounter));
  return { encounter, meet: (chosen, fault) => meetOnce(known, session, encounter, chosen, fault) };
}

async function sessionFor(known: Acquaintance, { brings }: Encounter): Promise<Session> {
  const ticket = brings === "early data" ? { ticket: { maxEarlyDataSize: 2 ** 16 } } : {};
  await visit(known, { server: { tickets: 1, ...ticket } });
  return known.sessions.held[0] as Session;
}

/** What the server says once the handshake is done. */
const talk: Script = [
  ...downloads.slice(0, 8).map(data),
  ...keyUpdate(1),
  ...downloads.slice(8, 16).map(data),
  ...keyUpdate(0),
  ...downloads.slice(16).map(data),
  alert("close_notify"),
  end,
];

async function meetOnce(
  { harness, ticketStore }: Acquaintance,
  session: Session | undefined,
  encounter: Encounter,
  chosen: number,
  fault: Fault | undefined,
): Promise<Result> {
  const activity = new Activity();
  const abort = new AbortController();
  let meeting: Meeting | undefined;
  const points = new Points(
    chosen,
    fault,
    (what) => {
      if (what === "abort") abort.abort(new Error("injected"));
      else if (what === "close") meeting?.connection.close();
      else if (what === "transport breaks") meeting?.transports[0].reset();
      else if (what === "transport ends") meeting?.transports[1].end();
    },
    activity.tap,
  );
  const tapped = await tappedHarness(harness, points, activity);
  const identity = await identityOf(tapped);
  meeting = await meet(tapped, {
    client: {
      ...encounter.client,
      signal: abort.signal,
      verifier: (presented) => points.tap("verifier", async () => believer(presented)),
      identity: { ...identity, sign: (...given) => points.tap("sign", () => identity.sign(...given)) },
      sessions: tappedCache(session, points),
      ...(encounter.brings === "early data" && { earlyData: earlySource() }),
    },
    server: { ...encounter.server, ticketStore, answerClose: false },
    bends: { script: (script) => [...script, ...talk] },
    settings: { trace: undefined },
    between: (transport) => tappedTransport(transport, points),
  });
  use(meeting);
  const ending = await endOf(meeting, activity, abort);
  const { client } = meeting;
  return {
    points,
    error: client.error,
    ending,
    wrong: await wrongWith(meeting, ending, activity, points, fault),
  };
}

async function tappedHarness(harness: Harness, points: Points, activity: Activity): Promise<Harness> {
  const { credentials, provider, labProvider } = harness;
  return {
    ...harness,
    provider: tappedProvider(tappedProvider(provider, activity.tap), points.tapPrimitive),
    labProvider: tappedProvider(labProvider, activity.tap),
    credentials: async (kind) => {
      const own = await credentials(kind);
      return { ...own, sign: (...given) => activity.tap("sign", () => own.sign(...given)) };
    },
  };
}

function tappedCache(session: Session | undefined, points: Points): SessionCache {
  return {
    shared: false,
    take: () => points.tap("take", async () => session),
    put: () => points.tap("put", async () => {}),
  };
}

/** An application that says what it has to say, and ends when the server has. */
function use({ connection, client }: Meeting): void {
  client.opening.then(
    () => connection.write(upload, () => {}),
    () => {},
  );
  void client.ending.then(() => connection.end());
}

async function endOf(
  { client, transports }: Meeting,
  activity: Activity,
  abort: AbortController,
): Promise<Result["ending"]> {
  const isClosed = (): boolean => client.told.includes("closed");
  await activity.settled();
  if (isClosed()) return "itself";
  transports[1].end();
  await activity.settled();
  if (isClosed()) return "server gone";
  abort.abort(new Error("nobody waits any longer"));
  await activity.settled();
  return isClosed() ? "given up" : "none";
}

/** What no connection may do, whatever befalls it. */
async function wrongWith(
  { client, connection, lab, transports }: Meeting,
  ending: Result["ending"],
  activity: Activity,
  { hit }: Points,
  fault: Fault | undefined,
): Promise<string | undefined> {
  if (ending === "none") return "it hangs";
  const { told, error, content } = client;
  const count = (what: Client["told"][number]): number => told.filter((one) => one === what).length;
  if (count("closed") !== 1 || told.at(-1) !== "closed") return `closed is not told once, and last: ${told}`;
  for (const what of ["opened", "ended", "failed"] as const) {
    if (count(what) > 1) return `${what} is told ${count(what)} times`;
  }
  const order = told.filter((one, at) => one !== told[at - 1]).join();
  if (!/^(opened,)?(data,)?(ended,)?(failed,)?closed$/.test(order)) return `told in this order: ${order}`;
  if (count("data") > 0 && count("opened") === 0) return "data before it was open";
  if (error !== undefined && !(error instanceof TlsError)) return `another exception: ${error}`;
  if (connection.error !== error) return "its error is not the one that was told";
  const whole = concat(...downloads);
  if (!equal(content, whole.subarray(0, content.length))) return "what was delivered is not what was sent";
  if (count("ended") === 1 && content.length !== whole.length) return "an end was told before all had come";
  const heard = lab.seen.data;
  if (!equal(heard, upload.subarray(0, heard.length))) return "what arrived is not what was written";
  if (!equal(lab.seen.earlyData, early.subarray(0, lab.seen.earlyData.length)))
    return "early data is not what was given";
  // What was on its way when the transport broke is lost, and TLS can't know it once close_notify was said (RFC 9846 §6.1).
  const mayBeLost = fault === "transport breaks" || fault === "close";
  if (error === undefined && !mayBeLost && count("ended") === 1 && heard.length !== upload.length) {
    return "a clean end, and not all was sent";
  }
  const { endings } = transports[0];
  // The alert waits for a cipher that never answers, and the transport for the alert.
  const waits = fault === "never" && (hit === "seal" || hit === "import key");
  if (!waits && !endings.includes("close") && !endings.includes("abort")) return "the transport is left open";
  const before = told.length;
  await activity.settled();
  return told.length === before ? undefined : "more is told after its end";
}
