import type { Session } from "../../src/session/session.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { type Case, expectEqual } from "./case.ts";
import type { Wishes } from "./meeting.ts";
import {
  type Acquaintance,
  acquaintance,
  expectFull,
  expectResumed,
  type Visit,
  visit,
} from "./returning.ts";

const giving: Wishes = { server: { tickets: 1 } };

/** What a cache may answer with that breaks its promises: made of a session that could be resumed. */
const answers: readonly (readonly [what: string, answer: (session: Session) => unknown])[] = [
  ["null", () => null],
  ["a promise of null", async () => null],
  ["a number", () => 7],
  ["text", () => "session"],
  ["true", () => true],
  ["an empty object", () => ({})],
  ["a list", (session) => [session]],
  ["what JSON makes of a session", (session) => JSON.parse(JSON.stringify(session))],
  ["a session without a ticket", (session) => ({ ...session, ticket: undefined })],
  ["a session whose ticket is empty", (session) => ({ ...session, ticket: new Uint8Array(0) })],
  ["a session whose ticket is text", (session) => ({ ...session, ticket: "ticket" })],
  ["a session whose ticket fits no hello", (session) => ({ ...session, ticket: new Uint8Array(65_536) })],
  ["a session whose PSK can't be had", (session) => ({ ...session, psk: unavailable })],
  ["a session whose PSK is too short", (session) => ({ ...session, psk: () => session.psk().subarray(1) })],
  ["a session whose PSK is too long", (session) => ({ ...session, psk: () => new Uint8Array(64) })],
  ["a session whose PSK is empty", (session) => ({ ...session, psk: () => new Uint8Array(0) })],
  ["a session whose PSK is text", (session) => ({ ...session, psk: () => "x".repeat(48) })],
  ["a session whose PSK is no function", (session) => ({ ...session, psk: session.psk() })],
  ["a session of a suite that there is not", (session) => ({ ...session, cipherSuite: "TLS_NULL" })],
  ["a session with no age to add", (session) => ({ ...session, ticketAgeAdd: undefined })],
  ["a session with too much age to add", (session) => ({ ...session, ticketAgeAdd: 2 ** 32 })],
  ["a session with part of an age to add", (session) => ({ ...session, ticketAgeAdd: 0.5 })],
  ["a session without a lifetime", (session) => ({ ...session, ticketLifetime: undefined })],
  ["a session that came at no time", (session) => ({ ...session, receivedAt: Number.NaN })],
  ["a session that always was", (session) => ({ ...session, receivedAt: Number.NEGATIVE_INFINITY })],
  ["a session that nobody authenticated", (session) => ({ ...session, authenticatedAt: undefined })],
  ["a session whose certificate is null", (session) => ({ ...session, certificate: null })],
  ["a session whose certificate is none", (session) => ({ ...session, certificate: {} })],
  ["a session without certificate or external PSK", (session) => ({ ...session, certificate: undefined })],
  ["a session of an empty chain", (session) => ({ ...session, certificate: { chain: [] } })],
  ["a session of another server", (session) => ({ ...session, serverName: "other.example" })],
];

function unavailable(): never {
  throw new Error("the key store is locked");
}

/** What its `take` does in place of answering. */
const faults: readonly (readonly [what: string, take: () => unknown])[] = [
  ["throws", unavailable],
  ["rejects", () => Promise.reject(new Error("no connection"))],
  ["never answers", () => new Promise(() => {})],
  // biome-ignore lint/suspicious/noThenProperty: so that it is taken for a promise
  ["answers with a promise that is none", () => ({ then: () => {} })],
];

const cacheThat = (take: () => unknown): SessionCache => ({
  shared: false,
  put: () => {},
  take: take as SessionCache["take"],
});

/** A cache that can't be relied upon costs a full handshake, and no connection. */
function costsNoMore(name: string, take: (held: Session) => unknown): Case {
  return {
    name: `makes a full handshake where the cache ${name}`,
    rules: [],
    run: async (harness) => {
      const known = acquaintance(harness);
      await visit(known, giving);
      const [held] = known.sessions.held;
      const sessions = cacheThat(() => take(held as Session));
      expectNothingOffered(await visit(known, { client: { sessions } }), known);
    },
  };
}

function expectNothingOffered(second: Visit, { ticketStore }: Acquaintance): void {
  expectFull(second);
  const offered = ticketStore.issued.map(({ identity }) => ticketStore.timesOffered(identity));
  expectEqual(
    offered,
    ticketStore.issued.map(() => 0),
    "how often tickets were offered",
  );
}

export const cases: readonly Case[] = [
  ...faults.map(([what, take]) => costsNoMore(what, take)),
  ...answers.map(([what, answer]) => costsNoMore(`answers with ${what}`, answer)),
  ...[3, 4].map(
    (spoilt): Case => ({
      name: `looks behind ${spoilt} sessions that can't be used, ${spoilt < 4 ? "and resumes the next" : "and no further"}`,
      rules: [],
      run: async (harness) => {
        const known = acquaintance(harness);
        await visit(known, giving);
        const [held] = known.sessions.held as [Session];
        const answers: unknown[] = Array.from({ length: spoilt }, () => ({ ...held, ticket: undefined }));
        answers.push(held);
        const second = await visit(known, { client: { sessions: cacheThat(() => answers.shift()) } });
        if (spoilt < 4) expectResumed(second);
        else expectNothingOffered(second, known);
        expectEqual(answers.length, spoilt < 4 ? 0 : 1, "the sessions that are left");
      },
    }),
  ),
  ...[undefined, null].map(
    (nothing): Case => ({
      name: `asks a cache that answers with ${nothing} once`,
      rules: [],
      run: async (harness) => {
        const known = acquaintance(harness);
        let asked = 0;
        const sessions = cacheThat(() => {
          asked++;
          return nothing;
        });
        expectNothingOffered(await visit(known, { client: { sessions } }), known);
        expectEqual(asked, 1, "how often it was asked");
      },
    }),
  ),
  ...[true, false].map(
    (there): Case => ({
      name: there
        ? "gives back a session that comes when a full handshake was made"
        : "gives nothing back where it comes late that there is no session",
      rules: [],
      run: async (harness) => {
        const known = acquaintance(harness);
        await visit(known, giving);
        const held = there ? known.sessions.held[0] : undefined;
        let answer: (session: Session | undefined) => void = () => {};
        const asked: string[] = [];
        const back: (readonly [partition: string, session: Session])[] = [];
        const sessions: SessionCache = {
          shared: false,
          put: (partition, session) => void back.push([partition, session]),
          take: (partition) => {
            asked.push(partition);
            return new Promise((resolve) => {
              answer = resolve;
            });
          },
        };
        expectNothingOffered(await visit(known, { client: { sessions } }), known);
        answer(held);
        await new Promise((resolve) => setTimeout(resolve, 0));
        expectEqual(back.length, there ? 1 : 0, "what was given back");
        if (there)
          expectEqual(
            [back[0]?.[0], back[0]?.[1] === held],
            [asked[0], true],
            "the partition, and the session",
          );
      },
    }),
  ),
];
